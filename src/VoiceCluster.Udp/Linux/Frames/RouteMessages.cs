using System.Buffers.Binary;
using System.Runtime.InteropServices;
using VoiceCluster.Udp.Linux.Netlink;

namespace VoiceCluster.Udp.Linux.Frames;

/// <summary>What a message says of a neighbour.</summary>
/// <param name="Device">The number of the device that leads to it.</param>
/// <param name="Address">Its IPv4 address.</param>
/// <param name="LinkAddress">Its link-layer address; empty if that is not known.</param>
/// <param name="IsUsable">Whether the kernel would send to it without asking first.</param>
internal readonly record struct Neighbour(int Device, uint Address, ReadOnlyMemory<byte> LinkAddress, bool IsUsable);

/// <summary>Questions about routes, devices and neighbours, and what their answers say. See rtnetlink(7).</summary>
internal static class RouteMessages
{
    public const ushort TypeNewDevice = 16;
    public const ushort TypeNewRoute = 24;
    public const ushort TypeNewNeighbour = 28;
    public const ushort TypeGoneNeighbour = 29;

    /// <summary>Changes of devices, neighbours, addresses, routes and rules of IPv4.</summary>
    public const uint Groups = 0x1 | 0x4 | 0x10 | 0x40 | 0x80;

    private const ushort TypeAskDevice = 18;
    private const ushort TypeAskRoute = 26;
    private const ushort TypeAskNeighbour = 30;
    private const byte FamilyInet = 2;
    private const int LinkAddressLength = 6;
    private const int AddressBits = 32;

    private const int RouteLength = 12;
    private const byte RouteToNeighbour = 1;
    private const ushort RouteDestination = 1;
    private const ushort RouteDevice = 4;
    private const ushort RouteGateway = 5;
    private const ushort RouteSource = 7;
    private const ushort RouteVia = 18;
    private const ushort RouteEncapsulation = 22;

    private const int DeviceLength = 16;
    private const ushort DeviceEthernet = 1;
    private const uint DeviceIsUp = 0x1;
    private const uint DeviceIsRunning = 0x40;
    private const uint DeviceKnowsNoNeighbours = 0x80;
    private const ushort DeviceAddress = 1;
    private const ushort DeviceMaximum = 4;

    private const int NeighbourLength = 12;
    private const ushort NeighbourReachable = 0x02 | 0x04 | 0x08 | 0x10 | 0x80;
    private const ushort NeighbourAddress = 1;
    private const ushort NeighbourLinkAddress = 2;

    /// <summary>Asks which way a packet would go.</summary>
    public static NetlinkRequest AskRoute(uint destination)
    {
        Span<byte> body = stackalloc byte[RouteLength];
        body.Clear();
        body[0] = FamilyInet;
        body[1] = AddressBits;
        return NetlinkRequest.Get(TypeAskRoute, body).WithAddress(RouteDestination, destination);
    }

    /// <summary>Asks for a device.</summary>
    public static NetlinkRequest AskDevice(int number)
    {
        Span<byte> body = stackalloc byte[DeviceLength];
        body.Clear();
        MemoryMarshal.Write(body[4..], number);
        return NetlinkRequest.Get(TypeAskDevice, body);
    }

    /// <summary>Asks for all devices.</summary>
    public static NetlinkRequest AskDevices()
    {
        Span<byte> body = stackalloc byte[DeviceLength];
        body.Clear();
        return NetlinkRequest.Dump(TypeAskDevice, body);
    }

    /// <summary>Asks for a neighbour.</summary>
    public static NetlinkRequest AskNeighbour(int device, uint address)
    {
        Span<byte> body = stackalloc byte[NeighbourLength];
        body.Clear();
        body[0] = FamilyInet;
        MemoryMarshal.Write(body[4..], device);
        return NetlinkRequest.Get(TypeAskNeighbour, body).WithAddress(NeighbourAddress, address);
    }

    /// <summary>Reads a route.</summary>
    /// <param name="body">Of a <see cref="TypeNewRoute"/>.</param>
    /// <param name="destination">The address that was asked for, which is its own neighbour where there is no gateway.</param>
    /// <returns>Null for a route that no plain frame can go: a refusal, a broadcast, a tunnel, a gateway of another family, or to this machine itself, which takes no frames
    /// that claim to come from it.</returns>
    public static NextHopKey? ReadRoute(ReadOnlySpan<byte> body, uint destination)
    {
        if (body.Length < RouteLength)
        {
            return null;
        }

        var attributes = body[RouteLength..];
        if (body[7] != RouteToNeighbour
            || NetlinkMessage.TryFind(attributes, RouteVia, out ReadOnlySpan<byte> _)
            || NetlinkMessage.TryFind(attributes, RouteEncapsulation, out ReadOnlySpan<byte> _)
            || !NetlinkMessage.TryFind(attributes, RouteDevice, out uint device)
            || !TryFindAddress(attributes, RouteSource, out var source))
        {
            return null;
        }

        var gateway = TryFindAddress(attributes, RouteGateway, out var address) ? address : destination;
        return new NextHopKey((int)device, gateway, source);
    }

    /// <summary>Reads a device.</summary>
    /// <param name="body">Of a <see cref="TypeNewDevice"/>.</param>
    /// <returns>Null for one that is down, or is not Ethernet.</returns>
    public static NetworkDevice? ReadDevice(ReadOnlySpan<byte> body)
    {
        if (body.Length < DeviceLength)
        {
            return null;
        }

        var kind = MemoryMarshal.Read<ushort>(body[2..]);
        var flags = MemoryMarshal.Read<uint>(body[8..]);
        var attributes = body[DeviceLength..];
        if ((flags & (DeviceIsUp | DeviceIsRunning | DeviceKnowsNoNeighbours)) != (DeviceIsUp | DeviceIsRunning)
            || kind != DeviceEthernet
            || !NetlinkMessage.TryFind(attributes, DeviceAddress, out ReadOnlySpan<byte> address)
            || address.Length != LinkAddressLength
            || !NetlinkMessage.TryFind(attributes, DeviceMaximum, out uint maximum))
        {
            return null;
        }

        return new NetworkDevice(MemoryMarshal.Read<int>(body[4..]), address.ToArray(), (int)Math.Min(maximum, ushort.MaxValue));
    }

    /// <summary>Reads a neighbour.</summary>
    /// <param name="body">Of a <see cref="TypeNewNeighbour"/> or <see cref="TypeGoneNeighbour"/>.</param>
    /// <returns>Null for one of another family.</returns>
    public static Neighbour? ReadNeighbour(ReadOnlySpan<byte> body)
    {
        if (body.Length < NeighbourLength || body[0] != FamilyInet || !TryFindAddress(body[NeighbourLength..], NeighbourAddress, out var address))
        {
            return null;
        }

        var isReachable = (MemoryMarshal.Read<ushort>(body[8..]) & NeighbourReachable) != 0;
        var hasAddress = NetlinkMessage.TryFind(body[NeighbourLength..], NeighbourLinkAddress, out ReadOnlySpan<byte> link) && link.Length == LinkAddressLength;
        return new Neighbour(MemoryMarshal.Read<int>(body[4..]), address, hasAddress ? link.ToArray() : default, isReachable && hasAddress);
    }

    private static bool TryFindAddress(ReadOnlySpan<byte> attributes, ushort type, out uint address)
    {
        var isFound = NetlinkMessage.TryFind(attributes, type, out ReadOnlySpan<byte> bytes) && bytes.Length == 4;
        address = isFound ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : 0;
        return isFound;
    }
}
