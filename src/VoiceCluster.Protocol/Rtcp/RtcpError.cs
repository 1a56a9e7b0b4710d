namespace VoiceCluster.Protocol.Rtcp;

/// <summary>Why a compound packet could not be walked to its end.</summary>
public enum RtcpError
{
    /// <summary>It could.</summary>
    None,

    /// <summary>A packet's header, or what its length field promises, reaches beyond the datagram.</summary>
    TooShort,

    /// <summary>A version other than 2.</summary>
    UnsupportedVersion,

    /// <summary>The padding count is zero, no multiple of 4, or larger than the packet's body.</summary>
    BadPadding,
}
