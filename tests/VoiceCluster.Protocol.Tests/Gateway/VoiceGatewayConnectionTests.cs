using VoiceCluster.Protocol.Gateway;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Protocol.Tests.Gateway;

public sealed class VoiceGatewayConnectionTests
{
    private const string IdentifyJson = """{"op":0,"d":{"server_id":"41","user_id":"42","session_id":"session","token":"token"}}""";
    private const string ResumeJson = """{"op":7,"d":{"server_id":"41","session_id":"session","token":"token","seq_ack":0}}""";

    private static readonly TimeSpan Tick = TimeSpan.FromTicks(1);

    // Order

    [Fact]
    public void Hello_is_not_sent_again_on_a_socket_that_another_node_greeted() =>
        new GatewayHarness(8, helloSent: true).Drain().ShouldBeEmpty();

    [Fact]
    public void Heartbeats_are_answered_before_identify_and_while_the_owner_decides()
    {
        var harness = new GatewayHarness(8);
        harness.Receive("""{"op":3,"d":{"t":1,"seq_ack":-1}}""");
        harness.Receive(IdentifyJson);
        harness.Receive("""{"op":3,"d":{"t":2,"seq_ack":-1}}""");

        harness.DrainTexts().Skip(1).ShouldBe(["""{"op":6,"d":{"t":1}}""", """{"op":6,"d":{"t":2}}"""]);
    }

    [Fact]
    public void What_comes_while_the_owner_decides_is_reported_after_ready_in_order()
    {
        var harness = new GatewayHarness(8);
        harness.Receive(IdentifyJson);
        _ = harness.Drain();
        harness.Receive("""{"op":16,"d":{}}""");
        harness.Receive("""{"op":5,"d":{"speaking":1}}""");
        harness.Drain().ShouldBeEmpty();

        harness.Connection.AcceptIdentify(GatewayHarness.ReadyPayload, harness.Outbox, harness.Now);

        var outputs = harness.Drain();
        outputs.Count.ShouldBe(3);
        outputs[0].ShouldBeOfType<VoiceOutput.SendText>();
        outputs[1].ShouldBeOfType<VoiceOutput.SendText>();
        outputs[2].ShouldBeOfType<VoiceOutput.SpeakingReceived>();
    }

    [Fact]
    public void More_than_16_messages_while_the_owner_decides_are_dropped_and_counted()
    {
        var harness = new GatewayHarness(8);
        harness.Receive(IdentifyJson);
        for (var count = 0; count < 20; count++)
        {
            harness.Receive("""{"op":5,"d":{"speaking":1}}""");
        }

        _ = harness.Drain();
        harness.Connection.AcceptIdentify(GatewayHarness.ReadyPayload, harness.Outbox, harness.Now);

        harness.Drain().OfType<VoiceOutput.SpeakingReceived>().Count().ShouldBe(16);
        harness.Connection.IgnoredMessages.ShouldBe(4);
    }

    [Fact]
    public void A_fault_among_held_back_messages_closes_after_ready_and_ends_the_rest()
    {
        var harness = new GatewayHarness(8);
        harness.Receive(IdentifyJson);
        harness.Receive("""{"op":1,"d":{"protocol":"carrier pigeon","data":{}}}""");
        harness.Receive("""{"op":5,"d":{"speaking":1}}""");
        _ = harness.Drain();

        harness.Connection.AcceptIdentify(GatewayHarness.ReadyPayload, harness.Outbox, harness.Now);

        var outputs = harness.Drain();
        outputs.Count.ShouldBe(2);
        outputs[1].ShouldBeOfType<VoiceOutput.Close>().Code.ShouldBe(VoiceCloseCode.UnknownProtocol);
    }

    [Fact]
    public void Every_report_of_a_ready_session_reaches_the_owner()
    {
        var harness = GatewayHarness.AtReady(8);

        harness.Receive("""{"op":5,"d":{"speaking":1,"ssrc":1000,"delay":0}}""");
        harness.Receive("""{"op":12,"d":{"audio_ssrc":1000,"video_ssrc":1001,"rtx_ssrc":1002}}""");
        harness.Receive("""{"op":14,"d":{"codecs":[]}}""");
        harness.Receive("""{"op":15,"d":{"any":100}}""");
        harness.Receive("""{"op":32,"d":{}}""");

        harness.Drain().ShouldBe(
        [
            new VoiceOutput.SpeakingReceived(new Speaking(SpeakingFlags.Voice, new Ssrc(1000))),
            new VoiceOutput.VideoReceived(new Video(new Ssrc(1000), new Ssrc(1001), new Ssrc(1002))),
            new VoiceOutput.SessionUpdateReceived(new SessionUpdate([])),
            new VoiceOutput.MediaSinkWantsReceived(new MediaSinkWants(100)),
            new VoiceOutput.NoRouteReceived(),
        ]);
    }

