using VoiceCluster.Protocol.Rtp;

namespace VoiceCluster.Media.Forwarding;

/// <summary>What can be told of a packet's sound without decoding it.</summary>
/// <param name="IsVoice">Whether there is any.</param>
/// <param name="Loudness">Decibels above silence, 1 to 127; 0 if the sender does not say.</param>
internal readonly record struct Speech(bool IsVoice, int Loudness)
{
    /// <summary>The level that stands for silence (RFC 6464).</summary>
    private const int SilentLevel = 127;

    /// <summary>
    /// Looks at a packet. The frame of silence, and what Opus sends while there is nothing to hear, has three bytes at most; so has nothing that is
    /// end-to-end encrypted, except for those frames of silence.
    /// </summary>
    public static Speech Of(RtpView packet)
    {
        var isVoice = packet.Payload.Length > OpusFrame.Silence.Length;
        var loudness = packet.Extensions.TryGet(HeaderExtensionId.AudioLevel, out var data) && AudioLevel.TryParse(data, out var level)
            ? SilentLevel - level.MinusDecibels
            : (int?)null;
        return new Speech(isVoice && loudness != 0, loudness ?? 0);
    }
}
