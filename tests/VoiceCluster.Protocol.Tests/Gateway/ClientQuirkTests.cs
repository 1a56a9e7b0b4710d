using System.Text.Json;
using VoiceCluster.Protocol.Gateway;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Protocol.Tests.Gateway;

/// <summary>What existing clients depend on, one test per habit, each named after the client that has it.</summary>
public sealed class ClientQuirkTests
{
    private const string IdentifyJson = """{"op":0,"d":{"server_id":"41","user_id":"42","session_id":"session","token":"token"}}""";

    // Official web and desktop client

    [Theory]
    [InlineData(3)]
    [InlineData(8)]
    [InlineData(9)]
    public void Official_client_switches_its_behaviour_by_the_version_in_hello(int version)
    {
        using var hello = JsonDocument.Parse(new GatewayHarness(version).SingleText());

        hello.RootElement.GetProperty("d").GetProperty("v").GetInt32().ShouldBe(version);
    }

    [Fact]
    public void Official_client_identifies_with_streams_and_channel_at_version_9()
    {
        var harness = new GatewayHarness(9);
        _ = harness.Drain();

        harness.Receive("""
            {"op":0,"d":{"server_id":"41","user_id":"42","channel_id":"43","session_id":"session","token":"token","video":true,
            "streams":[{"type":"video","rid":"100","quality":100},{"type":"video","rid":"50","quality":50}],"max_dave_protocol_version":1}}
            """);

        var identify = harness.Single<VoiceOutput.IdentifyReceived>().Identify;
        identify.ChannelId.ShouldBe(new Snowflake(43));
        identify.MaxDaveProtocolVersion.ShouldBe(1);
        VoiceReady.AssignStreams(new Ssrc(1000), identify.Streams).ShouldBe(
        [
            new VideoStream { Type = "video", Rid = "100", Quality = 100, Ssrc = new Ssrc(1001), RtxSsrc = new Ssrc(1002), Active = false },
            new VideoStream { Type = "video", Rid = "50", Quality = 50, Ssrc = new Ssrc(1003), RtxSsrc = new Ssrc(1004), Active = false },
        ]);
    }

    [Fact]
    public void Official_client_asks_for_the_backend_version_and_reads_both_names()
    {
        var harness = GatewayHarness.AtReady(8);

        harness.Receive("""{"op":16,"d":{}}""");

        harness.SingleText().ShouldBe("""{"op":16,"d":{"voice":"0.9.1","rtc_worker":"0.3.35"}}""");
    }

    [Fact]
    public void Official_client_sends_all_zero_video_before_any_transport()
    {
        var harness = GatewayHarness.AtReady(8);

        harness.Receive("""{"op":12,"d":{"audio_ssrc":0,"video_ssrc":0,"rtx_ssrc":0,"streams":[{"type":"video","rid":"100","ssrc":0,"active":false,"quality":100,"rtx_ssrc":0,"max_bitrate":10000000,"max_framerate":60,"max_resolution":{"type":"source","width":0,"height":0}}]}}""");

        var video = harness.Single<VoiceOutput.VideoReceived>().Video;
        video.AudioSsrc.Value.ShouldBe(0u);
        video.IsActive.ShouldBeFalse();
        video.Streams[0].MaxResolution.ShouldBe(new VideoResolution("source", 0, 0));
    }

    [Fact]
    public void Official_client_selects_with_null_data_while_it_has_no_transport()
    {
        var harness = GatewayHarness.AtReady(9);

        harness.Receive("""{"op":1,"d":{"protocol":"udp","data":null,"codecs":[],"rtc_connection_id":"b2f1","experiments":[]}}""");

        harness.Drain().ShouldBeEmpty();
        harness.Connection.Phase.ShouldBe(VoiceConnectionPhase.Ready);
    }

    [Fact]
    public void Official_client_closes_with_4000_before_it_reconnects() => VoiceCloseCodes.EndsSession(4000).ShouldBeFalse();

    [Fact]
    public void Official_client_accepts_video_events_only_with_an_audio_source()
    {
        var harness = GatewayHarness.AtDescribed(8);

        harness.Connection.Send(new VideoEvent(new Snowflake(7), new Ssrc(5)));

        harness.SingleText().ShouldBe("""{"op":12,"d":{"user_id":"7","audio_ssrc":5,"video_ssrc":0,"streams":[]},"seq":1}""");
    }