    [Theory]
    [InlineData(10)]
    [InlineData(19)]
    [InlineData(23)]
    [InlineData(31)]
    public void Dead_opcodes_and_encryption_that_was_not_negotiated_are_ignored_and_counted(int opcode)
    {
        var harness = GatewayHarness.AtDescribed(8);

        harness.Receive($$"""{"op":{{opcode}},"d":{"transition_id":1} }""");

        harness.Drain().ShouldBeEmpty();
        harness.Connection.IgnoredMessages.ShouldBe(1);
    }

    [Fact]
    public void A_second_select_protocol_is_a_renegotiation()
    {
        var harness = GatewayHarness.AtDescribed(8);

        harness.Receive(new SelectProtocol("udp", Mode: "aead_xchacha20_poly1305_rtpsize"));
        harness.Single<VoiceOutput.SelectProtocolReceived>().Mode.ShouldBe(TransportEncryptionMode.AeadXChaCha20Poly1305RtpSize);
        harness.Connection.SendSessionDescription(GatewayHarness.Description);

        harness.SingleText().ShouldStartWith("{\"op\":4,");
    }

    [Theory]
    [InlineData("""{"protocol":"udp","data":null}""")]
    [InlineData("""{"protocol":"udp"}""")]
    [InlineData("""{"protocol":"webrtc","data":null}""")]
    [InlineData("null")]
    public void Select_protocol_without_transport_is_ignored_until_a_proper_one_comes(string d)
    {
        var harness = GatewayHarness.AtReady(8);

        harness.Receive($$"""{"op":1,"d":{{d}}}""");
        harness.Drain().ShouldBeEmpty();
        harness.Connection.IgnoredMessages.ShouldBe(1);
        harness.Receive(new SelectProtocol("udp", Mode: "xsalsa20_poly1305"));

        harness.Single<VoiceOutput.SelectProtocolReceived>().Mode.ShouldBe(TransportEncryptionMode.XSalsa20Poly1305);
    }

    // Heartbeat nonces

    [Theory]
    [InlineData("18446744073709551615")]
    [InlineData("-9223372036854775808")]
    [InlineData("1501184119561.25")]
    [InlineData("0.1000000000000000055511151231257827")]
    [InlineData("1E+400")]
    [InlineData("123456789012345678901234567890")]
    [InlineData("\"a \\u00e9\\n nonce\"")]
    [InlineData("true")]
    public void Heartbeat_nonce_is_echoed_byte_for_byte(string nonce)
    {
        foreach (var version in Enumerable.Range(1, 9))
        {
            var harness = new GatewayHarness(version);
            _ = harness.Drain();
            harness.Receive($$"""{"op":3,"d":{{nonce}}}""");
            harness.Receive($$$"""{"op":3,"d":{"t":{{{nonce}}},"seq_ack":0}}""");

            var ack = version == 1 ? 3 : 6;
            var expected = version >= 8 ? $$$"""{"op":6,"d":{"t":{{{nonce}}}}}""" : $$"""{"op":{{ack}},"d":{{nonce}}}""";
            harness.DrainTexts().ShouldBe([expected, expected]);
        }
    }

    [Theory]
    [InlineData(4, """{"op":3}""", """{"op":6,"d":null}""")]
    [InlineData(4, """{"op":3,"d":null}""", """{"op":6,"d":null}""")]
    [InlineData(4, """{"op":3,"d":{}}""", """{"op":6,"d":null}""")]
    [InlineData(8, """{"op":3}""", """{"op":6,"d":{"t":null}}""")]
    [InlineData(8, """{"op":3,"d":{"seq_ack":3}}""", """{"op":6,"d":{"t":null}}""")]
    public void Heartbeat_without_nonce_is_answered_with_null(int version, string heartbeat, string ack)
    {
        var harness = new GatewayHarness(version);
        _ = harness.Drain();

        harness.Receive(heartbeat);

        harness.SingleText().ShouldBe(ack);
    }

