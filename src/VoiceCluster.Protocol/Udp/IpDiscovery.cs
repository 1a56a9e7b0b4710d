using System.Buffers.Binary;
using System.Buffers.Text;
using System.Net;
using System.Text;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Protocol.Udp;

/// <summary>Reads and writes IP discovery, by which a client behind a NAT learns its public address and port.</summary>
/// <remarks>
/// Current form, both ways 74 bytes, big endian:
/// <code>
/// 0      2        4      8                             72
/// | type | length | SSRC | address, zero-terminated    | port |
/// </code>
/// Type is 1 in a request and 2 in a response, length is 70. The old form has 70 bytes: the first four of the request come
/// back unchanged, the address follows at offset 4 and the port at 68, whatever the layout of the request was.
/// Source: Discord "Voice Connections", IP Discovery, and its history before 2020.
/// </remarks>
public static class IpDiscovery
{
    /// <summary>Bytes of a request or response in the current form.</summary>
    public const int CurrentLength = 74;

    /// <summary>Bytes of a request or response in the old forms.</summary>
    public const int LegacyLength = 70;

    private const uint RequestPrefix = 0x0001_0046;
    private const uint ResponsePrefix = 0x0002_0046;
    private const int CurrentAddressOffset = 8;
    private const int LegacyAddressOffset = 4;
    private const int AddressLength = 64;

    /// <summary>Reads a request in any of its forms.</summary>
    /// <returns>False if the datagram has neither length, or 74 bytes without the request's type and length.</returns>
    public static bool TryParseRequest(ReadOnlySpan<byte> datagram, out IpDiscoveryRequest request)
    {
        request = default;
        if (datagram.Length == LegacyLength)
        {
            request = ParseLegacy(datagram);
            return true;
        }

        if (datagram.Length != CurrentLength || !HasRequestPrefix(datagram))
        {
            return false;
        }

        request = new IpDiscoveryRequest(IpDiscoveryForm.Current, ReadSsrc(datagram[4..]));
        return true;
    }

    /// <summary>Writes the answer to a request.</summary>
    /// <param name="form">The form of <paramref name="request"/>.</param>
    /// <param name="request">The whole datagram that asked.</param>
    /// <param name="address">
    /// The source address in network order: 4 bytes, or 16. Clients want dotted IPv4, so the 16-byte form of an IPv4 address is
    /// written as such. Only a true IPv6 address costs an allocation.
    /// </param>
    /// <param name="port">The source port.</param>
    /// <param name="destination">Room for as many bytes as the request has; must not overlap it.</param>
    /// <returns>The bytes written: as many as the request has.</returns>
    public static int WriteResponse(
        IpDiscoveryForm form, ReadOnlySpan<byte> request, ReadOnlySpan<byte> address, ushort port, Span<byte> destination)
    {
        var length = form == IpDiscoveryForm.Current ? CurrentLength : LegacyLength;
        var response = destination[..length];
        response.Clear();
        WriteAddress(address, response.Slice(form == IpDiscoveryForm.Current ? CurrentAddressOffset : LegacyAddressOffset, AddressLength));
        BinaryPrimitives.WriteUInt16BigEndian(response[^2..], port);
        if (form == IpDiscoveryForm.Current)
        {
            BinaryPrimitives.WriteUInt32BigEndian(response, ResponsePrefix);
            request[4..8].CopyTo(response[4..]);
        }
        else
        {
            request[..4].CopyTo(response);
        }

        return length;
    }

    /// <summary>Writes a request as a client does.</summary>
    /// <returns>The bytes written: 74, or 70 in the old forms.</returns>
    public static int WriteRequest(IpDiscoveryForm form, Ssrc ssrc, Span<byte> destination)
    {
        var request = destination[..new IpDiscoveryRequest(form, ssrc).Length];
        request.Clear();
        if (form is IpDiscoveryForm.Current or IpDiscoveryForm.LegacyTyped)
        {
            BinaryPrimitives.WriteUInt32BigEndian(request, RequestPrefix);
        }

        var ssrcOffset = form switch
        {
            IpDiscoveryForm.LegacySsrcFirst => 0,
            IpDiscoveryForm.LegacySsrcLast => LegacyLength - 4,
            _ => 4,
        };
        BinaryPrimitives.WriteUInt32BigEndian(request[ssrcOffset..], ssrc.Value);
        return request.Length;
    }

