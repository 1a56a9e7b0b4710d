namespace VoiceCluster.Protocol.Rtp;

/// <summary>Why bytes are no RTP packet.</summary>
public enum RtpError
{
    /// <summary>They are one.</summary>
    None,

    /// <summary>They end before the fixed header, the contributing sources or the extension block do.</summary>
    TooShort,

    /// <summary>The version is not 2.</summary>
    UnsupportedVersion,

    /// <summary>The padding count is zero or larger than the payload.</summary>
    BadPadding,
}
