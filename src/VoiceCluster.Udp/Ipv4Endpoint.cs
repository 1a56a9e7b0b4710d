using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace VoiceCluster.Udp;

/// <summary>An IPv4 address and a UDP port as two plain numbers, both in host byte order; a value that costs no allocation.</summary>
/// <param name="Address">The address; 127.0.0.1 is <c>0x7F000001</c>. 0 is the wildcard.</param>
/// <param name="Port">The port; 0 is none.</param>
public readonly record struct Ipv4Endpoint(uint Address, ushort Port)
{
    /// <summary>True for the default value, which stands for "no endpoint".</summary>
    public bool IsNone => Address == 0 && Port == 0;

    /// <summary>Both numbers in one, for hashing and comparing.</summary>
    public ulong Key => ((ulong)Address << 16) | Port;

    /// <summary>Reads an IPv4 address, or an IPv6 one that maps an IPv4 address.</summary>
    /// <returns>False for every other IPv6 address.</returns>
    public static bool TryReadAddress(IPAddress address, out uint value)
    {
        value = 0;
        Span<byte> bytes = stackalloc byte[16];
        if (!address.TryWriteBytes(bytes, out var written))
        {
            return false;
        }

        if (address.AddressFamily == AddressFamily.InterNetwork && written == 4)
        {
            value = BinaryPrimitives.ReadUInt32BigEndian(bytes);
            return true;
        }

        if (!address.IsIPv4MappedToIPv6)
        {
            return false;
        }

        value = BinaryPrimitives.ReadUInt32BigEndian(bytes[12..]);
        return true;
    }

    /// <summary>Converts an endpoint of the base library.</summary>
    /// <exception cref="ArgumentException">The endpoint is not IPv4.</exception>
    public static Ipv4Endpoint FromIPEndPoint(IPEndPoint endpoint) =>
        TryReadAddress(endpoint.Address, out var address)
            ? new Ipv4Endpoint(address, (ushort)endpoint.Port)
            : throw new ArgumentException($"{endpoint} is not an IPv4 endpoint.", nameof(endpoint));

    /// <summary>The address as the base library's type.</summary>
    public IPAddress ToIPAddress()
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, Address);
        return new IPAddress(bytes);
    }

    /// <summary>The endpoint as the base library's type.</summary>
    public IPEndPoint ToIPEndPoint() => new(ToIPAddress(), Port);

    /// <inheritdoc />
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{Address >> 24}.{(Address >> 16) & 255}.{(Address >> 8) & 255}.{Address & 255}:{Port}");
}
