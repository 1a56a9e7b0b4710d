using System.Buffers.Binary;

namespace VoiceCluster.LoadGen.Peers.RtpEngine;

/// <summary>RTP packets with a plain header: no extension, no contributing sources.</summary>
/// <remarks>Header: version and flags (1 byte) | marker and payload type (1) | sequence number (2) | timestamp (4) | SSRC (4). Source: RFC 3550 section 5.1.</remarks>
internal static class RtpPacket
{
    /// <summary>Bytes of the header.</summary>
    public const int HeaderBytes = 12;

    private const byte Version2 = 0x80;
    private const int SsrcOffset = 8;

    /// <summary>Writes a packet.</summary>
    /// <returns>Its length.</returns>
    public static int Write(Span<byte> packet, byte payloadType, ushort sequence, uint timestamp, uint ssrc, ReadOnlySpan<byte> payload)
    {
        packet[0] = Version2;
        packet[1] = payloadType;
        BinaryPrimitives.WriteUInt16BigEndian(packet[2..], sequence);
        BinaryPrimitives.WriteUInt32BigEndian(packet[4..], timestamp);
        BinaryPrimitives.WriteUInt32BigEndian(packet[SsrcOffset..], ssrc);
        payload.CopyTo(packet[HeaderBytes..]);
        return HeaderBytes + payload.Length;
    }

    /// <summary>Whose packet it is.</summary>
    public static uint Ssrc(ReadOnlySpan<byte> packet) => BinaryPrimitives.ReadUInt32BigEndian(packet[SsrcOffset..]);

    /// <summary>Its sequence number.</summary>
    public static ushort Sequence(ReadOnlySpan<byte> packet) => BinaryPrimitives.ReadUInt16BigEndian(packet[2..]);

    /// <summary>Whether a datagram is RTCP, which may come on the same port.</summary>
    /// <remarks>Source: RFC 5761 section 4.</remarks>
    public static bool IsRtcp(ReadOnlySpan<byte> datagram) => datagram.Length > 1 && datagram[1] is >= 192 and <= 223;

    /// <summary>XORs a number, highest byte first, into the beginning of a counter or nonce.</summary>
    public static void XorInto(Span<byte> target, uint value) =>
        BinaryPrimitives.WriteUInt32BigEndian(target, BinaryPrimitives.ReadUInt32BigEndian(target) ^ value);
}
