using System.Buffers.Binary;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Protocol.Rtcp;

/// <summary>What a source has sent, and how it receives others (RFC 3550 section 6.4.1).</summary>
/// <remarks>
/// <code>
/// | header: count = report blocks, type 200 |
/// | sender SSRC                             |
/// | NTP timestamp 64                        |
/// | RTP timestamp of the same instant       |
/// | packets sent | payload bytes sent       |
/// | report blocks, 24 bytes each            |
/// </code>
/// </remarks>
public readonly ref struct SenderReport
{
    private const int FixedLength = 24;

    /// <summary>Who reports.</summary>
    public Ssrc SenderSsrc { get; init; }

    /// <summary>Wall clock: seconds since 1900 in the high half, fraction in the low.</summary>
    public ulong NtpTimestamp { get; init; }

    /// <summary>The same instant in the source's RTP clock.</summary>
    public uint RtpTimestamp { get; init; }

    /// <summary>RTP packets sent since the beginning, wrapping.</summary>
    public uint PacketCount { get; init; }

    /// <summary>Payload bytes sent since the beginning, wrapping.</summary>
    public uint OctetCount { get; init; }

    /// <summary>How it receives others.</summary>
    public ReportBlocks ReportBlocks { get; init; }

    /// <summary>Reads the packet; false if it is of another type or too short.</summary>
    public static bool TryParse(in RtcpPacket packet, out SenderReport report)
    {
        report = default;
        var body = packet.Body;
        if (packet.Type != RtcpPacketType.SenderReport
            || body.Length < FixedLength
            || !ReportBlocks.TryTake(body[FixedLength..], packet.Count, out var blocks))
        {
            return false;
        }

        report = new SenderReport
        {
            SenderSsrc = new Ssrc(BinaryPrimitives.ReadUInt32BigEndian(body)),
            NtpTimestamp = BinaryPrimitives.ReadUInt64BigEndian(body[4..]),
            RtpTimestamp = BinaryPrimitives.ReadUInt32BigEndian(body[12..]),
            PacketCount = BinaryPrimitives.ReadUInt32BigEndian(body[16..]),
            OctetCount = BinaryPrimitives.ReadUInt32BigEndian(body[20..]),
            ReportBlocks = blocks,
        };
        return true;
    }

    /// <summary>Writes a report; its own <see cref="ReportBlocks"/> are not looked at.</summary>
    /// <param name="blocks">At most 31.</param>
    /// <param name="destination">At least 28 + 24 * blocks bytes.</param>
    /// <returns>The bytes written.</returns>
    public int Write(ReadOnlySpan<ReportBlock> blocks, Span<byte> destination)
    {
        var length = RtcpPacket.HeaderLength + FixedLength + (blocks.Length * ReportBlock.Length);
        RtcpPacket.WriteHeader(RtcpPacketType.SenderReport, blocks.Length, length, destination);
        var body = destination[RtcpPacket.HeaderLength..];
        BinaryPrimitives.WriteUInt32BigEndian(body, SenderSsrc.Value);
        BinaryPrimitives.WriteUInt64BigEndian(body[4..], NtpTimestamp);
        BinaryPrimitives.WriteUInt32BigEndian(body[12..], RtpTimestamp);
        BinaryPrimitives.WriteUInt32BigEndian(body[16..], PacketCount);
        BinaryPrimitives.WriteUInt32BigEndian(body[20..], OctetCount);
        ReportBlocks.Write(blocks, body[FixedLength..]);
        return length;
    }
}
