using System.Buffers.Binary;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Protocol.Rtcp;

/// <summary>How one source is received, as sender and receiver reports carry it (RFC 3550 section 6.4.1).</summary>
/// <remarks>
/// <code>
/// | SSRC                                              |
/// | fraction lost 8 | cumulative number lost 24, signed |
/// | extended highest sequence number received         |
/// | interarrival jitter                               |
/// | last SR (middle 32 bits of its NTP time)          |
/// | delay since last SR, in 1/65536 s                 |
/// </code>
/// </remarks>
public readonly record struct ReportBlock
{
    /// <summary>Bytes on the wire.</summary>
    public const int Length = 24;

    private const int MaximumLost = 0x7F_FFFF;

    /// <summary>The source reported on.</summary>
    public Ssrc Ssrc { get; init; }

    /// <summary>Packets lost since the previous report, in 1/256 of those expected.</summary>
    public byte FractionLost { get; init; }

    /// <summary>Packets lost since the beginning, -2^23 to 2^23-1; negative when duplicates arrived.</summary>
    public int CumulativeLost { get; init; }

    /// <summary>Cycles in the high 16 bits, sequence number in the low.</summary>
    public uint ExtendedHighestSequenceNumber { get; init; }

    /// <summary>Mean deviation of the packet spacing, in timestamp ticks.</summary>
    public uint InterarrivalJitter { get; init; }

    /// <summary>Middle 32 bits of the NTP time of the last sender report; 0 if none came.</summary>
    public uint LastSenderReport { get; init; }

    /// <summary>Time since that report arrived, in 1/65536 s; 0 if none came.</summary>
    public uint DelaySinceLastSenderReport { get; init; }

    /// <summary>Reads a block.</summary>
    /// <param name="source">At least 24 bytes.</param>
    internal static ReportBlock Read(ReadOnlySpan<byte> source) => new()
    {
        Ssrc = new Ssrc(BinaryPrimitives.ReadUInt32BigEndian(source)),
        FractionLost = source[4],
        CumulativeLost = BinaryPrimitives.ReadInt32BigEndian(source[4..]) << 8 >> 8,
        ExtendedHighestSequenceNumber = BinaryPrimitives.ReadUInt32BigEndian(source[8..]),
        InterarrivalJitter = BinaryPrimitives.ReadUInt32BigEndian(source[12..]),
        LastSenderReport = BinaryPrimitives.ReadUInt32BigEndian(source[16..]),
        DelaySinceLastSenderReport = BinaryPrimitives.ReadUInt32BigEndian(source[20..]),
    };

    /// <summary>Writes the block; the cumulative loss stops at what 24 bits hold.</summary>
    /// <param name="destination">At least 24 bytes.</param>
    internal void Write(Span<byte> destination)
    {
        var lost = Math.Clamp(CumulativeLost, -MaximumLost - 1, MaximumLost);
        BinaryPrimitives.WriteUInt32BigEndian(destination, Ssrc.Value);
        BinaryPrimitives.WriteInt32BigEndian(destination[4..], lost);
        destination[4] = FractionLost;
        BinaryPrimitives.WriteUInt32BigEndian(destination[8..], ExtendedHighestSequenceNumber);
        BinaryPrimitives.WriteUInt32BigEndian(destination[12..], InterarrivalJitter);
        BinaryPrimitives.WriteUInt32BigEndian(destination[16..], LastSenderReport);
        BinaryPrimitives.WriteUInt32BigEndian(destination[20..], DelaySinceLastSenderReport);
    }
}

/// <summary>The report blocks of a packet, decoded when asked for.</summary>
/// <remarks>Valid as long as the datagram's buffer is.</remarks>
public readonly ref struct ReportBlocks
{
    private readonly ReadOnlySpan<byte> _blocks;

    private ReportBlocks(ReadOnlySpan<byte> blocks) => _blocks = blocks;

    /// <summary>How many there are, 0 to 31.</summary>
    public int Count => _blocks.Length / ReportBlock.Length;

    /// <summary>One block.</summary>
    public ReportBlock this[int index] => ReportBlock.Read(_blocks[(index * ReportBlock.Length)..]);

    internal static bool TryTake(ReadOnlySpan<byte> source, int count, out ReportBlocks blocks)
    {
        blocks = default;
        if (source.Length < count * ReportBlock.Length)
        {
            return false;
        }

        blocks = new ReportBlocks(source[..(count * ReportBlock.Length)]);
        return true;
    }

    internal static void Write(ReadOnlySpan<ReportBlock> blocks, Span<byte> destination)
    {
        for (var i = 0; i < blocks.Length; i++)
        {
            blocks[i].Write(destination[(i * ReportBlock.Length)..]);
        }
    }
}
