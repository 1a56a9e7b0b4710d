using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using System.Net;
using System.Net.Sockets;
using System.Numerics;

namespace VoiceCluster.Gateways.Edge;

/// <summary>What <see cref="ProxyProtocol.TryParse"/> found at the start of a connection.</summary>
public enum ProxyParseResult
{
    /// <summary>A whole header; its length says where the payload begins.</summary>
    Complete,

    /// <summary>Right so far, but bytes are missing.</summary>
    NeedMoreData,

    /// <summary>The first bytes belong to neither version of the header.</summary>
    NotAHeader,

    /// <summary>A header that breaks its own rules.</summary>
    Malformed,

    /// <summary>A header longer than <see cref="ProxyProtocol.MaxHeaderLength"/>.</summary>
    TooLong,

    /// <summary>Version 2 with a checksum that does not fit.</summary>
    WrongChecksum,
}

/// <summary>A parsed PROXY protocol header.</summary>
/// <param name="Version">1 (text) or 2 (binary).</param>
/// <param name="Source">
/// Who opened the connection at the proxy; null when the proxy speaks for itself (LOCAL, a health check) or does not say (UNKNOWN, a
/// Unix socket): then the peer of the socket counts.
/// </param>
/// <param name="Destination">Where that connection went; null together with <paramref name="Source"/>.</param>
/// <param name="Length">Bytes of the header, at least 15.</param>
public readonly record struct ProxyHeader(int Version, IPEndPoint? Source, IPEndPoint? Destination, int Length);

/// <summary>Reads the PROXY protocol header, versions 1 and 2, that a proxy puts in front of a connection.</summary>
/// <remarks>
/// Sans-IO: call again with more bytes after <see cref="ProxyParseResult.NeedMoreData"/>. No input throws.
/// Source: HAProxy "The PROXY protocol, Versions 1 &amp; 2", sections 2.1 and 2.2.
/// </remarks>
public static class ProxyProtocol
{
    /// <summary>
    /// The longest header that is read, in bytes. Addresses need 232 at most; the rest is room for the TLVs of TLS-ending proxies
    /// (certificate names), which stay below 2 KiB in practice.
    /// </summary>
    public const int MaxHeaderLength = 4096;

    /// <summary>The longest version 1 line, line end included, that the specification allows.</summary>
    private const int MaxLineLength = 107;

    private const int BinaryPrefixLength = 16;
    private const byte ChecksumTlv = 0x03;

    private static readonly SearchValues<byte> Digits = SearchValues.Create("0123456789"u8);
    private static readonly SearchValues<byte> DottedCharacters = SearchValues.Create("0123456789."u8);
    private static readonly SearchValues<byte> ColonCharacters = SearchValues.Create("0123456789abcdefABCDEF:."u8);

    private static ReadOnlySpan<byte> TextSignature => "PROXY "u8;

    private static ReadOnlySpan<byte> BinarySignature => "\r\n\r\n\0\r\nQUIT\n"u8;

    /// <summary>Reads one header from the start of <paramref name="bytes"/>.</summary>
    /// <param name="bytes">Everything received so far, at most a bit more than <see cref="MaxHeaderLength"/> of use.</param>
    /// <param name="header">The header; default unless the result is <see cref="ProxyParseResult.Complete"/>.</param>
    public static ProxyParseResult TryParse(ReadOnlySpan<byte> bytes, out ProxyHeader header)
    {
        header = default;
        if (StartsLike(bytes, BinarySignature))
        {
            return bytes.Length < BinaryPrefixLength ? ProxyParseResult.NeedMoreData : ParseBinary(bytes, out header);
        }
        if (StartsLike(bytes, TextSignature))
        {
            return ParseText(bytes, out header);
        }
        return ProxyParseResult.NotAHeader;
    }

    private static bool StartsLike(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> signature)
    {
        var length = Math.Min(bytes.Length, signature.Length);
        return bytes[..length].SequenceEqual(signature[..length]);
    }

    private static ProxyParseResult ParseText(ReadOnlySpan<byte> bytes, out ProxyHeader header)
    {
        header = default;
        var window = bytes[..Math.Min(bytes.Length, MaxLineLength)];
        var end = window.IndexOf("\r\n"u8);
        if (end < 0)
        {
            return bytes.Length < MaxLineLength ? ProxyParseResult.NeedMoreData : ProxyParseResult.TooLong;
        }

        var fields = window[TextSignature.Length..end];
        var length = end + 2;
        if (fields.SequenceEqual("UNKNOWN"u8) || fields.StartsWith("UNKNOWN "u8))
        {
            header = new ProxyHeader(1, null, null, length);
            return ProxyParseResult.Complete;
        }
        return TryReadTextAddresses(fields, length, out header) ? ProxyParseResult.Complete : ProxyParseResult.Malformed;
    }

    private static bool TryReadTextAddresses(ReadOnlySpan<byte> fields, int length, out ProxyHeader header)
    {
        header = default;
        Span<Range> parts = stackalloc Range[6];
        if (Split(fields, parts) != 5)
        {
            return false;
        }

        var family = fields[parts[0]];
        var isIPv4 = family.SequenceEqual("TCP4"u8);
        if (!isIPv4 && !family.SequenceEqual("TCP6"u8))
        {
            return false;
        }
        if (!TryReadTextAddress(fields[parts[1]], isIPv4, out var source) ||
            !TryReadTextAddress(fields[parts[2]], isIPv4, out var destination) ||
            !TryReadTextPort(fields[parts[3]], out var sourcePort) ||
            !TryReadTextPort(fields[parts[4]], out var destinationPort))
        {
            return false;
        }
        header = new ProxyHeader(1, new IPEndPoint(source, sourcePort), new IPEndPoint(destination, destinationPort), length);
        return true;
    }

