using System.Buffers.Binary;

namespace VoiceCluster.Protocol.Udp;

/// <summary>Tells apart what native and WebRTC clients send to one UDP port.</summary>
/// <remarks>
/// The shapes with a fixed length come first, because a keepalive counter or an old address request may begin with any
/// byte a later test would take for its own; after them the first byte decides as in RFC 7983 section 7, and the second
/// byte parts RTCP from RTP as in RFC 5761 section 4. STUN lengths are multiples of 4, those of address requests are not.
/// </remarks>
public static class DatagramClassifier
{
    private const uint StunMagicCookie = 0x2112A442;
    private const int StunHeaderLength = 20;
    private const int RtcpMinimumLength = 8;
    private const int RtpMinimumLength = 12;

    /// <summary>Names the kind of a datagram. Total: any bytes of any length have a kind.</summary>
    public static DatagramKind Classify(ReadOnlySpan<byte> datagram) => datagram.Length switch
    {
        0 => DatagramKind.OtherKeepalive,
        Keepalive.Length => UdpPing.IsRequest(datagram) ? DatagramKind.NativePing : DatagramKind.Keepalive,
        IpDiscovery.CurrentLength when IpDiscovery.HasRequestPrefix(datagram) => DatagramKind.IpDiscovery,
        IpDiscovery.LegacyLength when datagram[0] == 0 && !HasStunMagicCookie(datagram) => DatagramKind.LegacyIpDiscovery,
        _ => ClassifyByFirstByte(datagram),
    };

    private static DatagramKind ClassifyByFirstByte(ReadOnlySpan<byte> datagram) => datagram[0] switch
    {
        <= 3 when IsStun(datagram) => DatagramKind.Stun,
        >= 20 and <= 63 => DatagramKind.Dtls,
        >= 128 and <= 191 => ClassifyMedia(datagram),
        _ => DatagramKind.OtherKeepalive,
    };

    private static DatagramKind ClassifyMedia(ReadOnlySpan<byte> datagram)
    {
        if (datagram.Length >= RtcpMinimumLength && datagram[1] is >= 192 and <= 223)
        {
            return DatagramKind.Rtcp;
        }

        return datagram.Length >= RtpMinimumLength ? DatagramKind.Rtp : DatagramKind.OtherKeepalive;
    }

    private static bool IsStun(ReadOnlySpan<byte> datagram) =>
        datagram.Length >= StunHeaderLength && datagram.Length % 4 == 0 && HasStunMagicCookie(datagram);

    private static bool HasStunMagicCookie(ReadOnlySpan<byte> datagram) =>
        BinaryPrimitives.ReadUInt32BigEndian(datagram[4..]) == StunMagicCookie;
}
