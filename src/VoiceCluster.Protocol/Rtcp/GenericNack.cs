using System.Buffers.Binary;

namespace VoiceCluster.Protocol.Rtcp;

/// <summary>One entry of a <see cref="GenericNack"/>: a lost packet and which of the 16 after it are lost too.</summary>
/// <param name="PacketId">Sequence number of the first lost packet.</param>
/// <param name="LostBitmask">Bit i stands for <c>PacketId + i + 1</c>.</param>
public readonly record struct NackEntry(ushort PacketId, ushort LostBitmask)
{
    /// <summary>Bytes on the wire.</summary>
    public const int Length = 4;

    /// <summary>Tells whether a sequence number is among the lost ones.</summary>
    public bool Contains(ushort sequenceNumber) => (ushort)(sequenceNumber - PacketId) switch
    {
        0 => true,
        <= 16 and var distance => (LostBitmask & (1 << (distance - 1))) != 0,
        _ => false,
    };
}

/// <summary>Asks for lost packets again (RFC 4585 section 6.2.1).</summary>
/// <remarks>
/// <code>
/// | header: format 1, type 205 | sender SSRC | media SSRC | entries: packet id 16, bitmask of following lost packets 16 |
/// </code>
/// </remarks>
public readonly ref struct GenericNack
{
    private readonly ReadOnlySpan<byte> _entries;

    private GenericNack(FeedbackSources sources, ReadOnlySpan<byte> entries)
    {
        Sources = sources;
        _entries = entries;
    }

    /// <summary>Who asks, and for whose packets.</summary>
    public FeedbackSources Sources { get; }

    /// <summary>How many entries there are.</summary>
    public int Count => _entries.Length / NackEntry.Length;

    /// <summary>One entry.</summary>
    public NackEntry this[int index]
    {
        get
        {
            var entry = _entries[(index * NackEntry.Length)..];
            return new NackEntry(BinaryPrimitives.ReadUInt16BigEndian(entry), BinaryPrimitives.ReadUInt16BigEndian(entry[2..]));
        }
    }

    /// <summary>Reads the packet; false if it is of another type or too short.</summary>
    public static bool TryParse(in RtcpPacket packet, out GenericNack nack)
    {
        var isNack = FeedbackSources.TryRead(
            packet, RtcpPacketType.TransportFeedback, RtcpFeedbackFormat.GenericNack, out var sources, out var entries);
        nack = isNack ? new GenericNack(sources, entries) : default;
        return isNack;
    }

    /// <summary>Writes a request.</summary>
    /// <param name="sources">Who asks, and for whose packets.</param>
    /// <param name="entries">What is lost.</param>
    /// <param name="destination">At least 12 + 4 * entries bytes.</param>
    /// <returns>The bytes written.</returns>
    public static int Write(FeedbackSources sources, ReadOnlySpan<NackEntry> entries, Span<byte> destination)
    {
        var information = sources.Write(
            RtcpPacketType.TransportFeedback, RtcpFeedbackFormat.GenericNack, entries.Length * NackEntry.Length, destination);
        for (var i = 0; i < entries.Length; i++)
        {
            BinaryPrimitives.WriteUInt16BigEndian(information[(i * NackEntry.Length)..], entries[i].PacketId);
            BinaryPrimitives.WriteUInt16BigEndian(information[((i * NackEntry.Length) + 2)..], entries[i].LostBitmask);
        }

        return RtcpPacket.HeaderLength + FeedbackSources.Length + information.Length;
    }
}
