using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace VoiceCluster.Udp.Linux.Frames;

/// <summary>The headers of Ethernet, IPv4 (RFC 791) and UDP (RFC 768) that a frame begins with. Written as the kernel would for a socket that never lets fragment.</summary>
internal static class FrameHeader
{
    /// <summary>Bytes of all three.</summary>
    public const int Length = NextHop.EthernetLength + IpLength + UdpLength;

    /// <summary>Bytes of those that an IP packet has.</summary>
    public const int PacketOverhead = IpLength + UdpLength;

    private const int IpLength = 20;
    private const int UdpLength = 8;
    private const byte VersionAndLength = 0x45;
    private const byte DoNotFragment = 0x40;
    private const byte HopLimit = 64;
    private const byte ProtocolUdp = 17;

    /// <summary>Writes the headers.</summary>
    /// <param name="frame">The whole frame: <see cref="Length"/> bytes for the headers, then the datagram.</param>
    /// <param name="hop">Where the frame goes first.</param>
    /// <param name="typeOfService">The IP header's octet of that name.</param>
    /// <param name="source">Whose the datagram is.</param>
    /// <param name="destination">Where it goes.</param>
    public static void Write(Span<byte> frame, NextHop hop, byte typeOfService, Ipv4Endpoint source, Ipv4Endpoint destination)
    {
        hop.Ethernet.CopyTo(frame);
        var ip = frame[NextHop.EthernetLength..];
        BinaryPrimitives.WriteUInt32BigEndian(ip, ((uint)VersionAndLength << 24) | ((uint)typeOfService << 16) | (ushort)ip.Length);
        BinaryPrimitives.WriteUInt32BigEndian(ip[4..], (uint)DoNotFragment << 8);
        BinaryPrimitives.WriteUInt32BigEndian(ip[8..], ((uint)HopLimit << 24) | ((uint)ProtocolUdp << 16));
        BinaryPrimitives.WriteUInt32BigEndian(ip[12..], source.Address);
        BinaryPrimitives.WriteUInt32BigEndian(ip[16..], destination.Address);
        MemoryMarshal.Write(ip[10..], Fold(Sum(ip[..IpLength])));

        var udp = ip[IpLength..];
        BinaryPrimitives.WriteUInt32BigEndian(udp, ((uint)source.Port << 16) | destination.Port);
        BinaryPrimitives.WriteUInt32BigEndian(udp[4..], (uint)udp.Length << 16);
        MemoryMarshal.Write(udp[6..], NotZero(Fold(Sum(udp) + PseudoHeader(ip, udp.Length))));
    }

    // Both addresses, the protocol and the length of the datagram.
    private static ulong PseudoHeader(ReadOnlySpan<byte> ip, int length) =>
        Sum(ip[12..20]) + BinaryPrimitives.ReverseEndianness((ushort)ProtocolUdp) + BinaryPrimitives.ReverseEndianness((ushort)length);

    // Sums of the Internet checksum (RFC 1071) come out the same in any byte order and word length, as long as carries are added in the end.
    private static ulong Sum(ReadOnlySpan<byte> bytes)
    {
        var low = 0UL;
        var high = 0UL;
        ref var at = ref MemoryMarshal.GetReference(bytes);
        var left = bytes.Length;
        for (; left >= sizeof(ulong); left -= sizeof(ulong))
        {
            var word = Unsafe.ReadUnaligned<ulong>(ref at);
            low += (uint)word;
            high += word >> 32;
            at = ref Unsafe.Add(ref at, sizeof(ulong));
        }

        Span<byte> rest = stackalloc byte[sizeof(ulong)];
        rest.Clear();
        bytes[^left..].CopyTo(rest);
        var last = MemoryMarshal.Read<ulong>(rest);
        return low + high + (uint)last + (last >> 32);
    }

    private static ushort Fold(ulong sum)
    {
        sum = (sum & 0xFFFF_FFFF) + (sum >> 32);
        sum = (sum & 0xFFFF) + ((sum >> 16) & 0xFFFF) + (sum >> 32);
        sum = (sum & 0xFFFF) + (sum >> 16);
        sum = (sum & 0xFFFF) + (sum >> 16);
        return (ushort)~sum;
    }

    // To UDP zero says that there is no checksum.
    private static ushort NotZero(ushort checksum) => checksum == 0 ? ushort.MaxValue : checksum;
}
