namespace VoiceCluster.Protocol.Rtcp;

/// <summary>RTCP packet types (RFC 3550 section 12.1, RFC 4585 section 6.1, RFC 3611).</summary>
public enum RtcpPacketType : byte
{
    SenderReport = 200,
    ReceiverReport = 201,
    SourceDescription = 202,
    Goodbye = 203,
    ApplicationDefined = 204,

    /// <summary>RTPFB: feedback on packets; the format says which.</summary>
    TransportFeedback = 205,

    /// <summary>PSFB: feedback on pictures; the format says which.</summary>
    PayloadFeedback = 206,

    ExtendedReport = 207,
}