    private static int Split(ReadOnlySpan<byte> fields, Span<Range> parts)
    {
        var count = 0;
        var start = 0;
        for (var index = 0; index <= fields.Length && count < parts.Length; index++)
        {
            if (index == fields.Length || fields[index] == (byte)' ')
            {
                parts[count++] = start..index;
                start = index + 1;
            }
        }
        return count;
    }

    // The base library also takes shortened and hexadecimal forms ("127.1"); the protocol knows only the full dotted one.
    private static bool TryReadTextAddress(ReadOnlySpan<byte> text, bool isIPv4, out IPAddress address)
    {
        address = IPAddress.None;
        if (text.IsEmpty || text.ContainsAnyExcept(isIPv4 ? DottedCharacters : ColonCharacters) || (isIPv4 && (text.Count((byte)'.') != 3 || HasLeadingZero(text))))
        {
            return false;
        }
        if (!IPAddress.TryParse(text, out var parsed))
        {
            return false;
        }
        address = parsed;
        return parsed.AddressFamily == (isIPv4 ? AddressFamily.InterNetwork : AddressFamily.InterNetworkV6);
    }

    private static bool HasLeadingZero(ReadOnlySpan<byte> dotted)
    {
        for (var index = 0; index + 1 < dotted.Length; index++)
        {
            var startsPart = index == 0 || dotted[index - 1] == (byte)'.';
            if (startsPart && dotted[index] == (byte)'0' && dotted[index + 1] != (byte)'.')
            {
                return true;
            }
        }
        return false;
    }

    private static bool TryReadTextPort(ReadOnlySpan<byte> text, out ushort port)
    {
        port = 0;
        var hasLeadingZero = text.Length > 1 && text[0] == (byte)'0';
        return !hasLeadingZero && !text.ContainsAnyExcept(Digits) &&
            Utf8Parser.TryParse(text, out port, out var consumed) && consumed == text.Length;
    }

    private static ProxyParseResult ParseBinary(ReadOnlySpan<byte> bytes, out ProxyHeader header)
    {
        header = default;
        var versionAndCommand = bytes[12];
        var familyAndTransport = bytes[13];
        var length = BinaryPrefixLength + BinaryPrimitives.ReadUInt16BigEndian(bytes[14..]);
        if (versionAndCommand is not (0x20 or 0x21) || (familyAndTransport >> 4) > 3 || (familyAndTransport & 0xF) > 2)
        {
            return ProxyParseResult.Malformed;
        }
        if (length > MaxHeaderLength)
        {
            return ProxyParseResult.TooLong;
        }
        if (bytes.Length < length)
        {
            return ProxyParseResult.NeedMoreData;
        }

        var whole = bytes[..length];
        var isLocal = versionAndCommand == 0x20;
        var result = CheckTlvs(whole, AddressLength(familyAndTransport));
        if (result != ProxyParseResult.Complete && !(isLocal && result == ProxyParseResult.Malformed))
        {
            return result;
        }
        header = isLocal ? new ProxyHeader(2, null, null, length) : ReadBinaryAddresses(whole, familyAndTransport);
        return ProxyParseResult.Complete;
    }

    private static int AddressLength(byte familyAndTransport) => (familyAndTransport >> 4) switch
    {
        1 => 12,
        2 => 36,
        3 => 216,
        _ => 0,
    };

    // Only TCP over IP names a client here: anything else (Unix sockets, datagrams) leaves the peer of the socket in place.
    private static ProxyHeader ReadBinaryAddresses(ReadOnlySpan<byte> whole, byte familyAndTransport)
    {
        if (familyAndTransport is not (0x11 or 0x21))
        {
            return new ProxyHeader(2, null, null, whole.Length);
        }
        var size = familyAndTransport == 0x11 ? 4 : 16;
        var body = whole[BinaryPrefixLength..];
        var source = new IPEndPoint(new IPAddress(body[..size]), BinaryPrimitives.ReadUInt16BigEndian(body[(2 * size)..]));
        var destination = new IPEndPoint(
            new IPAddress(body.Slice(size, size)), BinaryPrimitives.ReadUInt16BigEndian(body[((2 * size) + 2)..]));
        return new ProxyHeader(2, source, destination, whole.Length);
    }

    private static ProxyParseResult CheckTlvs(ReadOnlySpan<byte> whole, int addressLength)
    {
        var position = BinaryPrefixLength + addressLength;
        if (position > whole.Length)
        {
            return ProxyParseResult.Malformed;
        }
        while (position < whole.Length)
        {
            if (whole.Length - position < 3)
            {
                return ProxyParseResult.Malformed;
            }
            var type = whole[position];
            var valueLength = BinaryPrimitives.ReadUInt16BigEndian(whole[(position + 1)..]);
            position += 3;
            if (valueLength > whole.Length - position)
            {
                return ProxyParseResult.Malformed;
            }
            if (type == ChecksumTlv && !ChecksumFits(whole, position, valueLength))
            {
                return ProxyParseResult.WrongChecksum;
            }
            position += valueLength;
        }
        return ProxyParseResult.Complete;
    }

    private static bool ChecksumFits(ReadOnlySpan<byte> whole, int position, int length)
    {
        if (length != 4)
        {
            return false;
        }
        var crc = 0xFFFF_FFFFu;
        for (var index = 0; index < whole.Length; index++)
        {
            var isChecksum = index >= position && index < position + 4;
            crc = BitOperations.Crc32C(crc, isChecksum ? (byte)0 : whole[index]);
        }
        return ~crc == BinaryPrimitives.ReadUInt32BigEndian(whole[position..]);
    }
}