    [Fact]
    public void Official_client_reads_d_t_of_acks_without_a_check()
    {
        var harness = GatewayHarness.AtReady(8);

        harness.Receive("""{"op":3,"d":{"t":1700000000000,"seq_ack":-1}}""");

        harness.SingleText().ShouldBe("""{"op":6,"d":{"t":1700000000000}}""");
    }

    // discord.js

    [Fact]
    public void Discord_js_identifies_before_hello_arrives()
    {
        var harness = new GatewayHarness(8);
        harness.Receive("""{"op":0,"d":{"server_id":"41","user_id":"42","session_id":"session","token":"token","max_dave_protocol_version":1}}""");
        harness.Connection.AcceptIdentify(GatewayHarness.ReadyPayload, harness.Outbox, harness.Now);

        var texts = harness.DrainTexts();
        texts[0].ShouldStartWith("{\"op\":8,");
        texts[1].ShouldStartWith("{\"op\":2,");
    }

    [Fact]
    public void Discord_js_does_not_record_a_sequence_of_0()
    {
        var harness = GatewayHarness.AtDescribed(8);
        for (var count = 0; count < 65_536; count++)
        {
            harness.Connection.Send(new ClientDisconnectEvent(new Snowflake(1)));
        }

        var texts = harness.DrainTexts();
        texts[0].ShouldEndWith("\"seq\":1}");
        texts[65_534].ShouldEndWith("\"seq\":65535}");
        texts[65_535].ShouldEndWith("\"seq\":1}");
    }

    [Fact]
    public void Discord_js_drops_what_is_replayed_before_opcode_9()
    {
        var outbox = new VoiceOutbox(new VoiceGatewayVersion(8));
        _ = outbox.Append(new ClientsConnectEvent([new Snowflake(9)]));
        var harness = new GatewayHarness(8);
        harness.Receive("""{"op":7,"d":{"server_id":"41","session_id":"session","token":"token","seq_ack":-1}}""");
        harness.Connection.AcceptResume(GatewayHarness.ReadyPayload, outbox, new SequenceAck(-1), described: true, harness.Now).ShouldBeTrue();

        harness.DrainTexts().Select(text => text[..7]).ShouldBe(["{\"op\":8", "{\"op\":9", "{\"op\":1"]);
    }

    [Fact]
    public void Discord_js_11_names_no_version_and_beats_by_the_interval_in_ready()
    {
        VoiceGatewayVersion.TryParseQueryValue(null, out var version).ShouldBeTrue();

        ReadyOf(version.Number).GetProperty("heartbeat_interval").GetInt32().ShouldBe(13750);
    }

    [Fact]
    public void Discord_js_takes_the_first_mode_it_knows() =>
        ReadyOf(8).GetProperty("modes")[0].GetString().ShouldBe("aead_aes256_gcm_rtpsize");

    // discord.py and pycord

    [Theory]
    [InlineData(4)]
    [InlineData(8)]
    public void Discord_py_indexes_d_in_every_message_and_dave_protocol_version_in_the_description(int version)
    {
        var texts = EveryServerMessage(version);

        foreach (var text in texts)
        {
            using var document = JsonDocument.Parse(text);
            document.RootElement.TryGetProperty("d", out _).ShouldBeTrue(text);
        }

        texts.Single(text => text.StartsWith("{\"op\":4,", StringComparison.Ordinal)).ShouldContain("\"dave_protocol_version\":0");
    }

    [Fact]
    public void Discord_py_1_tells_only_its_audio_source_in_opcode_12()
    {
        var harness = GatewayHarness.AtReady(4);

        harness.Receive("""{"op":12,"d":{"audio_ssrc":1000}}""");

        harness.Single<VoiceOutput.VideoReceived>().Video.ShouldBe(new Video(new Ssrc(1000)));
    }

    [Fact]
    public void Discord_py_sends_mask_0_right_after_the_description()
    {
        var harness = GatewayHarness.AtDescribed(8);

        harness.Receive("""{"op":5,"d":{"speaking":0,"delay":0,"ssrc":1000}}""");

        harness.Single<VoiceOutput.SpeakingReceived>().Speaking.Flags.ShouldBe(SpeakingFlags.None);
    }

    [Fact]
    public void Discord_py_acknowledges_minus_1_before_the_first_number()
    {
        var harness = GatewayHarness.AtDescribed(8);
        harness.Connection.Send(new ClientDisconnectEvent(new Snowflake(1)));
        _ = harness.Drain();

        harness.Receive("""{"op":3,"d":{"t":1732000000000,"seq_ack":-1}}""");

        harness.Outbox.Count.ShouldBe(1);
    }