    /// <summary>Reads an answer of either length as a client does.</summary>
    /// <returns>False for another length, another type, or an address that is none.</returns>
    public static bool TryParseResponse(ReadOnlySpan<byte> datagram, out IpDiscoveryResponse response)
    {
        response = default;
        var isCurrent = datagram.Length == CurrentLength && BinaryPrimitives.ReadUInt32BigEndian(datagram) == ResponsePrefix;
        if (!isCurrent && datagram.Length != LegacyLength)
        {
            return false;
        }

        var text = datagram.Slice(isCurrent ? CurrentAddressOffset : LegacyAddressOffset, AddressLength);
        if (!TryReadAddress(text, out var address))
        {
            return false;
        }

        var ssrc = isCurrent ? ReadSsrc(datagram[4..]) : ReadLegacyResponseSsrc(datagram);
        response = new IpDiscoveryResponse(ssrc, address, BinaryPrimitives.ReadUInt16BigEndian(datagram[^2..]));
        return true;
    }

    internal static bool HasRequestPrefix(ReadOnlySpan<byte> datagram) =>
        BinaryPrimitives.ReadUInt32BigEndian(datagram) == RequestPrefix;

    // 65606 is both the request prefix and a possible SSRC: with nothing behind it, it is the SSRC.
    private static IpDiscoveryRequest ParseLegacy(ReadOnlySpan<byte> datagram)
    {
        var first = ReadSsrc(datagram);
        var second = ReadSsrc(datagram[4..]);
        if (first.Value == RequestPrefix && second.Value != 0)
        {
            return new IpDiscoveryRequest(IpDiscoveryForm.LegacyTyped, second);
        }

        var last = ReadSsrc(datagram[^4..]);
        return first.Value == 0 && last.Value != 0
            ? new IpDiscoveryRequest(IpDiscoveryForm.LegacySsrcLast, last)
            : new IpDiscoveryRequest(IpDiscoveryForm.LegacySsrcFirst, first);
    }

    private static Ssrc ReadLegacyResponseSsrc(ReadOnlySpan<byte> datagram) =>
        HasRequestPrefix(datagram) ? default : ReadSsrc(datagram);

    private static void WriteAddress(ReadOnlySpan<byte> address, Span<byte> destination)
    {
        if (address.Length == 16 && address.StartsWith(MappedPrefix))
        {
            address = address[MappedPrefix.Length..];
        }

        if (address.Length == 4)
        {
            WriteDotted(address, destination);
        }
        else
        {
            new IPAddress(address).TryFormat(destination[..^1], out _);
        }
    }

    private static void WriteDotted(ReadOnlySpan<byte> address, Span<byte> destination)
    {
        var position = 0;
        for (var i = 0; i < address.Length; i++)
        {
            if (i > 0)
            {
                destination[position++] = (byte)'.';
            }

            Utf8Formatter.TryFormat(address[i], destination[position..], out var digits);
            position += digits;
        }
    }

    private static bool TryReadAddress(ReadOnlySpan<byte> text, out IPAddress address)
    {
        address = IPAddress.None;
        var end = text.IndexOf((byte)0);
        if (end <= 0)
        {
            return false;
        }

        Span<char> characters = stackalloc char[AddressLength];
        var count = Encoding.Latin1.GetChars(text[..end], characters);
        if (!IPAddress.TryParse(characters[..count], out var parsed))
        {
            return false;
        }

        address = parsed;
        return true;
    }

    private static Ssrc ReadSsrc(ReadOnlySpan<byte> bytes) => new(BinaryPrimitives.ReadUInt32BigEndian(bytes));

    private static ReadOnlySpan<byte> MappedPrefix => [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF];
}
