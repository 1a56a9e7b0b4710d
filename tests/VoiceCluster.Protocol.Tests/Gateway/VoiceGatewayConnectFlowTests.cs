using VoiceCluster.Protocol.Gateway;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Protocol.Tests.Gateway;

/// <summary>The bytes of a whole connect at each version, written out by hand from the reference documentation.</summary>
public sealed class VoiceGatewayConnectFlowTests
{
    private const string Modes =
        "\"aead_aes256_gcm_rtpsize\",\"aead_xchacha20_poly1305_rtpsize\",\"xsalsa20_poly1305_lite_rtpsize\",\"aead_aes256_gcm\"," +
        "\"xsalsa20_poly1305_lite\",\"xsalsa20_poly1305_suffix\",\"xsalsa20_poly1305\"";

    public static TheoryData<int> Versions => [.. Enumerable.Range(1, 9)];

    [Theory]
    [MemberData(nameof(Versions))]
    public void Hello_is_the_first_output_in_the_form_of_the_version(int version)
    {
        var expected = version <= 2
            ? """{"heartbeat_interval":13750}"""
            : $$$"""{"op":8,"d":{"v":{{{version}}},"heartbeat_interval":13750}}""";

        new GatewayHarness(version).SingleText().ShouldBe(expected);
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public void Identify_answers_ready_in_the_form_of_the_version(int version)
    {
        var harness = new GatewayHarness(version);
        _ = harness.Drain();

        harness.Receive("""{"op":0,"d":{"server_id":"41","user_id":"42","session_id":"session","token":"token"}}""");
        harness.Single<VoiceOutput.IdentifyReceived>().Identify.ShouldBe(GatewayHarness.IdentifyPayload);
        harness.Connection.AcceptIdentify(GatewayHarness.ReadyPayload, harness.Outbox, harness.Now);

        var interval = version <= 3 ? ",\"heartbeat_interval\":13750" : string.Empty;
        harness.SingleText().ShouldBe(
            "{\"op\":2,\"d\":{\"ssrc\":1000,\"ip\":\"203.0.113.9\",\"port\":50001,\"modes\":[" + Modes + "]," +
            "\"experiments\":[],\"streams\":[]" + interval + "}}");
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public void Select_protocol_answers_session_description_with_dave_version_0(int version)
    {
        var harness = GatewayHarness.AtReady(version);

        harness.Receive("""{"op":1,"d":{"protocol":"udp","data":{"address":"198.51.100.4","port":50505,"mode":"aead_aes256_gcm_rtpsize"}}}""");
        var selected = harness.Single<VoiceOutput.SelectProtocolReceived>();
        harness.Connection.SendSessionDescription(GatewayHarness.Description);

        selected.Mode.ShouldBe(TransportEncryptionMode.AeadAes256GcmRtpSize);
        selected.SelectProtocol.Address.ShouldBe("198.51.100.4");
        selected.SelectProtocol.Port.ShouldBe(50505);
        harness.SingleText().ShouldBe(
            "{\"op\":4,\"d\":{\"mode\":\"aead_aes256_gcm_rtpsize\",\"secret_key\":[" + GatewayHarness.Key32 + "]," +
            "\"audio_codec\":\"opus\",\"video_codec\":\"H264\",\"media_session_id\":\"00112233445566778899aabbccddeeff\",\"dave_protocol_version\":0}}");
        harness.Connection.Phase.ShouldBe(VoiceConnectionPhase.Described);
    }

    [Theory]
    [InlineData(1, """{"op":3,"d":1501184119561}""", """{"op":3,"d":1501184119561}""")]
    [InlineData(2, """{"op":3,"d":1501184119561}""", """{"op":6,"d":1501184119561}""")]
    [InlineData(3, """{"op":3,"d":1501184119561}""", """{"op":6,"d":1501184119561}""")]
    [InlineData(4, """{"op":3,"d":1501184119561}""", """{"op":6,"d":1501184119561}""")]
    [InlineData(5, """{"op":3,"d":1501184119561}""", """{"op":6,"d":1501184119561}""")]
    [InlineData(6, """{"op":3,"d":1501184119561}""", """{"op":6,"d":1501184119561}""")]
    [InlineData(7, """{"op":3,"d":1501184119561}""", """{"op":6,"d":1501184119561}""")]
    [InlineData(8, """{"op":3,"d":{"t":1501184119561,"seq_ack":10}}""", """{"op":6,"d":{"t":1501184119561}}""")]
    [InlineData(9, """{"op":3,"d":{"t":1501184119561,"seq_ack":10}}""", """{"op":6,"d":{"t":1501184119561}}""")]
    public void Heartbeat_is_acknowledged_in_the_form_of_the_version(int version, string heartbeat, string ack)
    {
        var harness = new GatewayHarness(version);
        _ = harness.Drain();

        harness.Receive(heartbeat);

        harness.SingleText().ShouldBe(ack);
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public void Events_have_the_form_of_the_version(int version)
    {
        var harness = GatewayHarness.AtDescribed(version);

        harness.Connection.Send(new ClientsConnectEvent([new Snowflake(7), new Snowflake(ulong.MaxValue)]));
        harness.Connection.Send(new SpeakingEvent(new Snowflake(7), new Ssrc(5), SpeakingFlags.Soundshare));
        harness.Connection.Send(new SpeakingEvent(new Snowflake(7), new Ssrc(5), SpeakingFlags.None));
        harness.Connection.Send(new MediaSinkWantsEvent(new MediaSinkWants(100)));
        harness.Connection.Send(new ClientDisconnectEvent(new Snowflake(7)));

        string Number(int sequence) => version >= 8 ? $",\"seq\":{sequence}" : string.Empty;
        string Flags(int mask) => version <= 3 ? mask != 0 ? "true" : "false" : mask.ToString();
        List<string> expected =
        [
            "{\"op\":11,\"d\":{\"user_ids\":[\"7\",\"18446744073709551615\"]}" + Number(1) + "}",
            "{\"op\":5,\"d\":{\"user_id\":\"7\",\"ssrc\":5,\"speaking\":" + Flags(2) + "}" + Number(2) + "}",
            "{\"op\":5,\"d\":{\"user_id\":\"7\",\"ssrc\":5,\"speaking\":" + Flags(0) + "}" + Number(3) + "}",
        ];
        if (version >= 5)
        {
            expected.Add("{\"op\":15,\"d\":{\"any\":100}" + Number(4) + "}");
        }

        expected.Add("{\"op\":13,\"d\":{\"user_id\":\"7\"}" + Number(5) + "}");
        harness.DrainTexts().ShouldBe(expected);
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public void Resume_answers_opcode_9_and_from_version_8_what_was_missed(int version)
    {
        var outbox = new VoiceOutbox(new VoiceGatewayVersion(version));
        var missed = Enumerable.Range(1, 3).Select(id => outbox.Append(new ClientDisconnectEvent(new Snowflake((ulong)id)))).ToList();
        var harness = new GatewayHarness(version);
        _ = harness.Drain();

        harness.Receive("""{"op":7,"d":{"server_id":"41","session_id":"session","token":"token","seq_ack":1}}""");
        var resume = harness.Single<VoiceOutput.ResumeReceived>().Resume;
        harness.Connection.AcceptResume(GatewayHarness.ReadyPayload, outbox, resume.SequenceAck, described: true, harness.Now).ShouldBeTrue();

        List<string> expected = ["""{"op":9,"d":null}"""];
        if (version >= 8)
        {
            expected.AddRange(missed.Skip(1).Select(frame => System.Text.Encoding.UTF8.GetString(frame.Span)));
        }

        harness.DrainTexts().ShouldBe(expected);
    }
}
