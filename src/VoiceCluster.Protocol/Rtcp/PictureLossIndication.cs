namespace VoiceCluster.Protocol.Rtcp;

/// <summary>Asks a video sender for a key frame because pictures were lost (RFC 4585 section 6.3.1).</summary>
/// <remarks>
/// <code>
/// | header: format 1, type 206 | sender SSRC | media SSRC |
/// </code>
/// </remarks>
/// <param name="Sources">Who asks, and whose picture is meant.</param>
public readonly record struct PictureLossIndication(FeedbackSources Sources)
{
    /// <summary>Bytes on the wire.</summary>
    public const int Length = RtcpPacket.HeaderLength + FeedbackSources.Length;

    /// <summary>Reads the packet; false if it is of another type or too short.</summary>
    public static bool TryParse(in RtcpPacket packet, out PictureLossIndication indication)
    {
        var isIndication = FeedbackSources.TryRead(
            packet, RtcpPacketType.PayloadFeedback, RtcpFeedbackFormat.PictureLossIndication, out var sources, out _);
        indication = new PictureLossIndication(sources);
        return isIndication;
    }

    /// <summary>Writes the packet.</summary>
    /// <param name="destination">At least 12 bytes.</param>
    /// <returns>The bytes written, always <see cref="Length"/>.</returns>
    public int Write(Span<byte> destination)
    {
        Sources.Write(RtcpPacketType.PayloadFeedback, RtcpFeedbackFormat.PictureLossIndication, informationLength: 0, destination);
        return Length;
    }
}
