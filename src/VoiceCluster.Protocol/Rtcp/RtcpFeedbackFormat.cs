namespace VoiceCluster.Protocol.Rtcp;

/// <summary>The five count bits of feedback packets, as they are used with each of the two feedback types.</summary>
public static class RtcpFeedbackFormat
{
    /// <summary>With <see cref="RtcpPacketType.TransportFeedback"/>: RFC 4585 section 6.2.1.</summary>
    public const int GenericNack = 1;

    /// <summary>With <see cref="RtcpPacketType.TransportFeedback"/>: draft-holmer-rmcat-transport-wide-cc-extensions-01.</summary>
    public const int TransportWide = 15;

    /// <summary>With <see cref="RtcpPacketType.PayloadFeedback"/>: RFC 4585 section 6.3.1.</summary>
    public const int PictureLossIndication = 1;

    /// <summary>With <see cref="RtcpPacketType.PayloadFeedback"/>: RFC 5104 section 4.3.1.</summary>
    public const int FullIntraRequest = 4;

    /// <summary>With <see cref="RtcpPacketType.PayloadFeedback"/>: draft-alvestrand-rmcat-remb-03.</summary>
    public const int ApplicationLayer = 15;
}
