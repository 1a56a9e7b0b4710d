namespace VoiceCluster.Protocol.Rtp;

/// <summary>The header extension ids native UDP clients use without negotiation.</summary>
public static class HeaderExtensionId
{
    /// <summary><c>urn:ietf:params:rtp-hdrext:ssrc-audio-level</c>, see <see cref="AudioLevel"/>.</summary>
    public const byte AudioLevel = 1;

    /// <summary><c>urn:ietf:params:rtp-hdrext:toffset</c>.</summary>
    public const byte TransmissionTimeOffset = 2;

    /// <summary><c>http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time</c>.</summary>
    public const byte AbsoluteSendTime = 3;

    /// <summary><c>urn:3gpp:video-orientation</c>.</summary>
    public const byte VideoOrientation = 4;

    /// <summary><c>http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01</c>. Belongs to one hop: never forwarded.</summary>
    public const byte TransportSequenceNumber = 5;

    /// <summary><c>http://www.webrtc.org/experiments/rtp-hdrext/playout-delay</c>.</summary>
    public const byte PlayoutDelay = 6;

    /// <summary><c>http://www.webrtc.org/experiments/rtp-hdrext/video-content-type</c>.</summary>
    public const byte VideoContentType = 7;

    /// <summary><c>http://www.webrtc.org/experiments/rtp-hdrext/video-timing</c>.</summary>
    public const byte VideoTiming = 8;

    /// <summary><c>https://discord.com/#rtp-hdrext/2018-07-29/speaker</c>, see <see cref="SpeakerExtension"/>.</summary>
    public const byte Speaker = 9;

    /// <summary><c>urn:ietf:params:rtp-hdrext:sdes:mid</c>.</summary>
    public const byte MediaId = 10;

    /// <summary><c>urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id</c>.</summary>
    public const byte StreamId = 11;

    /// <summary><c>urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id</c>.</summary>
    public const byte RepairedStreamId = 12;
}
