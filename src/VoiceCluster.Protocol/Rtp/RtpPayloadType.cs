namespace VoiceCluster.Protocol.Rtp;

/// <summary>Payload types (7 bits) that are fixed for UDP clients.</summary>
public static class RtpPayloadType
{
    /// <summary>Opus of clients that negotiated no codec list. Several libraries compare the whole byte 78 hex, marker clear.</summary>
    public const byte Opus = 120;

    /// <summary>Bandwidth probes: they end at the server and are never forwarded.</summary>
    public const byte Probe = 96;

    /// <summary>The highest value the 7 bits hold.</summary>
    public const byte Maximum = 127;
}