    [Theory]
    [InlineData("[1]")]
    [InlineData("""{"t":{}}""")]
    [InlineData("""{"t":[]}""")]
    public void Heartbeat_with_a_nonce_that_is_no_scalar_is_malformed(string d)
    {
        var harness = GatewayHarness.AtReady(8);

        harness.Receive($$"""{"op":3,"d":{{d}}}""");

        harness.DrainClose().Code.ShouldBe(VoiceCloseCode.BadRequest);
    }

    [Fact]
    public void Heartbeat_with_an_endless_nonce_is_malformed()
    {
        var harness = GatewayHarness.AtReady(8);

        harness.Receive($$"""{"op":3,"d":{{new string('9', Heartbeat.MaxNonceLength + 1)}}}""");

        harness.DrainClose().Code.ShouldBe(VoiceCloseCode.BadRequest);
    }

    [Fact]
    public void Heartbeat_acknowledges_what_the_outbox_keeps()
    {
        var harness = GatewayHarness.AtDescribed(8);
        for (var count = 0; count < 100; count++)
        {
            harness.Connection.Send(new ClientDisconnectEvent(new Snowflake(1)));
        }

        harness.Receive("""{"op":3,"d":{"t":1,"seq_ack":100}}""");

        harness.Outbox.Count.ShouldBe(VoiceOutbox.AcknowledgedTail);
    }

    // Close codes

    [Theory]
    [InlineData("""{"op":-1,"d":{}}""")]
    [InlineData("""{"op":2,"d":{}}""")]
    [InlineData("""{"op":4,"d":{}}""")]
    [InlineData("""{"op":6,"d":{}}""")]
    [InlineData("""{"op":8,"d":{}}""")]
    [InlineData("""{"op":9,"d":{}}""")]
    [InlineData("""{"op":11,"d":{}}""")]
    [InlineData("""{"op":13,"d":{}}""")]
    [InlineData("""{"op":17,"d":{}}""")]
    [InlineData("""{"op":18,"d":{}}""")]
    [InlineData("""{"op":20,"d":{}}""")]
    [InlineData("""{"op":21,"d":{}}""")]
    [InlineData("""{"op":22,"d":{}}""")]
    [InlineData("""{"op":24,"d":{}}""")]
    [InlineData("""{"op":25,"d":{}}""")]
    [InlineData("""{"op":27,"d":{}}""")]
    [InlineData("""{"op":29,"d":{}}""")]
    [InlineData("""{"op":30,"d":{}}""")]
    [InlineData("""{"op":33,"d":{}}""")]
    [InlineData("""{"op":2147483647,"d":{}}""")]
    public void Unknown_opcode_closes_4001(string json) => CloseAfter(GatewayHarness.AtReady(8), json).ShouldBe(VoiceCloseCode.UnknownOpcode);

    [Theory]
    [InlineData("not json")]
    [InlineData("[]")]
    [InlineData("""{"op":"0"}""")]
    [InlineData("""{"op":0,"d":{"server_id":"41"}}""")]
    [InlineData("""{"op":0}""")]
    [InlineData("""{"op":7,"d":{"server_id":"41"}}""")]
    [InlineData("""{"op":3,"d":[]}""")]
    public void Undecodable_message_before_identify_closes_4002(string json) =>
        CloseAfter(new GatewayHarness(8), json).ShouldBe(VoiceCloseCode.FailedToDecode);

    [Theory]
    [InlineData("not json")]
    [InlineData("[]")]
    [InlineData("""{"op":5.5}""")]
    public void Message_without_envelope_closes_4002_at_any_time(string json) =>
        CloseAfter(GatewayHarness.AtDescribed(8), json).ShouldBe(VoiceCloseCode.FailedToDecode);

    [Fact]
    public void Message_over_64_KiB_closes_4002() =>
        CloseAfter(GatewayHarness.AtReady(8), "{\"op\":16,\"d\":{}}" + new string(' ', 64 * 1024)).ShouldBe(VoiceCloseCode.FailedToDecode);

    [Theory]
    [InlineData("""{"op":1,"d":{"protocol":"udp","data":{}}}""")]
    [InlineData("""{"op":5,"d":{"speaking":1}}""")]
    [InlineData("""{"op":5,"d":null}""")]
    [InlineData("""{"op":12,"d":{"audio_ssrc":0}}""")]
    [InlineData("""{"op":15,"d":{"any":100}}""")]
    [InlineData("""{"op":16,"d":{}}""")]
    [InlineData("""{"op":26,"d":{}}""")]
    [InlineData("""{"op":32,"d":{}}""")]
    [InlineData("""{"op":99,"d":{}}""")]
    public void Anything_but_identify_resume_and_heartbeat_first_closes_4003(string json) =>
        CloseAfter(new GatewayHarness(8), json).ShouldBe(VoiceCloseCode.NotAuthenticated);

