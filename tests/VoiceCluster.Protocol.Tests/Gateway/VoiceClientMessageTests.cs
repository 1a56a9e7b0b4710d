using System.Text;
using VoiceCluster.Protocol.Gateway;
using VoiceCluster.Protocol.Gateway.Client;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Protocol.Tests.Gateway;

public sealed class VoiceClientMessageTests
{
    private const string FullIdentify = """
        {"op":0,"d":{"server_id":"41","user_id":"42","channel_id":"43","session_id":"30f32c5d54ae86130fc4a215c7474263",
        "token":"66d29164ee8cd919","video":true,"streams":[{"type":"screen","rid":"100","quality":100}],"max_dave_protocol_version":1}}
        """;

    /// <summary>One of every message a client writes, with all members.</summary>
    public static IReadOnlyList<VoiceClientMessage> Samples { get; } =
    [
        new Identify(new Snowflake(41), new Snowflake(42), "session", "token", new Snowflake(43), Video: true,
            [new VideoStream { Type = "screen", Rid = "100", Quality = 100 }], MaxDaveProtocolVersion: 1),
        new Resume(new Snowflake(41), "session", "token", new SequenceAck(10), new Snowflake(43)),
        new SelectProtocol("udp", Address: "198.51.100.4", Port: 50505, Mode: "aead_aes256_gcm_rtpsize", Codecs:
            [VoiceCodec.Opus, new VoiceCodec("H264", "video", 1000, 101, 102, Encode: true, Decode: false)]),
        new Heartbeat(1501184119561, new SequenceAck(10)),
        new Speaking(SpeakingFlags.Voice | SpeakingFlags.Priority, new Ssrc(1000)),
        new Video(new Ssrc(1000), new Ssrc(1001), new Ssrc(1002),
        [
            new VideoStream
            {
                Type = "video", Rid = "100", Quality = 100, Ssrc = new Ssrc(1001), RtxSsrc = new Ssrc(1002), Active = true,
                MaxBitrate = 2_500_000, MaxFramerate = 30, MaxResolution = new VideoResolution("fixed", 1280, 720),
            },
        ]),
        new SessionUpdate([VoiceCodec.Opus]),
        new MediaSinkWants(100, [new SourceQuality(new Ssrc(1001), 50)], [new SourcePixelCount(new Ssrc(1001), 921_600)]),
        new VoiceBackendVersionRequest(),
        new NoRoute(),
    ];

    public static TheoryData<int> SampleIndexes => [.. Enumerable.Range(0, Samples.Count)];

    [Theory]
    [MemberData(nameof(SampleIndexes))]
    public void Written_at_version_9_it_reads_back_equal(int index)
    {
        var frame = VoiceClientFrames.Write(new VoiceGatewayVersion(9), Samples[index]);

        VoiceClientMessage.TryParse(frame, out var message, out _).ShouldBe(VoiceDecodeError.None);

        message.ShouldBe(Samples[index]);
    }

    [Theory]
    [MemberData(nameof(SampleIndexes))]
    public void Cut_at_any_length_it_is_no_envelope(int index)
    {
        var frame = VoiceClientFrames.Write(new VoiceGatewayVersion(9), Samples[index]);

        for (var length = 0; length < frame.Length; length++)
        {
            VoiceClientMessage.TryParse(frame.AsSpan(0, length), out var message, out _).ShouldBe(VoiceDecodeError.NotAnEnvelope);
            message.ShouldBeNull();
        }
    }

    [Theory]
    [MemberData(nameof(SampleIndexes))]
    public void With_any_one_byte_changed_nothing_throws(int index)
    {
        var frame = VoiceClientFrames.Write(new VoiceGatewayVersion(9), Samples[index]);
        byte[] replacements = [0, (byte)'"', (byte)'\\', (byte)'{', (byte)'[', (byte)'9', 0x80, 0xFF];

        for (var position = 0; position < frame.Length; position++)
        {
            foreach (var replacement in replacements)
            {
                var changed = (byte[])frame.Clone();
                changed[position] = replacement;
                Should.NotThrow(() => VoiceClientMessage.TryParse(changed, out _, out _));
            }
        }
    }

    [Fact]
    public void Identify_with_all_members_is_read()
    {
        var identify = Parse<Identify>(FullIdentify);

        identify.ServerId.ShouldBe(new Snowflake(41));
        identify.UserId.ShouldBe(new Snowflake(42));
        identify.ChannelId.ShouldBe(new Snowflake(43));
        identify.SessionId.ShouldBe("30f32c5d54ae86130fc4a215c7474263");
        identify.Token.ShouldBe("66d29164ee8cd919");
        identify.Video.ShouldBeTrue();
        identify.MaxDaveProtocolVersion.ShouldBe(1);
        identify.Streams.ShouldHaveSingleItem().ShouldBe(new VideoStream { Type = "screen", Rid = "100", Quality = 100 });
    }