    [Fact]
    public void Pycord_speaks_without_a_source()
    {
        var harness = GatewayHarness.AtDescribed(8);

        harness.Receive("""{"op":5,"d":{"speaking":1,"delay":0}}""");

        harness.Single<VoiceOutput.SpeakingReceived>().Speaking.ShouldBe(new Speaking(SpeakingFlags.Voice));
    }

    // JDA

    [Fact]
    public void JDA_sends_a_flat_heartbeat_at_version_8_and_reads_d_t_of_the_ack()
    {
        var harness = GatewayHarness.AtReady(8);

        harness.Receive("""{"op":3,"d":1732000000000}""");

        harness.SingleText().ShouldBe("""{"op":6,"d":{"t":1732000000000}}""");
    }

    [Fact]
    public void JDA_fails_without_dave_protocol_version() => DescriptionOf(8).GetProperty("dave_protocol_version").GetInt32().ShouldBe(0);

    // eris

    [Fact]
    public void Eris_throws_unless_xsalsa20_poly1305_is_offered() =>
        ReadyOf(4).GetProperty("modes").EnumerateArray().Select(mode => mode.GetString()).ShouldContain("xsalsa20_poly1305");

    [Fact]
    public void Eris_closes_with_4901_before_it_reconnects() => VoiceCloseCodes.EndsSession(4901).ShouldBeFalse();

    // Discord.Net and DSharpPlus

    [Fact]
    public void Discord_Net_speaks_in_booleans_at_version_3()
    {
        var harness = GatewayHarness.AtDescribed(3);

        harness.Receive("""{"op":5,"d":{"speaking":true,"delay":0}}""");
        harness.Single<VoiceOutput.SpeakingReceived>().Speaking.Flags.ShouldBe(SpeakingFlags.Voice);
        harness.Connection.Send(new SpeakingEvent(new Snowflake(7), new Ssrc(5), SpeakingFlags.Voice));

        harness.SingleText().ShouldBe("""{"op":5,"d":{"user_id":"7","ssrc":5,"speaking":true}}""");
    }