    [Theory]
    [InlineData(VoiceCloseCode.AuthenticationFailed)]
    [InlineData(VoiceCloseCode.SessionNoLongerValid)]
    [InlineData(VoiceCloseCode.ServerNotFound)]
    [InlineData(VoiceCloseCode.EndToEndEncryptionRequired)]
    [InlineData(VoiceCloseCode.RateLimited)]
    public void RejectAuthentication_of_an_identify_or_a_resume_closes_with_the_code(VoiceCloseCode code)
    {
        foreach (var json in new[] { IdentifyJson, ResumeJson })
        {
            var harness = new GatewayHarness(8);
            harness.Receive(json);
            harness.Connection.RejectAuthentication(code, "no");
            harness.DrainClose().ShouldBe(new VoiceOutput.Close(code, "no"));
        }
    }

    [Theory]
    [InlineData(IdentifyJson, IdentifyJson)]
    [InlineData(IdentifyJson, ResumeJson)]
    [InlineData(ResumeJson, IdentifyJson)]
    [InlineData(ResumeJson, ResumeJson)]
    public void Second_identify_or_resume_while_the_owner_decides_closes_4005(string first, string second)
    {
        var harness = new GatewayHarness(8);
        harness.Receive(first);

        CloseAfter(harness, second).ShouldBe(VoiceCloseCode.AlreadyAuthenticated);
    }

    [Theory]
    [InlineData(IdentifyJson)]
    [InlineData(ResumeJson)]
    [InlineData("""{"op":0,"d":{}}""")]
    public void Second_identify_or_resume_of_a_ready_session_closes_4005(string json) =>
        CloseAfter(GatewayHarness.AtReady(8), json).ShouldBe(VoiceCloseCode.AlreadyAuthenticated);

    [Theory]
    [InlineData("""{"protocol":"tcp","data":{"mode":"xsalsa20_poly1305"}}""")]
    [InlineData("""{"protocol":"UDP","data":{"mode":"xsalsa20_poly1305"}}""")]
    [InlineData("""{"protocol":7,"data":{"mode":"xsalsa20_poly1305"}}""")]
    [InlineData("""{}""")]
    [InlineData("""{"protocol":"tcp","data":null}""")]
    public void Unknown_protocol_closes_4012(string d) =>
        CloseAfter(GatewayHarness.AtReady(8), $$"""{"op":1,"d":{{d}}}""").ShouldBe(VoiceCloseCode.UnknownProtocol);

    [Theory]
    [InlineData("\"v=0\\r\\no=- 1 2 IN IP4 127.0.0.1\"")]
    [InlineData("\"a=fingerprint:sha-256 AA\"")]
    [InlineData("{}")]
    public void WebRtc_closes_4012_and_says_why(string data)
    {
        var harness = GatewayHarness.AtReady(8);

        harness.Receive($$$"""{"op":1,"d":{"protocol":"webrtc","data":{{{data}}}}}""");

        var close = harness.DrainClose();
        close.Code.ShouldBe(VoiceCloseCode.UnknownProtocol);
        close.Reason.ShouldContain("WebRTC");
    }

    [Theory]
    [InlineData("\"plain\"")]
    [InlineData("\"AEAD_AES256_GCM_RTPSIZE\"")]
    [InlineData("null")]
    [InlineData("5")]
    public void Unknown_mode_closes_4016(string mode) =>
        CloseAfter(GatewayHarness.AtReady(8), $$$"""{"op":1,"d":{"protocol":"udp","data":{"mode":{{{mode}}} } }}""")
            .ShouldBe(VoiceCloseCode.UnknownEncryptionMode);

    [Fact]
    public void Known_mode_that_was_not_offered_closes_4016()
    {
        var harness = new GatewayHarness(8);
        harness.Receive(IdentifyJson);
        var ready = GatewayHarness.ReadyPayload with { Modes = [TransportEncryptionMode.AeadAes256GcmRtpSize] };
        harness.Connection.AcceptIdentify(ready, harness.Outbox, harness.Now);

        harness.Receive(new SelectProtocol("udp", Mode: "xsalsa20_poly1305"));

        harness.DrainClose().Code.ShouldBe(VoiceCloseCode.UnknownEncryptionMode);
    }

