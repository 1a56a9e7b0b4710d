using System.Buffers.Binary;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Protocol.Rtcp;

/// <summary>How someone who sends nothing receives others (RFC 3550 section 6.4.2).</summary>
/// <remarks>
/// <code>
/// | header: count = report blocks, type 201 |
/// | sender SSRC                             |
/// | report blocks, 24 bytes each            |
/// </code>
/// </remarks>
public readonly ref struct ReceiverReport
{
    private const int FixedLength = 4;

    /// <summary>Who reports.</summary>
    public Ssrc SenderSsrc { get; private init; }

    /// <summary>How it receives others.</summary>
    public ReportBlocks ReportBlocks { get; private init; }

    /// <summary>Reads the packet; false if it is of another type or too short.</summary>
    public static bool TryParse(in RtcpPacket packet, out ReceiverReport report)
    {
        report = default;
        var body = packet.Body;
        if (packet.Type != RtcpPacketType.ReceiverReport
            || body.Length < FixedLength
            || !ReportBlocks.TryTake(body[FixedLength..], packet.Count, out var blocks))
        {
            return false;
        }

        report = new ReceiverReport
        {
            SenderSsrc = new Ssrc(BinaryPrimitives.ReadUInt32BigEndian(body)),
            ReportBlocks = blocks,
        };
        return true;
    }

    /// <summary>Writes a report.</summary>
    /// <param name="senderSsrc">Who reports.</param>
    /// <param name="blocks">At most 31.</param>
    /// <param name="destination">At least 8 + 24 * blocks bytes.</param>
    /// <returns>The bytes written.</returns>
    public static int Write(Ssrc senderSsrc, ReadOnlySpan<ReportBlock> blocks, Span<byte> destination)
    {
        var length = RtcpPacket.HeaderLength + FixedLength + (blocks.Length * ReportBlock.Length);
        RtcpPacket.WriteHeader(RtcpPacketType.ReceiverReport, blocks.Length, length, destination);
        var body = destination[RtcpPacket.HeaderLength..];
        BinaryPrimitives.WriteUInt32BigEndian(body, senderSsrc.Value);
        ReportBlocks.Write(blocks, body[FixedLength..]);
        return length;
    }
}