    [Theory]
    [InlineData("""{"server_id":41,"user_id":42,"session_id":"session","token":"token"}""")]
    [InlineData("""{"server_id":"41","user_id":"42","session_id":"session","token":"token","channel_id":null,"video":null,"streams":null,"max_dave_protocol_version":null}""")]
    [InlineData("""{"server_id":"41","user_id":"42","session_id":"session","token":"token","video":"yes","streams":{},"max_dave_protocol_version":-3,"new":[{}]}""")]
    [InlineData("""{"server_id":"41","user_id":"42","session_id":"session","token":"token","streams":[1,null,"x"],"channel_id":"no id"}""")]
    public void Identify_with_integers_nulls_or_odd_optional_members_is_read(string d) =>
        Parse<Identify>($$"""{"op":0,"d":{{d}}}""").ShouldBe(GatewayHarness.IdentifyPayload);

    [Theory]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("\"text\"")]
    [InlineData("""{"user_id":"42","session_id":"session","token":"token"}""")]
    [InlineData("""{"server_id":"41","session_id":"session","token":"token"}""")]
    [InlineData("""{"server_id":"41","user_id":"42","token":"token"}""")]
    [InlineData("""{"server_id":"41","user_id":"42","session_id":"session"}""")]
    [InlineData("""{"server_id":"0","user_id":"42","session_id":"session","token":"token"}""")]
    [InlineData("""{"server_id":"-1","user_id":"42","session_id":"session","token":"token"}""")]
    [InlineData("""{"server_id":"41","user_id":4.2,"session_id":"session","token":"token"}""")]
    [InlineData("""{"server_id":"41","user_id":"18446744073709551616","session_id":"session","token":"token"}""")]
    [InlineData("""{"server_id":"41","user_id":"42","session_id":"","token":"token"}""")]
    [InlineData("""{"server_id":"41","user_id":"42","session_id":"session","token":5}""")]
    [InlineData("""{"server_id":"41","user_id":"42","session_id":"session","token":"\ud800"}""")]
    public void Identify_without_what_it_needs_is_malformed(string d) => Error($$"""{"op":0,"d":{{d}}}""").ShouldBe(VoiceDecodeError.MalformedData);

    [Fact]
    public void Identify_with_an_endless_token_is_malformed() =>
        Error($$$"""{"op":0,"d":{"server_id":"41","user_id":"42","session_id":"s","token":"{{{new string('t', Identify.MaxSecretLength + 1)}}}"}}""")
            .ShouldBe(VoiceDecodeError.MalformedData);

    [Fact]
    public void Text_forms_hold_no_secret()
    {
        Samples[0].ToString()!.ShouldNotContain("token");
        Samples[0].ToString()!.ShouldNotContain("session");
        Samples[1].ToString()!.ShouldNotContain("token");
        Samples[1].ToString()!.ShouldNotContain("session");
        new VoiceOutput.IdentifyReceived((Identify)Samples[0]).ToString().ShouldNotContain("token");
        GatewayHarness.Description.ToString().ShouldContain("SecretKey = Byte[32]");
    }

    [Theory]
    [InlineData("10", 10)]
    [InlineData("0", 0)]
    [InlineData("-1", 65535)]
    [InlineData("-32768", 32768)]
    [InlineData("65536", 0)]
    [InlineData("131073", 1)]
    [InlineData("-65537", 65535)]
    [InlineData("null", 0)]
    [InlineData("\"10\"", 0)]
    [InlineData("1.5", 0)]
    [InlineData("1e300", 0)]
    [InlineData("{}", 0)]
    public void Sequence_ack_counts_its_low_16_bits(string text, int expected) =>
        Parse<Resume>($$$"""{"op":7,"d":{"server_id":"41","session_id":"s","token":"t","seq_ack":{{{text}}}}}""")
            .SequenceAck.Sequence.ShouldBe((ushort)expected);

    [Theory]
    [InlineData("true", SpeakingFlags.Voice)]
    [InlineData("false", SpeakingFlags.None)]
    [InlineData("0", SpeakingFlags.None)]
    [InlineData("1", SpeakingFlags.Voice)]
    [InlineData("1.0", SpeakingFlags.Voice)]
    [InlineData("5", SpeakingFlags.Voice | SpeakingFlags.Priority)]
    [InlineData("2", SpeakingFlags.Soundshare)]
    [InlineData("9", SpeakingFlags.Voice)]
    [InlineData("-1", SpeakingFlags.Voice | SpeakingFlags.Soundshare | SpeakingFlags.Priority)]
    [InlineData("1e40", SpeakingFlags.None)]
    [InlineData("null", SpeakingFlags.None)]
    public void Speaking_reads_booleans_and_masks_at_every_version(string text, SpeakingFlags expected) =>
        Parse<Speaking>($$$"""{"op":5,"d":{"speaking":{{{text}}},"delay":0,"ssrc":7}}""").ShouldBe(new Speaking(expected, new Ssrc(7)));

    [Theory]
    [InlineData("""{}""")]
    [InlineData("""{"speaking":0}""")]
    [InlineData("""{"speaking":0,"ssrc":null,"delay":null}""")]
    [InlineData("""{"speaking":0,"ssrc":-5,"delay":"none"}""")]
    [InlineData("""{"speaking":0,"ssrc":4294967296}""")]
    public void Speaking_without_a_usable_source_has_none(string d) =>
        Parse<Speaking>($$"""{"op":5,"d":{{d}}}""").ShouldBe(new Speaking(SpeakingFlags.None));

    [Theory]
    [InlineData("null")]
    [InlineData("true")]
    [InlineData("[1]")]
    [InlineData("""{"speaking":"yes"}""")]
    [InlineData("""{"speaking":{}}""")]
    public void Speaking_of_another_kind_is_malformed(string d) => Error($$"""{"op":5,"d":{{d}}}""").ShouldBe(VoiceDecodeError.MalformedData);

    [Theory]
    [InlineData("")]
    [InlineData(",\"codecs\":null")]
    [InlineData(",\"codecs\":[]")]
    [InlineData(",\"codecs\":[{\"name\":\"opus\"}]")]
    public void Select_protocol_without_codecs_stays_apart_from_one_that_lists_opus(string codecs) =>
        Parse<SelectProtocol>("{\"op\":1,\"d\":{\"protocol\":\"udp\",\"data\":{\"mode\":\"m\"}" + codecs + "}}").Codecs.ShouldBeEmpty();

    [Fact]
    public void Select_protocol_leaves_out_codecs_that_cannot_be() =>
        Parse<SelectProtocol>("""
            {"op":1,"d":{"protocol":"udp","data":{"mode":"m"},"codecs":[
            {"name":"opus","type":"audio","priority":1000,"payload_type":120,"rtx_payload_type":null},
            {"name":"","type":"audio","payload_type":1},{"type":"audio","payload_type":1},{"name":"x","payload_type":1},
            {"name":"x","type":"video","payload_type":128},{"name":"x","type":"video","payload_type":-1},{"name":"x","type":"video"},
            7,null,"codec",
            {"name":"VP8","type":"video","priority":2000.5,"payload_type":103,"rtx_payload_type":300,"encode":false,"decode":null}]}}
            """).Codecs.ShouldBe([VoiceCodec.Opus, new VoiceCodec("VP8", "video", 2000, 103, null, Encode: false)]);

    [Theory]
    [InlineData("""{"address":"198.51.100.4\u0000\u0000","port":50505,"mode":"m"}""", "198.51.100.4", 50505)]
    [InlineData("""{"address":null,"port":null,"mode":"m"}""", null, null)]
    [InlineData("""{"address":7,"port":"50505","mode":"m"}""", null, null)]
    [InlineData("""{"port":65536,"mode":"m"}""", null, null)]
    [InlineData("""{"port":-1,"mode":"m"}""", null, null)]
    public void Select_protocol_takes_address_and_port_as_claims_only(string data, string? address, int? port)
    {
        var select = Parse<SelectProtocol>($$$"""{"op":1,"d":{"protocol":"udp","data":{{{data}}}}}""");

        select.Address.ShouldBe(address);
        select.Port.ShouldBe(port);
        select.Mode.ShouldBe("m");
    }

    [Fact]
    public void Media_sink_wants_reads_numbers_as_sources()
    {
        var wants = Parse<MediaSinkWants>("""
            {"op":15,"d":{"any":250,"1001":-5,"1003":40,"-7":1,"4294967296":1,"pixelCounts":{"1001":921600.5,"x":1},"streams":{"1":2},"1004":"no"}}
            """);

        wants.ShouldBe(new MediaSinkWants(
            100,
            [new SourceQuality(new Ssrc(1001), 0), new SourceQuality(new Ssrc(1003), 40)],
            [new SourcePixelCount(new Ssrc(1001), 921_600)]));
        wants.QualityOf(new Ssrc(1001)).ShouldBe(0);
        wants.QualityOf(new Ssrc(5)).ShouldBe(100);
    }

    [Theory]
    [InlineData("""{"audio_ssrc":0,"video_ssrc":0,"rtx_ssrc":0}""", false)]
    [InlineData("""{"audio_ssrc":1,"video_ssrc":0,"streams":[]}""", false)]
    [InlineData("""{"audio_ssrc":1,"video_ssrc":2}""", true)]
    [InlineData("""{"audio_ssrc":1,"video_ssrc":2,"streams":[{"active":false},{"active":true}]}""", true)]
    [InlineData("""{"audio_ssrc":1,"video_ssrc":2,"streams":[{"active":false}]}""", false)]
    public void Video_is_active_if_a_layer_is_sent(string d, bool active) => Parse<Video>($$"""{"op":12,"d":{{d}}}""").IsActive.ShouldBe(active);

    [Fact]
    public void Lists_are_bounded()
    {
        var streams = string.Join(',', Enumerable.Repeat("{}", 100));
        Parse<Video>($$$"""{"op":12,"d":{"audio_ssrc":1,"streams":[{{{streams}}}]}}""").Streams.Count.ShouldBe(7);

        var codecs = string.Join(',', Enumerable.Repeat("""{"name":"x","type":"video","payload_type":1}""", 100));
        Parse<SessionUpdate>($$$"""{"op":14,"d":{"codecs":[{{{codecs}}}]}}""").Codecs.Count.ShouldBe(VoiceCodec.MaxPerMessage);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("5")]
    [InlineData("{}")]
    [InlineData("""{"d":{}}""")]
    [InlineData("""{"op":null,"d":{}}""")]
    [InlineData("""{"op":"3","d":{}}""")]
    [InlineData("""{"op":3.5,"d":{}}""")]
    [InlineData("""{"op":99999999999,"d":{}}""")]
    [InlineData("""{"op":3,"d":1}x""")]
    [InlineData("""{"op":3,"d":1}{"op":3,"d":1}""")]
    [InlineData("""{"op":3,"d":1,}""")]
    [InlineData("""{"\ud800":3}""")]
    public void No_envelope_is_said_to_be_none(string json) => Error(json).ShouldBe(VoiceDecodeError.NotAnEnvelope);

    [Fact]
    public void Bytes_that_are_no_utf8_are_no_envelope() =>
        VoiceClientMessage.TryParse([.. "{\"op\":3,\"d\":\""u8, 0xC3, 0x28, .. "\"}"u8], out _, out _).ShouldBe(VoiceDecodeError.NotAnEnvelope);

    [Fact]
    public void Nesting_at_the_limit_is_read_and_beyond_it_is_not()
    {
        string Nested(int depth) => "{\"op\":32,\"d\":" + new string('[', depth - 1) + new string(']', depth - 1) + "}";

        Error(Nested(VoiceClientMessage.MaxDepth)).ShouldBe(VoiceDecodeError.None);
        Error(Nested(VoiceClientMessage.MaxDepth + 1)).ShouldBe(VoiceDecodeError.NotAnEnvelope);
        Error(Nested(30_000)).ShouldBe(VoiceDecodeError.NotAnEnvelope);
    }

    [Fact]
    public void Messages_of_64_KiB_are_read_and_longer_ones_are_not()
    {
        string OfLength(int length) => "{\"op\":32,\"d\":{}" + new string(' ', length - 16) + "}";

        Error(OfLength(64 * 1024)).ShouldBe(VoiceDecodeError.None);
        Error(OfLength((64 * 1024) + 1)).ShouldBe(VoiceDecodeError.TooLong);
    }

    [Fact]
    public void Every_opcode_number_has_its_direction()
    {
        int[] fromClient = [.. Enumerable.Range(-5, 60).Where(opcode => Error($$$"""{"op":{{{opcode}}},"d":{}}""") != VoiceDecodeError.UnknownOpcode)];

        fromClient.ShouldBe([0, 1, 3, 5, 7, 10, 12, 14, 15, 16, 19, 23, 26, 28, 31, 32]);
        Error("""{"op":26,"d":{}}""").ShouldBe(VoiceDecodeError.NotBinary);
        Error("""{"op":28,"d":{}}""").ShouldBe(VoiceDecodeError.NotBinary);
    }

    private static T Parse<T>(string json)
        where T : VoiceClientMessage
    {
        VoiceClientMessage.TryParse(Encoding.UTF8.GetBytes(json), out var message, out _).ShouldBe(VoiceDecodeError.None);
        return message.ShouldBeOfType<T>();
    }

    private static VoiceDecodeError Error(string json) => VoiceClientMessage.TryParse(Encoding.UTF8.GetBytes(json), out _, out _);
}
