using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace VoiceCluster.Udp.Linux.Netlink;

/// <summary>Builds one request to the kernel: its header, the fixed part that its family asks for, and attributes.</summary>
/// <remarks>Numbers of netlink are in the machine's byte order unless an attribute's own meaning says otherwise. See netlink(7).</remarks>
internal sealed class NetlinkRequest
{
    private const ushort FlagRequest = 1;
    private const ushort FlagAcknowledge = 4;
    private const ushort FlagDump = 0x300;
    private const int Capacity = 256;

    private readonly byte[] _bytes = new byte[Capacity];

    private NetlinkRequest(ushort type, ushort flags, ReadOnlySpan<byte> body)
    {
        MemoryMarshal.Write(_bytes.AsSpan(4), type);
        MemoryMarshal.Write(_bytes.AsSpan(6), flags);
        body.CopyTo(_bytes.AsSpan(NetlinkMessage.HeaderLength));
        Length = NetlinkMessage.HeaderLength + NetlinkMessage.Align(body.Length);
    }

    private int Length { get; set; }

    /// <summary>Asks for one thing.</summary>
    public static NetlinkRequest Get(ushort type, ReadOnlySpan<byte> body) => new(type, FlagRequest | FlagAcknowledge, body);

    /// <summary>Asks for everything there is of a kind.</summary>
    public static NetlinkRequest Dump(ushort type, ReadOnlySpan<byte> body) => new(type, FlagRequest | FlagDump, body);

    /// <summary>Adds an attribute that is an IPv4 address.</summary>
    /// <param name="type">The attribute's number.</param>
    /// <param name="address">In host byte order.</param>
    public NetlinkRequest WithAddress(ushort type, uint address)
    {
        MemoryMarshal.Write(_bytes.AsSpan(Length), (ushort)8);
        MemoryMarshal.Write(_bytes.AsSpan(Length + 2), type);
        BinaryPrimitives.WriteUInt32BigEndian(_bytes.AsSpan(Length + 4), address);
        Length += 8;
        return this;
    }

    /// <summary>The request as it is sent.</summary>
    /// <param name="sequence">By which its answers are known.</param>
    public ReadOnlySpan<byte> Write(uint sequence)
    {
        MemoryMarshal.Write(_bytes, (uint)Length);
        MemoryMarshal.Write(_bytes.AsSpan(8), sequence);
        return _bytes.AsSpan(0, Length);
    }
}
