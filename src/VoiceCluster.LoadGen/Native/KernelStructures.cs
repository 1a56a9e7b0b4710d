using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace VoiceCluster.LoadGen.Native;

// struct mmsghdr of 64-bit Linux: a msghdr of 56 bytes, then how long the received datagram was.
[StructLayout(LayoutKind.Explicit, Size = 64)]
internal unsafe struct MessageHeader
{
    [FieldOffset(0)]
    public SocketAddressIn* Name;

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

// struct sockaddr_in; the wire order is kept inside.
[StructLayout(LayoutKind.Explicit, Size = 16)]
internal struct SocketAddressIn(uint address, ushort port)
{
    [FieldOffset(0)]
    private readonly ushort _family = LibC.AddressFamilyInet;

    [FieldOffset(2)]
    private readonly ushort _port = BinaryPrimitives.ReverseEndianness(port);

    [FieldOffset(4)]
    private readonly uint _address = BinaryPrimitives.ReverseEndianness(address);

    public readonly ushort Port => BinaryPrimitives.ReverseEndianness(_port);

    public readonly uint Address => BinaryPrimitives.ReverseEndianness(_address);
}

// struct cmsghdr with a struct in_pktinfo: which of this machine's addresses a datagram was sent to, or is to be sent from.
[StructLayout(LayoutKind.Explicit, Size = Size)]
internal struct PacketInformation(uint source)
{
    public const int Size = 32;
    private const int HeaderAndData = 28;

    [FieldOffset(0)]
    private readonly nuint _length = HeaderAndData;

    [FieldOffset(8)]
    private readonly int _level = LibC.LevelIp;

    [FieldOffset(12)]
    private readonly int _type = LibC.OptionPacketInformation;

    [FieldOffset(20)]
    private readonly uint _local = BinaryPrimitives.ReverseEndianness(source);

    public static int AddressOffset => 24;
}

[StructLayout(LayoutKind.Sequential)]
internal struct KernelTime
{
    public long Seconds;
    public long Nanoseconds;
}

[StructLayout(LayoutKind.Sequential)]
internal struct PollDescriptor
{
    public const short Readable = 1;

    public int Descriptor;
    public short Events;
    public short Returned;
}

// struct sock_filter and struct sock_fprog.
[StructLayout(LayoutKind.Sequential)]
internal struct FilterInstruction
{
    public ushort Code;
    public byte JumpTrue;
    public byte JumpFalse;
    public uint Constant;
}

[StructLayout(LayoutKind.Explicit, Size = 16)]
internal unsafe struct FilterProgram
{
    [FieldOffset(0)]
    public ushort Length;

    [FieldOffset(8)]
    public FilterInstruction* Instructions;
}
