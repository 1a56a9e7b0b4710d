using System.Text;
using VoiceCluster.Protocol.Gateway;
using VoiceCluster.Protocol.Gateway.Client;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Protocol.Tests.Gateway;

public sealed class VoiceServerMessageTests
{
    /// <summary>One of every event, with all members.</summary>
    public static IReadOnlyList<VoiceEvent> Events { get; } =
    [
        new SpeakingEvent(new Snowflake(7), new Ssrc(5), SpeakingFlags.Voice),
        new ClientsConnectEvent([new Snowflake(7), new Snowflake(8)]),
        new VideoEvent(new Snowflake(7), new Ssrc(5), new Ssrc(6),
        [
            new VideoStream
            {
                Type = "video", Rid = "100", Quality = 100, Ssrc = new Ssrc(6), RtxSsrc = new Ssrc(7), Active = true,
                MaxBitrate = 1_000_000, MaxFramerate = 30, MaxResolution = new VideoResolution("fixed", 1280, 720),
            },
        ]),
        new ClientDisconnectEvent(new Snowflake(7)),
        new SessionUpdateEvent("opus", "VP8", "id", 2000),
        new MediaSinkWantsEvent(new MediaSinkWants(100, [new SourceQuality(new Ssrc(6), 50)])),
        new ClientFlagsEvent(new Snowflake(7), 3),
        new ClientFlagsEvent(new Snowflake(7), null),
        new ClientPlatformEvent(new Snowflake(7), 1),
        new ClientPlatformEvent(new Snowflake(7), null),
    ];

    public static IEnumerable<object[]> EventsByVersion => Enumerable.Range(1, 9).SelectMany(version =>
        Enumerable.Range(0, Events.Count).Select(index => new object[] { version, index }));

    public static TheoryData<int> Versions => [.. Enumerable.Range(1, 9)];

