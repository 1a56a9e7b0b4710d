using System.Buffers.Binary;

namespace VoiceCluster.Protocol.Rtcp;

/// <summary>One packet of a compound RTCP datagram, seen in place.</summary>
/// <remarks>
/// <code>
///  0                   1                   2                   3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// |V=2|P|  count  |     type      |   length in words, minus one  |
/// | body: 4 * length bytes, the last of them padding if P         |
/// </code>
/// Valid as long as the datagram's buffer is. Source: RFC 3550 section 6.4.
/// </remarks>
public readonly ref struct RtcpPacket
{
    /// <summary>Bytes before the body.</summary>
    public const int HeaderLength = 4;

    private const int Version = 2;
    private const int MaximumCount = 31;

    private RtcpPacket(RtcpPacketType type, int count, ReadOnlySpan<byte> body)
    {
        Type = type;
        Count = count;
        Body = body;
    }

    /// <summary>What the packet is; any byte may stand here.</summary>
    public RtcpPacketType Type { get; }

    /// <summary>The five bits whose meaning depends on the type: reports, sources, or the feedback format.</summary>
    public int Count { get; }

    /// <summary>Everything behind the header, without padding.</summary>
    public ReadOnlySpan<byte> Body { get; }

    /// <summary>Reads the first packet of what is left of a datagram.</summary>
    /// <param name="datagram">Plain bytes, at least as long as the packet.</param>
    /// <param name="packet">The packet; not to be used after an error.</param>
    /// <param name="length">The bytes it takes up, padding included; 0 after an error.</param>
    public static RtcpError Read(ReadOnlySpan<byte> datagram, out RtcpPacket packet, out int length)
    {
        packet = default;
        length = 0;
        if (datagram.Length < HeaderLength)
        {
            return RtcpError.TooShort;
        }

        if (datagram[0] >> 6 != Version)
        {
            return RtcpError.UnsupportedVersion;
        }

        var total = HeaderLength + (4 * BinaryPrimitives.ReadUInt16BigEndian(datagram[2..]));
        if (datagram.Length < total)
        {
            return RtcpError.TooShort;
        }

        var body = datagram[HeaderLength..total];
        if ((datagram[0] & 0x20) != 0 && !TryCutPadding(ref body))
        {
            return RtcpError.BadPadding;
        }

        packet = new RtcpPacket((RtcpPacketType)datagram[1], datagram[0] & MaximumCount, body);
        length = total;
        return RtcpError.None;
    }

    /// <summary>Writes a header without padding.</summary>
    /// <param name="type">The packet type.</param>
    /// <param name="count">0 to 31.</param>
    /// <param name="length">Bytes of the whole packet, a multiple of 4.</param>
    /// <param name="destination">At least <paramref name="length"/> bytes.</param>
    internal static void WriteHeader(RtcpPacketType type, int count, int length, Span<byte> destination)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, MaximumCount);
        destination[0] = (byte)((Version << 6) | count);
        destination[1] = (byte)type;
        BinaryPrimitives.WriteUInt16BigEndian(destination[2..], (ushort)((length / 4) - 1));
    }

    private static bool TryCutPadding(ref ReadOnlySpan<byte> body)
    {
        var padding = body.IsEmpty ? 0 : body[^1];
        if (padding == 0 || padding % 4 != 0 || padding > body.Length)
        {
            return false;
        }

        body = body[..^padding];
        return true;
    }
}