    [Theory]
    [InlineData("""{"op":1,"d":[]}""")]
    [InlineData("""{"op":1,"d":{"protocol":"udp","data":"v=0"}}""")]
    [InlineData("""{"op":5,"d":{"speaking":"loud"}}""")]
    [InlineData("""{"op":5,"d":null}""")]
    [InlineData("""{"op":12,"d":[]}""")]
    [InlineData("""{"op":14,"d":5}""")]
    [InlineData("""{"op":15,"d":null}""")]
    [InlineData("""{"op":26,"d":"AA=="}""")]
    [InlineData("""{"op":28,"d":{}}""")]
    public void Malformed_later_payload_closes_4020(string json) => CloseAfter(GatewayHarness.AtReady(8), json).ShouldBe(VoiceCloseCode.BadRequest);

    [Fact]
    public void Binary_message_closes_4003_4002_or_4020_as_the_session_stands()
    {
        var fresh = new GatewayHarness(8);
        fresh.Connection.HandleBinary([26, 1, 2], fresh.Now);
        fresh.DrainClose().Code.ShouldBe(VoiceCloseCode.NotAuthenticated);

        var deciding = new GatewayHarness(8);
        deciding.Receive(IdentifyJson);
        deciding.Connection.HandleBinary([26, 1, 2], deciding.Now);
        deciding.DrainClose().Code.ShouldBe(VoiceCloseCode.FailedToDecode);

        var empty = GatewayHarness.AtDescribed(8);
        empty.Connection.HandleBinary([], empty.Now);
        empty.DrainClose().Code.ShouldBe(VoiceCloseCode.FailedToDecode);

        var described = GatewayHarness.AtDescribed(8);
        described.Connection.HandleBinary([26, 1, 2], described.Now);
        described.DrainClose().Code.ShouldBe(VoiceCloseCode.BadRequest);
    }

    [Fact]
    public void A_burst_over_30_messages_in_a_second_closes_4021()
    {
        var harness = GatewayHarness.AtReady(8);
        harness.Advance(TimeSpan.FromSeconds(5));
        for (var count = 0; count < 30; count++)
        {
            harness.Receive("""{"op":15,"d":{"any":100}}""");
        }

        harness.Drain().Count.ShouldBe(30);
        CloseAfter(harness, """{"op":15,"d":{"any":100}}""").ShouldBe(VoiceCloseCode.RateLimited);
    }

    [Fact]
    public void Over_120_messages_a_minute_for_long_closes_4021()
    {
        var harness = GatewayHarness.AtDescribed(8);
        var sent = 0;
        while (harness.Connection.Phase != VoiceConnectionPhase.Closed)
        {
            harness.Advance(TimeSpan.FromMilliseconds(100));
            harness.Receive("""{"op":3,"d":1}""");
            sent++;
        }

        harness.DrainClose().Code.ShouldBe(VoiceCloseCode.RateLimited);
        sent.ShouldBeInRange(120, 150);
    }

    [Fact]
    public void Two_messages_a_second_for_ten_minutes_are_fine()
    {
        var harness = GatewayHarness.AtDescribed(8);
        for (var sent = 0; sent < 1200; sent++)
        {
            harness.Advance(TimeSpan.FromMilliseconds(500));
            harness.Receive("""{"op":3,"d":1}""");
        }

        harness.Connection.Phase.ShouldBe(VoiceConnectionPhase.Described);
    }

    [Theory]
    [InlineData(VoiceCloseCode.Disconnected)]
    [InlineData(VoiceCloseCode.VoiceServerCrashed)]
    [InlineData(VoiceCloseCode.CallTerminated)]
    [InlineData(VoiceCloseCode.SessionNoLongerValid)]
    public void Close_by_the_owner_is_the_last_output(VoiceCloseCode code)
    {
        var harness = GatewayHarness.AtDescribed(8);
        harness.Connection.Send(new ClientDisconnectEvent(new Snowflake(7)));

        harness.Connection.Close(code, "reason");
        harness.Connection.Close(VoiceCloseCode.Normal, "again");
        harness.Receive("""{"op":3,"d":1}""");
        harness.Connection.HandleBinary([1], harness.Now);
        harness.Connection.HandlePeerClosed(1000);
        harness.Connection.SendSessionDescription(GatewayHarness.Description);
        harness.Advance(TimeSpan.FromHours(1));

        var outputs = harness.Drain();
        outputs.Count.ShouldBe(2);
        outputs[1].ShouldBe(new VoiceOutput.Close(code, "reason"));
        harness.Connection.NextTimeout.ShouldBeNull();
    }

