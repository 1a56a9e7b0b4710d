using System.Buffers.Binary;
using System.Runtime.InteropServices;
using VoiceCluster.Udp.Linux;

namespace VoiceCluster.LoadGen.Native;

// What a socket for many addresses needs beyond those of a node's sockets. Constants are those of the generic ABI, which x86-64 and arm64 share.
internal static class KernelOptions
{
    public const int ReuseAddress = 2;
    public const int AttachFilter = 26;
    public const int DetachFilter = 27;
    public const int PacketInformation = 8;
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
    private readonly int _type = KernelOptions.PacketInformation;

    [FieldOffset(20)]
    private readonly uint _local = BinaryPrimitives.ReverseEndianness(source);
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
