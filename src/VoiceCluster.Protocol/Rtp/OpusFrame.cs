namespace VoiceCluster.Protocol.Rtp;

/// <summary>Facts about Opus frames as Discord clients send them.</summary>
public static class OpusFrame
{
    /// <summary>RTP clock ticks per second.</summary>
    public const int ClockRate = 48_000;

    /// <summary>RTP clock ticks of the usual frame of 20 ms.</summary>
    public const uint TicksPer20Milliseconds = 960;

    /// <summary>Silence frames with which a speaker closes, so that decoders do not extrapolate the last sound.</summary>
    public const int SilenceFramesAtEnd = 5;

    /// <summary>20 ms of silence. Sent in the clear even in end-to-end encrypted calls.</summary>
    public static ReadOnlySpan<byte> Silence => [0xF8, 0xFF, 0xFE];
}