    [Theory]
    [MemberData(nameof(EventsByVersion))]
    public void Event_of_the_server_reads_back_equal_with_its_number(int version, int index)
    {
        var gateway = new VoiceGatewayVersion(version);

        var message = Parse(VoiceServerFrames.Event(gateway, Events[index], sequence: 65535), version);

        message.ShouldBe(new VoiceServerMessage.Event(Events[index]) { Sequence = 65535 });
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public void Connect_messages_of_the_server_read_back_equal(int version)
    {
        var gateway = new VoiceGatewayVersion(version);
        var interval = TimeSpan.FromMilliseconds(13750);

        Parse(VoiceServerFrames.Hello(gateway, 13750), version)
            .ShouldBe(new VoiceServerMessage.Hello(version <= 2 ? null : version, interval));
        Parse(VoiceServerFrames.Ready(gateway, GatewayHarness.ReadyPayload, 13750), version)
            .ShouldBe(new VoiceServerMessage.Ready(GatewayHarness.ReadyPayload, version <= 3 ? interval : null));
        Parse(VoiceServerFrames.SessionDescription(GatewayHarness.Description), version)
            .ShouldBe(new VoiceServerMessage.SessionDescription(GatewayHarness.Description, 0));
        Parse(VoiceServerFrames.HeartbeatAck(gateway, [.. "18446744073709551615"u8]), version)
            .ShouldBe(new VoiceServerMessage.HeartbeatAck([.. "18446744073709551615"u8]));
        Parse(VoiceServerFrames.Resumed(), version).ShouldBe(new VoiceServerMessage.Resumed());
        Parse(VoiceServerFrames.BackendVersion("a", "b"), version).ShouldBe(new VoiceServerMessage.BackendVersion("a", "b"));
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(2, false)]
    [InlineData(8, false)]
    public void Opcode_3_of_the_server_is_an_ack_only_at_version_1(int version, bool ack)
    {
        var message = Parse("""{"op":3,"d":5}"""u8.ToArray(), version);

        if (ack)
        {
            message.ShouldBe(new VoiceServerMessage.HeartbeatAck([.. "5"u8]));
        }
        else
        {
            message.ShouldBe(new VoiceServerMessage.HeartbeatRequest());
        }
    }

    [Fact]
    public void Opcodes_a_client_does_not_know_are_reported_as_unknown() =>
        Parse("""{"op":250,"d":{},"seq":3}"""u8.ToArray(), 8).ShouldBe(new VoiceServerMessage.Unknown(250) { Sequence = 3 });

    [Fact]
    public void Modes_a_client_does_not_know_are_left_out() =>
        Parse(Encoding.UTF8.GetBytes("""{"op":2,"d":{"ssrc":1,"ip":"203.0.113.9","port":1,"modes":["new","xsalsa20_poly1305",5]}}"""), 8)
            .ShouldBeOfType<VoiceServerMessage.Ready>().Value.Modes.ShouldBe([TransportEncryptionMode.XSalsa20Poly1305]);

    [Theory]
    [InlineData("""{"op":8,"d":{"v":8}}""")]
    [InlineData("""{"op":8,"d":{"v":8,"heartbeat_interval":0}}""")]
    [InlineData("""{"op":2,"d":{"ssrc":1,"ip":"203.0.113.9","port":0}}""")]
    [InlineData("""{"op":2,"d":null}""")]
    [InlineData("""{"op":4,"d":{"mode":"xsalsa20_poly1305","secret_key":[1,2,3]}}""")]
    [InlineData("""{"op":4,"d":{"mode":"other","secret_key":[]}}""")]
    [InlineData("""{"op":5,"d":{"user_id":"7"}}""")]
    [InlineData("""{"op":12,"d":{"user_id":"7","audio_ssrc":0}}""")]
    [InlineData("""{"op":13,"d":{}}""")]
    [InlineData("""{"op":6,"d":{"t":{}}}""")]
    public void Server_messages_without_what_they_need_are_malformed(string json) =>
        VoiceServerMessage.TryParse(Encoding.UTF8.GetBytes(json), new VoiceGatewayVersion(8), out _).ShouldBe(VoiceDecodeError.MalformedData);

    [Theory]
    [InlineData("""{"heartbeat_interval":13750}""", 8)]
    [InlineData("""{"d":{}}""", 1)]
    [InlineData("", 8)]
    public void Server_messages_without_envelope_are_none(string json, int version) =>
        VoiceServerMessage.TryParse(Encoding.UTF8.GetBytes(json), new VoiceGatewayVersion(version), out _).ShouldBe(VoiceDecodeError.NotAnEnvelope);

    [Fact]
    public void Key_with_a_number_that_is_no_byte_is_malformed()
    {
        var json = """{"op":4,"d":{"mode":"xsalsa20_poly1305","secret_key":[""" + GatewayHarness.Key32.Replace("31", "256", StringComparison.Ordinal) + "]}}";

        VoiceServerMessage.TryParse(Encoding.UTF8.GetBytes(json), new VoiceGatewayVersion(8), out _).ShouldBe(VoiceDecodeError.MalformedData);
    }

    [Theory]
    [MemberData(nameof(EventsByVersion))]
    public void Event_cut_at_any_length_is_no_envelope(int version, int index)
    {
        var gateway = new VoiceGatewayVersion(version);
        var frame = VoiceServerFrames.Event(gateway, Events[index]);

        for (var length = 0; length < frame.Length; length++)
        {
            VoiceServerMessage.TryParse(frame.AsSpan(0, length), gateway, out _).ShouldBe(VoiceDecodeError.NotAnEnvelope);
        }
    }

    private static VoiceServerMessage Parse(byte[] frame, int version)
    {
        VoiceServerMessage.TryParse(frame, new VoiceGatewayVersion(version), out var message).ShouldBe(VoiceDecodeError.None);
        return message.ShouldNotBeNull();
    }
}
