using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Protocol.Rtp;

/// <summary>The speaker byte of a header extension: bit 0 priority, bit 1 voice, bit 2 soundshare.</summary>
/// <remarks>The same flags as in gateway opcode 5, in another order.</remarks>
public static class SpeakerExtension
{
    /// <summary>The flags a byte stands for; no byte and 0 both mean plain voice.</summary>
    public static SpeakingFlags Read(ReadOnlySpan<byte> data)
    {
        var bits = data.IsEmpty ? 0 : data[0];
        var flags = (SpeakingFlags)(((bits >> 1) & 3) | ((bits & 1) << 2));
        return flags == SpeakingFlags.None ? SpeakingFlags.Voice : flags;
    }

    /// <summary>The byte for a set of flags.</summary>
    public static byte ToByte(SpeakingFlags flags) => (byte)((((int)flags & 3) << 1) | (((int)flags & 4) >> 2));
}
