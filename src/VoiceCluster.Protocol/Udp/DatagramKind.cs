namespace VoiceCluster.Protocol.Udp;

/// <summary>What a datagram at a media port is, judged by its length and first bytes alone.</summary>
/// <remarks>Only a guess by shape: nothing is authenticated yet, and each kind's own parser may still refuse it.</remarks>
public enum DatagramKind
{
    /// <summary>Something that asks for no answer: it refreshes a known address and is otherwise dropped. Also the empty datagram.</summary>
    OtherKeepalive,

    /// <summary>The ping of the official desktop and mobile clients, see <see cref="Udp.UdpPing"/>.</summary>
    NativePing,

    /// <summary>Eight bytes of the client's choice, to be echoed, see <see cref="Udp.Keepalive"/>.</summary>
    Keepalive,

    /// <summary>A 74-byte address request, see <see cref="Udp.IpDiscovery"/>.</summary>
    IpDiscovery,

    /// <summary>A 70-byte address request as written before 2020, see <see cref="Udp.IpDiscovery"/>.</summary>
    LegacyIpDiscovery,

    /// <summary>A STUN message of a WebRTC client (RFC 8489).</summary>
    Stun,

    /// <summary>A DTLS record of a WebRTC client (RFC 7983 section 7).</summary>
    Dtls,

    /// <summary>A sealed RTCP packet.</summary>
    Rtcp,

    /// <summary>A sealed RTP packet.</summary>
    Rtp,
}