    [Fact]
    public void Close_reason_is_cut_to_what_a_close_frame_holds()
    {
        var harness = new GatewayHarness(8);

        harness.Connection.Close(VoiceCloseCode.Disconnected, new string('é', 100) + "😀");

        System.Text.Encoding.UTF8.GetByteCount(harness.DrainClose().Reason).ShouldBe(122);
    }

    // Deadlines

    [Fact]
    public void No_identify_within_30_s_closes_4003()
    {
        var harness = new GatewayHarness(8);
        harness.Connection.NextTimeout.ShouldBe(harness.Now + TimeSpan.FromSeconds(30));

        harness.Advance(TimeSpan.FromSeconds(30) - Tick);
        harness.Connection.Phase.ShouldBe(VoiceConnectionPhase.Unidentified);
        harness.Advance(Tick);

        harness.DrainClose().Code.ShouldBe(VoiceCloseCode.NotAuthenticated);
    }

    [Fact]
    public void An_owner_that_does_not_decide_within_10_s_closes_4015()
    {
        var harness = new GatewayHarness(8);
        harness.Advance(TimeSpan.FromSeconds(20));
        harness.Receive(IdentifyJson);
        _ = harness.Drain();

        harness.Advance(TimeSpan.FromSeconds(10) - Tick);
        harness.Drain().ShouldBeEmpty();
        harness.Advance(Tick);

        harness.DrainClose().Code.ShouldBe(VoiceCloseCode.VoiceServerCrashed);
    }

    [Fact]
    public void No_select_protocol_within_60_s_of_ready_closes_4009()
    {
        var harness = GatewayHarness.AtReady(8);
        for (var beat = 0; beat < 6; beat++)
        {
            harness.Advance(TimeSpan.FromSeconds(10) - Tick);
            harness.Receive("""{"op":3,"d":1}""");
        }

        harness.Connection.Phase.ShouldBe(VoiceConnectionPhase.Ready);
        harness.Advance(6 * Tick);

        harness.DrainClose().ShouldBe(new VoiceOutput.Close(VoiceCloseCode.SessionTimeout, "Select protocol did not come in time"));
    }

    [Fact]
    public void An_owner_that_does_not_describe_within_10_s_closes_4015()
    {
        var harness = GatewayHarness.AtReady(8);
        harness.Receive(new SelectProtocol("udp", Mode: "aead_aes256_gcm_rtpsize"));

        harness.Advance(TimeSpan.FromSeconds(10));

        harness.DrainClose().Code.ShouldBe(VoiceCloseCode.VoiceServerCrashed);
    }

    [Fact]
    public void No_heartbeat_for_two_intervals_and_10_s_closes_4009()
    {
        var harness = GatewayHarness.AtDescribed(8);
        harness.Advance(TimeSpan.FromSeconds(20));
        harness.Receive("""{"op":3,"d":1}""");
        harness.Connection.NextTimeout.ShouldBe(harness.Now + TimeSpan.FromSeconds(37.5));

        harness.Advance(TimeSpan.FromSeconds(37.5) - Tick);
        harness.Receive("""{"op":5,"d":{"speaking":1}}""");
        harness.Connection.Phase.ShouldBe(VoiceConnectionPhase.Described);
        harness.Advance(Tick);

        harness.DrainClose().ShouldBe(new VoiceOutput.Close(VoiceCloseCode.SessionTimeout, "Heartbeats are missing"));
    }

    [Fact]
    public void A_described_session_that_heartbeats_lives_on()
    {
        var harness = GatewayHarness.AtDescribed(8);
        for (var beat = 0; beat < 500; beat++)
        {
            harness.Advance(TimeSpan.FromMilliseconds(13750));
            harness.Receive("""{"op":3,"d":1}""");
        }

        harness.Connection.Phase.ShouldBe(VoiceConnectionPhase.Described);
    }

    [Fact]
    public void HandleTimeout_before_any_deadline_does_nothing()
    {
        var harness = new GatewayHarness(8);
        _ = harness.Drain();

        harness.Advance(TimeSpan.FromSeconds(1));

        harness.Drain().ShouldBeEmpty();
    }

    // Resume