    [Fact]
    public void Discord_Net_with_end_to_end_encryption_answers_transitions_with_swapped_ids_that_are_ignored()
    {
        var harness = GatewayHarness.AtDescribed(8);

        harness.Receive("""{"op":23,"d":{"transition_id":256}}""");

        harness.Drain().ShouldBeEmpty();
        harness.Connection.Phase.ShouldBe(VoiceConnectionPhase.Described);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    public void DSharpPlus_and_Discord_Net_need_hello_with_an_integer_interval_before_ready(int version)
    {
        var harness = new GatewayHarness(version);
        harness.Receive(IdentifyJson);
        harness.Connection.AcceptIdentify(GatewayHarness.ReadyPayload, harness.Outbox, harness.Now);

        using var hello = JsonDocument.Parse(harness.DrainTexts()[0]);
        hello.RootElement.GetProperty("d").GetProperty("heartbeat_interval").TryGetInt32(out var interval).ShouldBeTrue();
        interval.ShouldBe(13750);
    }

    [Fact]
    public void DSharpPlus_reports_its_port_with_swapped_bytes()
    {
        var harness = GatewayHarness.AtReady(4);

        harness.Receive("""{"op":1,"d":{"protocol":"udp","data":{"address":"198.51.100.4","port":18885,"mode":"xsalsa20_poly1305_lite"}}}""");

        harness.Single<VoiceOutput.SelectProtocolReceived>().SelectProtocol.Port.ShouldBe(18885);
    }

    // NetCord

    [Fact]
    public void NetCord_reads_exactly_32_bytes_of_key()
    {
        var key = DescriptionOf(8).GetProperty("secret_key");

        key.GetArrayLength().ShouldBe(32);
        key.EnumerateArray().ShouldAllBe(element => element.ValueKind == JsonValueKind.Number && element.GetInt32() < 256);
    }

    // discordgo

    [Fact]
    public void Discordgo_panics_without_a_positive_interval_in_ready()
    {
        VoiceGatewayVersion.TryParseQueryValue(null, out var version).ShouldBeTrue();

        ReadyOf(version.Number).GetProperty("heartbeat_interval").GetInt32().ShouldBePositive();
    }

    [Fact]
    public void Discordgo_speaks_in_booleans_without_a_source_and_fails_on_masks()
    {
        var harness = GatewayHarness.AtDescribed(1);

        harness.Receive("""{"op":5,"d":{"speaking":true,"delay":0}}""");
        harness.Single<VoiceOutput.SpeakingReceived>().Speaking.ShouldBe(new Speaking(SpeakingFlags.Voice));
        harness.Connection.Send(new SpeakingEvent(new Snowflake(7), new Ssrc(5), SpeakingFlags.Priority));

        harness.SingleText().ShouldBe("""{"op":5,"d":{"user_id":"7","ssrc":5,"speaking":true}}""");
    }

    [Fact]
    public void Discordgo_always_selects_aes_with_the_small_header()
    {
        var harness = GatewayHarness.AtReady(1);

        harness.Receive("""{"op":1,"d":{"protocol":"udp","data":{"address":"198.51.100.4","port":50505,"mode":"aead_aes256_gcm_rtpsize"}}}""");

        harness.Single<VoiceOutput.SelectProtocolReceived>().Mode.ShouldBe(TransportEncryptionMode.AeadAes256GcmRtpSize);
    }

    // songbird

    [Theory]
    [InlineData(4, """{"op":3,"d":18446744073709551615}""", """{"op":6,"d":18446744073709551615}""")]
    [InlineData(8, """{"op":3,"d":{"t":18446744073709551615,"seq_ack":1}}""", """{"op":6,"d":{"t":18446744073709551615}}""")]
    public void Songbird_beats_with_random_unsigned_64_bit_nonces(int version, string heartbeat, string ack)
    {
        var harness = GatewayHarness.AtReady(version);

        harness.Receive(heartbeat);

        harness.SingleText().ShouldBe(ack);
    }

    [Fact]
    public void Songbird_parses_the_address_in_ready_as_a_literal() =>
        System.Net.IPAddress.TryParse(ReadyOf(4).GetProperty("ip").GetString(), out _).ShouldBeTrue();

    [Fact]
    public void Songbird_needs_three_members_in_opcode_12()
    {
        var harness = GatewayHarness.AtDescribed(4);

        harness.Connection.Send(new VideoEvent(new Snowflake(7), new Ssrc(5)));

        using var document = JsonDocument.Parse(harness.SingleText());
        var d = document.RootElement.GetProperty("d");
        d.GetProperty("user_id").GetString().ShouldBe("7");
        d.GetProperty("audio_ssrc").GetInt32().ShouldBe(5);
        d.GetProperty("video_ssrc").GetInt32().ShouldBe(0);
    }

    // koe and Lavalink

    [Fact]
    public void Koe_wants_video_without_offering_streams()
    {
        var harness = new GatewayHarness(8);
        _ = harness.Drain();

        harness.Receive("""{"op":0,"d":{"server_id":"41","user_id":"42","session_id":"session","token":"token","video":true,"max_dave_protocol_version":1}}""");

        var identify = harness.Single<VoiceOutput.IdentifyReceived>().Identify;
        identify.Video.ShouldBeTrue();
        VoiceReady.AssignStreams(new Ssrc(1000), identify.Streams).ShouldBeEmpty();
    }

    [Fact]
    public void Koe_repeats_address_port_and_mode_beside_data()
    {
        var harness = GatewayHarness.AtReady(8);

        harness.Receive("""
            {"op":1,"d":{"protocol":"udp","address":"192.0.2.1","port":1,"mode":"nonsense",
            "data":{"address":"198.51.100.4","port":50505,"mode":"aead_aes256_gcm_rtpsize"},
            "codecs":[{"name":"opus","type":"audio","priority":1000,"payload_type":120,"rtx_payload_type":null}],"rtc_connection_id":"id"}}
            """);

        var selected = harness.Single<VoiceOutput.SelectProtocolReceived>();
        selected.Mode.ShouldBe(TransportEncryptionMode.AeadAes256GcmRtpSize);
        selected.SelectProtocol.Address.ShouldBe("198.51.100.4");
    }

    [Fact]
    public void Koe_speaks_and_tells_its_video_before_the_description()
    {
        var harness = GatewayHarness.AtReady(8);

        harness.Receive("""{"op":5,"d":{"speaking":0,"delay":0,"ssrc":1000}}""");
        harness.Receive("""{"op":12,"d":{"audio_ssrc":1000,"video_ssrc":0,"rtx_ssrc":0}}""");

        harness.Drain().Count.ShouldBe(2);
        harness.Connection.Phase.ShouldBe(VoiceConnectionPhase.Ready);
    }

    [Fact]
    public void Koe_reads_the_counter_as_signed_and_resumes_with_a_negative_number()
    {
        var outbox = new VoiceOutbox(new VoiceGatewayVersion(8));
        for (var count = 0; count < 40_000; count++)
        {
            _ = outbox.Append(new ClientDisconnectEvent(new Snowflake(1)));
        }

        var harness = new GatewayHarness(8);
        harness.Receive($$$"""{"op":7,"d":{"server_id":"41","session_id":"session","token":"token","video":true,"seq_ack":{{{39_998 - 65_536}}}}}""");
        var resume = harness.Drain().OfType<VoiceOutput.ResumeReceived>().Single().Resume;
        harness.Connection.AcceptResume(GatewayHarness.ReadyPayload, outbox, resume.SequenceAck, described: true, harness.Now).ShouldBeTrue();

        harness.DrainTexts().Select(text => text[^5..^1]).ShouldBe(["null", "9999", "0000"]);
    }

    [Fact]
    public void Koe_plays_only_if_the_audio_codec_is_opus() => DescriptionOf(8).GetProperty("audio_codec").GetString().ShouldBe("opus");

    [Fact]
    public void Koe_closes_with_4900_before_it_reconnects() => VoiceCloseCodes.EndsSession(4900).ShouldBeFalse();

    // Discord-video-stream

    [Fact]
    public void Discord_video_stream_reads_the_first_stream_of_ready()
    {
        var harness = new GatewayHarness(8);
        harness.Receive("""
            {"op":0,"d":{"server_id":"41","user_id":"42","session_id":"session","token":"token","video":true,
            "streams":[{"type":"screen","rid":"100","quality":100}],"max_dave_protocol_version":1}}
            """);
        var identify = harness.Drain().OfType<VoiceOutput.IdentifyReceived>().Single().Identify;
        var ready = GatewayHarness.ReadyPayload with { Streams = VoiceReady.AssignStreams(new Ssrc(1000), identify.Streams) };
        harness.Connection.AcceptIdentify(ready, harness.Outbox, harness.Now);

        harness.SingleText().ShouldContain(
            """ "streams":[{"type":"video","rid":"100","quality":100,"ssrc":1001,"rtx_ssrc":1002,"active":false}]""".Trim());
    }

    [Fact]
    public void Discord_video_stream_knows_only_WebRtc_and_is_told_so()
    {
        var harness = GatewayHarness.AtReady(8);

        harness.Receive("""{"op":1,"d":{"protocol":"webrtc","codecs":[],"data":"v=0\r\n","sdp":"v=0\r\n","rtc_connection_id":"id"}}""");

        harness.DrainClose().ShouldBe(new VoiceOutput.Close(VoiceCloseCode.UnknownProtocol, "WebRTC is not offered here, use udp"));
    }

    private static JsonElement ReadyOf(int version)
    {
        var harness = new GatewayHarness(version);
        _ = harness.Drain();
        harness.Receive(GatewayHarness.IdentifyPayload);
        harness.Connection.AcceptIdentify(GatewayHarness.ReadyPayload, harness.Outbox, harness.Now);
        return JsonDocument.Parse(harness.DrainTexts()[0]).RootElement.GetProperty("d");
    }

    private static JsonElement DescriptionOf(int version)
    {
        var harness = GatewayHarness.AtReady(version);
        harness.Connection.SendSessionDescription(GatewayHarness.Description);
        return JsonDocument.Parse(harness.SingleText()).RootElement.GetProperty("d");
    }

    private static List<string> EveryServerMessage(int version)
    {
        var harness = new GatewayHarness(version);
        harness.Receive(GatewayHarness.IdentifyPayload);
        harness.Receive("""{"op":3,"d":1}""");
        harness.Connection.AcceptIdentify(GatewayHarness.ReadyPayload, harness.Outbox, harness.Now);
        harness.Receive("""{"op":16,"d":{}}""");
        harness.Connection.SendSessionDescription(GatewayHarness.Description);
        foreach (var voiceEvent in VoiceServerMessageTests.Events)
        {
            harness.Connection.Send(voiceEvent);
        }

        var resumed = new GatewayHarness(version);
        resumed.Receive(new Resume(new Snowflake(41), "session", "token"));
        resumed.Connection.AcceptResume(GatewayHarness.ReadyPayload, harness.Outbox, default, described: true, resumed.Now).ShouldBeTrue();
        return [.. harness.DrainTexts(), .. resumed.DrainTexts()];
    }
}
