namespace VoiceCluster.Protocol.Rtp;

/// <summary>How loud a packet is, as its sender says (RFC 6464).</summary>
/// <param name="IsVoice">V: the sender believes this is speech.</param>
/// <param name="MinusDecibels">Decibels below the loudest possible, 0 to 127: 0 is loudest, 127 silence.</param>
public readonly record struct AudioLevel(bool IsVoice, byte MinusDecibels)
{
    /// <summary>Reads the element's one byte; in the two-byte form more may follow and is ignored.</summary>
    public static bool TryParse(ReadOnlySpan<byte> data, out AudioLevel level)
    {
        level = data.IsEmpty ? default : new AudioLevel((data[0] & 0x80) != 0, (byte)(data[0] & 0x7F));
        return !data.IsEmpty;
    }
}