    [Fact]
    public void Resume_with_a_buffer_that_no_longer_reaches_back_closes_4006()
    {
        var outbox = new VoiceOutbox(new VoiceGatewayVersion(8));
        for (var count = 0; count < 600; count++)
        {
            _ = outbox.Append(new ClientDisconnectEvent(new Snowflake(1)));
        }

        var harness = new GatewayHarness(8);
        harness.Receive(ResumeJson);
        harness.Connection.AcceptResume(GatewayHarness.ReadyPayload, outbox, new SequenceAck(5), described: true, harness.Now).ShouldBeFalse();

        harness.DrainClose().Code.ShouldBe(VoiceCloseCode.SessionNoLongerValid);
    }

    [Theory]
    [InlineData(8, 9, true)]
    [InlineData(9, 8, true)]
    [InlineData(4, 4, true)]
    [InlineData(4, 8, false)]
    [InlineData(8, 4, false)]
    [InlineData(3, 4, false)]
    public void Resume_at_another_version_goes_on_only_if_messages_have_the_same_form(int begun, int resumed, bool goesOn)
    {
        var outbox = new VoiceOutbox(new VoiceGatewayVersion(begun));
        var harness = new GatewayHarness(resumed);
        harness.Receive(ResumeJson);

        harness.Connection.AcceptResume(GatewayHarness.ReadyPayload, outbox, default, described: true, harness.Now).ShouldBe(goesOn);

        harness.Connection.Phase.ShouldBe(goesOn ? VoiceConnectionPhase.Described : VoiceConnectionPhase.Closed);
    }

    [Fact]
    public void Events_go_on_with_the_next_number_after_a_resume()
    {
        var harness = GatewayHarness.AtDescribed(8);
        harness.Connection.Send(new ClientDisconnectEvent(new Snowflake(1)));
        harness.Connection.HandlePeerClosed(null);
        harness.Connection.Send(new ClientDisconnectEvent(new Snowflake(2)));
        _ = harness.Outbox.Append(new ClientDisconnectEvent(new Snowflake(3)));
        harness.DrainTexts().Count.ShouldBe(1);

        var next = new GatewayHarness(8);
        next.Receive("""{"op":7,"d":{"server_id":"41","session_id":"session","token":"token","seq_ack":1}}""");
        next.Connection.AcceptResume(GatewayHarness.ReadyPayload, harness.Outbox, new SequenceAck(1), described: true, next.Now).ShouldBeTrue();
        next.Connection.Send(new ClientDisconnectEvent(new Snowflake(4)));

        next.DrainTexts().ShouldBe(
        [
            """{"op":8,"d":{"v":8,"heartbeat_interval":13750}}""",
            """{"op":9,"d":null}""",
            """{"op":13,"d":{"user_id":"2"},"seq":2}""",
            """{"op":13,"d":{"user_id":"3"},"seq":3}""",
            """{"op":13,"d":{"user_id":"4"},"seq":4}""",
        ]);
    }

    [Fact]
    public void Resume_of_a_session_without_description_waits_for_select_protocol()
    {
        var harness = new GatewayHarness(8);
        harness.Receive(ResumeJson);
        harness.Connection.AcceptResume(GatewayHarness.ReadyPayload, harness.Outbox, default, described: false, harness.Now).ShouldBeTrue();
        harness.Connection.Phase.ShouldBe(VoiceConnectionPhase.Ready);

        for (var beat = 0; beat < 6; beat++)
        {
            harness.Advance(TimeSpan.FromSeconds(10));
            harness.Receive("""{"op":3,"d":1}""");
        }

        harness.DrainClose().Reason.ShouldBe("Select protocol did not come in time");
    }

    [Fact]
    public void Resumed_sessions_may_renegotiate_with_the_modes_once_offered()
    {
        var harness = new GatewayHarness(8);
        harness.Receive(ResumeJson);
        harness.Connection.AcceptResume(GatewayHarness.ReadyPayload, harness.Outbox, default, described: true, harness.Now).ShouldBeTrue();
        _ = harness.Drain();

        harness.Receive(new SelectProtocol("udp", Mode: "xsalsa20_poly1305_lite"));

        harness.Single<VoiceOutput.SelectProtocolReceived>().Mode.ShouldBe(TransportEncryptionMode.XSalsa20Poly1305Lite);
    }

