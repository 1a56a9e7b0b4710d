using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace VoiceCluster.Udp.Linux;

// struct mmsghdr of 64-bit Linux: a msghdr of 56 bytes, then how long the received datagram was.
//
//    0 name*       8 name length, 4 padding      16 vectors*     24 vector count
//   32 control*   40 control length              48 flags, 4 padding
//   56 length, 4 padding
[StructLayout(LayoutKind.Explicit, Size = 64)]
internal unsafe struct MessageHeader
{
    [FieldOffset(0)]
    public void* Name;

    [FieldOffset(8)]
    public uint NameLength;

    [FieldOffset(16)]
    public IoVector* Vectors;

    [FieldOffset(24)]
    public nuint VectorCount;

    [FieldOffset(32)]
    public byte* Control;

    [FieldOffset(40)]
    public nuint ControlLength;

    [FieldOffset(48)]
    public int Flags;

    [FieldOffset(56)]
    public uint Length;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct IoVector
{
    public byte* Base;
    public nuint Length;
}

// struct sockaddr_in; port and address are in network byte order.
[StructLayout(LayoutKind.Explicit, Size = 16)]
internal struct SocketAddressIn
{
    public const ushort FamilyInet = 2;

    // All of it at once, to compare: family, port and address.
    [FieldOffset(0)]
    public ulong Receiver;

    [FieldOffset(0)]
    public ushort Family;

    [FieldOffset(2)]
    public ushort Port;

    [FieldOffset(4)]
    public uint Address;

    public static SocketAddressIn From(Ipv4Endpoint endpoint) => new()
    {
        Family = FamilyInet,
        Port = BinaryPrimitives.ReverseEndianness(endpoint.Port),
        Address = BinaryPrimitives.ReverseEndianness(endpoint.Address),
    };

    public readonly Ipv4Endpoint ToEndpoint() =>
        new(BinaryPrimitives.ReverseEndianness(Address), BinaryPrimitives.ReverseEndianness(Port));
}

// struct sockaddr_ll: the device that a frame leaves by. The protocol is in network byte order.
[StructLayout(LayoutKind.Explicit, Size = 20)]
internal struct SocketAddressLink
{
    public const ushort FamilyPacket = 17;
    public const byte EthernetAddressLength = 6;

    // ETH_P_IP in network byte order.
    public const ushort ProtocolIpv4 = 0x0008;

    [FieldOffset(0)]
    public ushort Family;

    [FieldOffset(2)]
    public ushort Protocol;

    [FieldOffset(4)]
    public int Device;

    [FieldOffset(11)]
    public byte AddressLength;
}

// struct sockaddr_nl.
[StructLayout(LayoutKind.Explicit, Size = 12)]
internal struct SocketAddressNetlink
{
    [FieldOffset(0)]
    public ushort Family;

    [FieldOffset(8)]
    public uint Groups;
}

// struct cmsghdr; the data follows, and the next header begins at a multiple of 8.
[StructLayout(LayoutKind.Sequential)]
internal struct ControlHeader
{
    public nuint Length;
    public int Level;
    public int Type;
}

[StructLayout(LayoutKind.Sequential)]
internal struct KernelTime
{
    public long Seconds;

    // Nanoseconds in a timespec, microseconds in a timeval.
    public long Fraction;
}

/// <summary>struct pollfd.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct PollEntry
{
    public int Descriptor;
    public short Wanted;
    public short Found;
}
