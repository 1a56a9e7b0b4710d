using VoiceCluster.Protocol.Gateway;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Fuzz.Targets;

/// <summary>Messages to start from.</summary>
internal static class VoiceCorpus
{
    public static ValueArray<byte> Key { get; } = Enumerable.Range(0, 32).Select(value => (byte)value).ToValueArray();

    public static IReadOnlyList<VoiceClientMessage> ClientMessages { get; } =
    [
        new Identify(new Snowflake(41), new Snowflake(42), "session", "token", new Snowflake(43), Video: true,
            [new VideoStream { Type = "screen", Rid = "100", Quality = 100 }], MaxDaveProtocolVersion: 1),
        new Heartbeat(1501184119561, new SequenceAck(10)),
        new SelectProtocol("udp", Address: "198.51.100.4", Port: 50505, Mode: "aead_aes256_gcm_rtpsize", Codecs: [VoiceCodec.Opus]),
        new Speaking(SpeakingFlags.Voice, new Ssrc(1000)),
        new Video(new Ssrc(1000), new Ssrc(1001), new Ssrc(1002),
            [new VideoStream { Rid = "100", Active = true, MaxResolution = new VideoResolution("fixed", 1280, 720) }]),
        new SessionUpdate([new VoiceCodec("H264", "video", 1000, 101, 102)]),
        new MediaSinkWants(100, [new SourceQuality(new Ssrc(1001), 50)], [new SourcePixelCount(new Ssrc(1001), 921_600)]),
        new VoiceBackendVersionRequest(),
        new NoRoute(),
        new Resume(new Snowflake(41), "session", "token", new SequenceAck(10), new Snowflake(43)),
    ];

    public static IEnumerable<byte[]> ServerMessages
    {
        get
        {
            var version = new VoiceGatewayVersion(8);
            yield return VoiceServerFrames.Hello(new VoiceGatewayVersion(1), 13750);
            yield return VoiceServerFrames.Hello(version, 13750);
            yield return VoiceServerFrames.Ready(new VoiceGatewayVersion(3), new VoiceReady(new Ssrc(1000), "203.0.113.9", 50001, [.. TransportEncryptionModes.All]), 13750);
            yield return VoiceServerFrames.SessionDescription(new VoiceSessionDescription(TransportEncryptionMode.AeadAes256GcmRtpSize, Key, "id"));
            yield return VoiceServerFrames.HeartbeatAck(version, [.. "18446744073709551615"u8]);
            yield return VoiceServerFrames.BackendVersion("a", "b");
            yield return VoiceServerFrames.Event(version, new SpeakingEvent(new Snowflake(7), new Ssrc(5), SpeakingFlags.Voice), 1);
            yield return VoiceServerFrames.Event(version, new ClientsConnectEvent([new Snowflake(7)]), 2);
            yield return VoiceServerFrames.Event(version, new VideoEvent(new Snowflake(7), new Ssrc(5), new Ssrc(6), [new VideoStream { Rid = "100" }]), 3);
            yield return VoiceServerFrames.Event(version, new SessionUpdateEvent("opus", "H264", "id", 2000), 4);
            yield return VoiceServerFrames.Event(version, new ClientPlatformEvent(new Snowflake(7), null), 5);
        }
    }
}