    [Fact]
    public void A_socket_that_reached_the_wrong_node_goes_on_at_the_right_one()
    {
        var holder = GatewayHarness.AtDescribed(8);
        holder.Connection.Send(new ClientDisconnectEvent(new Snowflake(1)));
        var front = new GatewayHarness(8);
        front.Receive(ResumeJson);
        front.Receive("""{"op":5,"d":{"speaking":1}}""");
        _ = front.Drain();

        var messages = front.Connection.HandOver();

        front.Connection.Phase.ShouldBe(VoiceConnectionPhase.Closed);
        front.Drain().ShouldBeEmpty();
        front.Connection.HandOver().ShouldBeEmpty();
        var next = new GatewayHarness(8, helloSent: true);
        foreach (var message in messages)
        {
            next.Connection.HandleText(message.Span, next.Now);
        }

        var resume = next.Single<VoiceOutput.ResumeReceived>().Resume;
        resume.Token.ShouldBe("token");
        next.Connection.AcceptResume(GatewayHarness.ReadyPayload, holder.Outbox, resume.SequenceAck, described: true, next.Now).ShouldBeTrue();
        var outputs = next.Drain();
        outputs.Count.ShouldBe(3);
        outputs[2].ShouldBe(new VoiceOutput.SpeakingReceived(new Speaking(SpeakingFlags.Voice)));
    }

    // The peer's close and misuse

    [Theory]
    [InlineData(1000, true)]
    [InlineData(null, false)]
    [InlineData(1001, false)]
    [InlineData(1006, false)]
    [InlineData(4000, false)]
    [InlineData(4014, false)]
    [InlineData(4900, false)]
    [InlineData(4901, false)]
    public void Only_1000_from_the_client_ends_the_session(int? code, bool ends)
    {
        var harness = GatewayHarness.AtDescribed(8);

        harness.Connection.HandlePeerClosed(code);
        harness.Connection.HandlePeerClosed(code);

        harness.Single<VoiceOutput.PeerClosed>().ShouldBe(new VoiceOutput.PeerClosed(code, ends));
        harness.Connection.NextTimeout.ShouldBeNull();
    }

    [Fact]
    public void Decisions_about_a_socket_that_closed_meanwhile_do_nothing()
    {
        var harness = new GatewayHarness(8);
        harness.Receive(IdentifyJson);
        harness.Connection.HandlePeerClosed(1006);
        _ = harness.Drain();

        harness.Connection.AcceptIdentify(GatewayHarness.ReadyPayload, harness.Outbox, harness.Now);
        harness.Connection.AcceptResume(GatewayHarness.ReadyPayload, harness.Outbox, default, described: true, harness.Now).ShouldBeFalse();
        harness.Connection.RejectAuthentication(VoiceCloseCode.AuthenticationFailed, "no");
        harness.Connection.SendSessionDescription(GatewayHarness.Description);

        harness.Drain().ShouldBeEmpty();
    }

    [Fact]
    public void Commands_out_of_turn_throw()
    {
        var fresh = new GatewayHarness(8);
        Should.Throw<InvalidOperationException>(() => fresh.Connection.AcceptIdentify(GatewayHarness.ReadyPayload, fresh.Outbox, fresh.Now));
        Should.Throw<InvalidOperationException>(() => fresh.Connection.RejectAuthentication(VoiceCloseCode.Normal, "no"));
        Should.Throw<InvalidOperationException>(() => fresh.Connection.SendSessionDescription(GatewayHarness.Description));
        Should.Throw<InvalidOperationException>(() => fresh.Connection.HandOver());
        Should.Throw<InvalidOperationException>(() => fresh.Connection.Send(new ClientDisconnectEvent(new Snowflake(1))));

        fresh.Receive(IdentifyJson);
        Should.Throw<InvalidOperationException>(() =>
            fresh.Connection.AcceptResume(GatewayHarness.ReadyPayload, fresh.Outbox, default, described: true, fresh.Now));
        Should.Throw<InvalidOperationException>(() =>
            fresh.Connection.AcceptIdentify(GatewayHarness.ReadyPayload, new VoiceOutbox(new VoiceGatewayVersion(4)), fresh.Now));
    }

    [Fact]
    public void Values_that_break_clients_are_refused()
    {
        Should.Throw<ArgumentOutOfRangeException>(() => new VideoEvent(new Snowflake(1), default));
        Should.Throw<ArgumentException>(() => new VoiceSessionDescription(TransportEncryptionMode.AeadAes256Gcm, [1, 2], "id"));
        Should.Throw<ArgumentOutOfRangeException>(() => new VoiceGatewayOptions { HeartbeatInterval = TimeSpan.Zero });
    }

    private static VoiceCloseCode CloseAfter(GatewayHarness harness, string json)
    {
        harness.Receive(json);
        harness.Connection.Phase.ShouldBe(VoiceConnectionPhase.Closed);
        return harness.DrainClose().Code;
    }
}
