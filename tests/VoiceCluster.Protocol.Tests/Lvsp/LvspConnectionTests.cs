using System.Text.Json;
using VoiceCluster.Protocol.Lvsp;
using VoiceCluster.Protocol.Lvsp.Client;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Protocol.Tests.Lvsp;

public sealed class LvspConnectionTests
{
    [Fact]
    public void Hello_comes_first_with_interval_in_milliseconds_and_the_nonce()
    {
        var rig = new LvspRig();
        rig.DrainTexts().ShouldBe(["""{"op":0,"d":{"heartbeat_interval":30000,"nonce":"k3Zt9QwLb1"}}"""]);
        rig.Connection.State.ShouldBe(LvspConnectionState.WaitingForAuthentication);
        rig.Connection.MaxFrameBytes.ShouldBe(4096);
    }

    [Fact]
    public void Identify_with_a_good_token_asks_the_owner_and_ready_follows_its_answer()
    {
        var rig = new LvspRig();
        rig.Drain();
        rig.Text($$$"""{"op":1,"d":{"token":"{{{LvspRig.Token}}}"}}""");

        var authenticated = rig.Drain().ShouldHaveSingleItem().ShouldBeOfType<LvspOutput.Authenticated>();
        authenticated.Realm.ShouldBe("main");
        authenticated.TokenHash.ShouldBe(LvspToken.Hash(Convert.FromHexString(LvspRig.Token)));

        rig.Connection.AcceptIdentify(LvspRig.SessionId, new LvspHealth(0.97), rig.Now).ShouldBeTrue();
        rig.DrainTexts().ShouldBe(
            [$$$"""{"op":3,"d":{"health":0.97,"session_id":"{{{LvspRig.SessionId}}}","resumed":false}}"""]);
        rig.Connection.MaxFrameBytes.ShouldBe(65536);
    }

    [Theory]
    [InlineData("""{"op":1,"d":{"token":"506AAAC232169925BDF7D7796AAEF85CACA22860A6676A2A6ADB63F4FDF6FDA3"}}""")]
    [InlineData("""{"op":1,"d":{"token":"506aAaC232169925BDF7D7796AAEF85CACA22860a6676a2a6adb63f4fdf6fda3"}}""")]
    [InlineData("""{"op":1,"d":{"token":"UGqqwjIWmSW999d5aq74XKyiKGCmZ2oqattj9P32/aM="}}""")]
    [InlineData("""{"op":1,"d":{"token":"UGqqwjIWmSW999d5aq74XKyiKGCmZ2oqattj9P32/aM"}}""")]
    [InlineData("""{"op":1,"d":{"token":"UGqqwjIWmSW999d5aq74XKyiKGCmZ2oqattj9P32_aM="}}""")]
    [InlineData("""{"op":1,"d":{"token":"UGqqwjIWmSW999d5aq74XKyiKGCmZ2oqattj9P32_aM"}}""")]
    [InlineData("""{"d":{"more":[],"token":"UGqqwjIWmSW999d5aq74XKyiKGCmZ2oqattj9P32\/aM="},"op":1,"s":null,"t":"x"}""")]
    public void Identify_takes_every_spelling_of_the_token(string json)
    {
        var rig = new LvspRig();
        rig.Drain();
        rig.Text(json);
        rig.Drain().ShouldHaveSingleItem().ShouldBeOfType<LvspOutput.Authenticated>()
            .TokenHash.ShouldBe(LvspToken.Hash(Convert.FromHexString(LvspRig.Token)));
    }

    [Theory]
    [InlineData("""{"op":1}""")]
    [InlineData("""{"op":1,"d":null}""")]
    [InlineData("""{"op":1,"d":[]}""")]
    [InlineData("""{"op":1,"d":{}}""")]
    [InlineData("""{"op":1,"d":{"token":null}}""")]
    [InlineData("""{"op":1,"d":{"token":17}}""")]
    [InlineData("""{"op":1,"d":{"token":""}}""")]
    [InlineData("""{"op":1,"d":{"token":"s3cret"}}""")]
    [InlineData("""{"op":1,"d":{"token":"\ud800"}}""")]
    [InlineData("""{"op":1,"d":{"token":"606aaac232169925bdf7d7796aaef85caca22860a6676a2a6adb63f4fdf6fda3"}}""")]
    [InlineData("""{"op":1,"d":{"token":" 06aaac232169925bdf7d7796aaef85caca22860a6676a2a6adb63f4fdf6fda3"}}""")]
    [InlineData("""{"op":1,"d":{"token":"506aaac232169925bdf7d7796aaef85caca22860a6676a2a6adb63f4fdf6fda3 "}}""")]
    public void Identify_without_the_right_token_closes_with_4001(string json)
    {
        var rig = new LvspRig();
        rig.Text(json);
        rig.ShouldCloseWith(4001);
    }

    [Fact]
    public void A_token_of_another_connection_is_refused()
    {
        var rig = new LvspRig(nonce: "aaaaaaaaaa");
        rig.Text(LvspClientMessages.Identify(LvspRig.Token));
        rig.ShouldCloseWith(4001, "wrong token");
    }

    [Theory]
    [InlineData("""{"op":0}""")]
    [InlineData("""{"op":3}""")]
    [InlineData("""{"op":4,"d":{"s":0}}""")]
    [InlineData("""{"op":5}""")]
    [InlineData("""{"op":6,"d":{"type":0,"data":{"channel_id":"30"}}}""")]
    [InlineData("""{"op":6}""")]
    [InlineData("""{"op":7,"d":{"user_id":"40","channel_id":"30"}}""")]
    [InlineData("""{"op":8}""")]
    [InlineData("""{"op":-1}""")]
    [InlineData("""{"op":99999999999999999999999}""")]
    public void Anything_else_before_authentication_closes_with_4001(string json)
    {
        var rig = new LvspRig();
        rig.Text(json);
        rig.ShouldCloseWith(4001, "not authenticated");
    }

    [Fact]
    public void No_identify_in_ten_seconds_closes_with_4001()
    {
        var rig = new LvspRig();
        rig.Advance(TimeSpan.FromSeconds(9.999));
        rig.DrainClose().ShouldBeNull();
        rig.Advance(TimeSpan.FromSeconds(0.001));
        rig.ShouldCloseWith(4001, "no identify in time");
    }

    [Fact]
    public void An_owner_that_does_not_answer_costs_the_connection()
    {
        var rig = new LvspRig();
        rig.Text(LvspClientMessages.Identify(LvspRig.Token));
        rig.Drain();
        rig.Advance(TimeSpan.FromSeconds(10));
        rig.ShouldCloseWith(4000, "unavailable");
        rig.Connection.AcceptIdentify(LvspRig.SessionId, LvspHealth.Best, rig.Now).ShouldBeFalse();
    }

    [Fact]
    public void An_answer_without_a_question_is_a_bug_of_the_owner()
    {
        var rig = new LvspRig();
        Should.Throw<InvalidOperationException>(() => rig.Connection.AcceptIdentify(LvspRig.SessionId, LvspHealth.Best, rig.Now));
        Should.Throw<InvalidOperationException>(
            () => rig.Connection.AcceptResume(new LvspResumption(LvspRig.SessionId, [], 0, null), LvspHealth.Best, rig.Now));
    }

    [Fact]
    public void What_is_sent_between_token_and_ready_waits_for_ready()
    {
        var rig = new LvspRig();
        rig.Drain();
        rig.Text(LvspClientMessages.Identify(LvspRig.Token));
        rig.Text("""{"op":4,"d":{"s":0}}""");
        rig.Text("""{"op":6,"d":{"type":0,"data":{"channel_id":"30"}}}""");
        rig.Drain().ShouldHaveSingleItem().ShouldBeOfType<LvspOutput.Authenticated>();

        rig.Connection.AcceptIdentify(LvspRig.SessionId, LvspHealth.Best, rig.Now);
        var outputs = rig.Drain();
        outputs.Count.ShouldBe(3);
        LvspRig.Utf8(outputs[0].ShouldBeOfType<LvspOutput.SendText>().Frame).ShouldStartWith("""{"op":3""");
        LvspRig.Utf8(outputs[1].ShouldBeOfType<LvspOutput.SendText>().Frame).ShouldStartWith("""{"op":5""");
        outputs[2].ShouldBeOfType<LvspOutput.RequestReceived>();
    }

    [Fact]
    public void Too_much_before_ready_closes()
    {
        var rig = new LvspRig();
        rig.Text(LvspClientMessages.Identify(LvspRig.Token));
        for (var i = 0; i < 64; i++)
        {
            rig.Text("""{"op":4}""");
        }

        rig.DrainClose().ShouldBeNull();
        rig.Text("""{"op":4}""");
        rig.ShouldCloseWith(4000, "too many messages before ready");
    }

    [Theory]
    [InlineData("""{"op":1,"d":{"token":"506aaac232169925bdf7d7796aaef85caca22860a6676a2a6adb63f4fdf6fda3"}}""")]
    [InlineData("""{"op":1}""")]
    [InlineData("""{"op":2,"d":{"token":"506aaac232169925bdf7d7796aaef85caca22860a6676a2a6adb63f4fdf6fda3","seq":0}}""")]
    [InlineData("""{"op":2}""")]
    [InlineData("""{"op":0}""")]
    [InlineData("""{"op":3}""")]
    [InlineData("""{"op":5}""")]
    [InlineData("""{"op":8}""")]
    [InlineData("""{"op":-1}""")]
    [InlineData("""{"op":99999999999999999999999}""")]
    public void When_live_a_second_identify_and_unknown_or_server_opcodes_close_with_4000(string json)
    {
        var rig = LvspRig.Live();
        rig.Text(json);
        rig.ShouldCloseWith(4000);
    }

    [Theory]
    [MemberData(nameof(UndecodableFrames))]
    public void What_cannot_be_decoded_closes_with_4002_before_ready(byte[] frame)
    {
        var rig = new LvspRig();
        rig.Text(frame);
        rig.ShouldCloseWith(4002, "not decodable");
    }

    [Theory]
    [MemberData(nameof(UndecodableFrames))]
    public void What_cannot_be_decoded_closes_with_4002_after_ready(byte[] frame)
    {
        var rig = LvspRig.Live();
        rig.Text(frame);
        rig.ShouldCloseWith(4002, "not decodable");
    }

    public static TheoryData<byte[]> UndecodableFrames() =>
    [
        [],
        [.. "x"u8],
        [.. "{"u8],
        [.. "{}"u8],
        [.. "[]"u8],
        [.. "4"u8],
        [.. "null"u8],
        [.. "\"op\""u8],
        [.. """{"op":"4"}"""u8],
        [.. """{"op":true}"""u8],
        [.. """{"op":null}"""u8],
        [.. """{"op":4.5}"""u8],
        [.. """{"op":4.0}"""u8],
        [.. """{"op":4e0}"""u8],
        [.. """{"op":[4]}"""u8],
        [.. """{"op":04}"""u8],
        [.. """{"op":4}{"op":4}"""u8],
        [.. """{"op":4,}"""u8],
        [.. """{"op":4}//"""u8],
        [.. """{'op':4}"""u8],
        [.. """{"OP":4}"""u8],
        [.. """[{"op":4}]"""u8],
        [0xEF, 0xBB, 0xBF, .. """{"op":4}"""u8],
        [.. """{"op":4,"x":"""u8, .. "\""u8, 0xFF, .. "\"}"u8],
        [.. """{"op":4,"x":"""u8, .. "\""u8, 0xED, 0xA0, 0x80, .. "\"}"u8],
        [.. """{"op":4,"d":"""u8, .. Nested(32), .. "}"u8],
        [.. """{"op":4,"op":"4"}"""u8],
    ];

    [Fact]
    public void Nesting_of_exactly_32_is_decoded()
    {
        var rig = LvspRig.Live();
        rig.Text([.. """{"op":4,"x":"""u8, .. Nested(31), .. "}"u8]);
        rig.DrainTexts().ShouldHaveSingleItem().ShouldStartWith("""{"op":5""");
    }

    [Theory]
    [InlineData("""{"op":6,"op":4}""")]
    [InlineData("""{"op":4,"x":"\ud800"}""")]
    [InlineData("""{"op":4,"\udc00\ud800":1}""")]
    [InlineData("""{"\ud800op":6,"op":4,"d":{"\udfff":"\uD83D"}}""")]
    [InlineData("""{"op":-0,"op":4,"x":1e999999999,"y":123456789012345678901234567890}""")]
    [InlineData(""" {"op" : 4} """)]
    [InlineData("""{"o\u0070":4}""")]
    public void Odd_but_decodable_frames_are_taken(string json)
    {
        var rig = LvspRig.Live();
        rig.Text(json);
        rig.DrainTexts().ShouldHaveSingleItem().ShouldStartWith("""{"op":5""");
    }

    [Fact]
    public void A_binary_frame_closes_with_4002_before_and_after_ready()
    {
        var early = new LvspRig();
        early.Connection.HandleBinary();
        early.ShouldCloseWith(4002);

        var live = LvspRig.Live();
        live.Connection.HandleBinary();
        live.ShouldCloseWith(4002);
    }

    [Fact]
    public void Frames_over_the_limit_close_with_1009()
    {
        var early = new LvspRig();
        early.Text(new string(' ', 4097));
        early.ShouldCloseWith(1009, "frame too large");

        var live = LvspRig.Live();
        live.Text(Padded(65536));
        live.DrainTexts().ShouldHaveSingleItem();
        live.Text(Padded(65537));
        live.ShouldCloseWith(1009, "frame too large");

        var shell = LvspRig.Live();
        shell.Connection.HandleTooLarge();
        shell.ShouldCloseWith(1009);
    }

    [Theory]
    [InlineData("""{"op":4,"d":{"s":41}}""", 41)]
    [InlineData("""{"op":4,"d":{"s":0}}""", 0)]
    [InlineData("""{"op":4,"d":{"s":9223372036854775807}}""", long.MaxValue)]
    [InlineData("""{"op":4,"d":{"s":-1}}""", 0)]
    [InlineData("""{"op":4,"d":{"s":1.5}}""", 0)]
    [InlineData("""{"op":4,"d":{"s":"7"}}""", 0)]
    [InlineData("""{"op":4,"d":{"s":99999999999999999999}}""", 0)]
    [InlineData("""{"op":4,"d":{}}""", 0)]
    [InlineData("""{"op":4,"d":null}""", 0)]
    [InlineData("""{"op":4,"d":17}""", 0)]
    [InlineData("""{"op":4}""", 0)]
    public void Heartbeat_is_acknowledged_with_its_own_number(string json, long expected)
    {
        var rig = LvspRig.Live();
        rig.Text(json);
        rig.DrainTexts().ShouldBe([$$$"""{"op":5,"d":{"s":{{{expected}}},"seq":0,"health":0.97}}"""]);
    }

    [Fact]
    public void Heartbeat_ack_names_the_highest_number_sent_and_the_health_of_now()
    {
        var rig = LvspRig.Live();
        rig.Notify(Assigned).ShouldBeTrue();
        rig.Notify(Assigned).ShouldBeTrue();
        rig.Drain();
        rig.Connection.Health = new LvspHealth(0.25);
        rig.Text("""{"op":4,"d":{"s":1}}""");
        var outputs = rig.Drain();
        outputs[0].ShouldBe(new LvspOutput.Acknowledged(1));
        LvspRig.Utf8(outputs[1].ShouldBeOfType<LvspOutput.SendText>().Frame).ShouldBe("""{"op":5,"d":{"s":1,"seq":2,"health":0.25}}""");
    }

    [Fact]
    public void A_heartbeat_from_the_future_acknowledges_only_what_was_sent()
    {
        var rig = LvspRig.Live();
        rig.Notify(Assigned);
        rig.Drain();
        rig.Text("""{"op":4,"d":{"s":900}}""");
        rig.Drain().OfType<LvspOutput.Acknowledged>().ShouldHaveSingleItem().SequenceNumber.ShouldBe(1);
    }

    [Fact]
    public void Info_is_numbered_from_one_without_a_gap()
    {
        var rig = LvspRig.Live();
        for (var i = 0; i < 3; i++)
        {
            rig.Notify(Assigned).ShouldBeTrue();
        }

        var numbers = rig.DrainTexts().Select(text => JsonDocument.Parse(text).RootElement.GetProperty("s").GetInt64());
        numbers.ShouldBe([1L, 2L, 3L]);
    }

    [Fact]
    public void Send_lets_numbers_leave_in_order_and_once()
    {
        var rig = LvspRig.Live();
        var first = new LvspNumberedFrame(1, "1"u8.ToArray());
        var second = new LvspNumberedFrame(2, "2"u8.ToArray());
        rig.Connection.Send(second).ShouldBe(LvspSendResult.Gap);
        rig.Connection.HighestSent.ShouldBe(0);
        rig.Connection.Send(first).ShouldBe(LvspSendResult.Sent);
        rig.Connection.Send(second).ShouldBe(LvspSendResult.Sent);
        rig.Connection.Send(first).ShouldBe(LvspSendResult.AlreadySent);
        rig.Connection.HighestSent.ShouldBe(2);
        rig.DrainTexts().ShouldBe(["1", "2"]);
    }

    [Fact]
    public void Nothing_is_sent_before_ready_and_after_the_end()
    {
        var early = new LvspRig();
        early.Connection.Send(new LvspNumberedFrame(1, "{}"u8.ToArray())).ShouldBe(LvspSendResult.NotLive);
        early.DrainTexts().Count.ShouldBe(1);

        var closed = LvspRig.Live();
        closed.Connection.BeginShutdown();
        closed.ShouldCloseWith(1001, "shutting down");
        closed.Connection.Send(new LvspNumberedFrame(1, "{}"u8.ToArray())).ShouldBe(LvspSendResult.NotLive);
        closed.Text("""{"op":4}""");
        closed.Connection.HandleBinary();
        closed.Connection.HandlePong(closed.Now);
        closed.Connection.HandleTimeout(closed.Now);
        closed.Drain().ShouldBeEmpty();
    }

    [Fact]
    public void A_peer_that_is_gone_is_told_nothing()
    {
        var rig = LvspRig.Live();
        rig.Text("""{"op":4}""");
        rig.Connection.HandlePeerClosed();
        rig.Drain().ShouldBeEmpty();
        rig.Connection.State.ShouldBe(LvspConnectionState.Closed);
        rig.Connection.NextTimeout.ShouldBeNull();
    }

    [Fact]
    public void Bad_messages_are_skipped_and_more_than_100_in_a_minute_close()
    {
        var rig = LvspRig.Live();
        for (var i = 0; i < 100; i++)
        {
            rig.Skipped("""{"op":6}""").Reason.ShouldBe(LvspSkipReason.NoBody);
        }

        rig.Text("""{"op":7}""");
        rig.ShouldCloseWith(4000, "too many bad messages");
    }

    [Fact]
    public void Bad_messages_are_forgiven_after_a_minute()
    {
        var rig = LvspRig.Live();
        for (var i = 0; i < 500; i++)
        {
            rig.Advance(TimeSpan.FromSeconds(0.6));
            rig.Drain();
            rig.Skipped("""{"op":7}""");
            rig.Connection.State.ShouldBe(LvspConnectionState.Live);
        }
    }

    [Fact]
    public void Updates_of_nothing_are_no_bad_messages()
    {
        var rig = LvspRig.Live();
        for (var i = 0; i < 200; i++)
        {
            rig.Skipped("""{"op":6,"d":{"type":6,"data":{"session_id":"Qh"}}}""").Reason.ShouldBe(LvspSkipReason.NothingToUpdate);
        }
    }

    [Fact]
    public void A_client_that_reads_too_slowly_by_count_is_closed()
    {
        var rig = LvspRig.Live();
        for (var i = 0; i < 1024; i++)
        {
            rig.Notify(Assigned).ShouldBeTrue();
        }

        rig.Notify(Assigned).ShouldBeFalse();
        rig.ShouldCloseWith(4000, "too slow");
        rig.Outbox.TryReplay(1, rig.WallNow, out var messages).ShouldBeTrue();
        messages.Length.ShouldBe(1024);
    }

    [Fact]
    public void A_client_that_reads_too_slowly_by_bytes_is_closed()
    {
        var rig = LvspRig.Live();
        var large = Assigned with { Endpoint = new string('e', 100_000) };
        for (var i = 0; i < 10; i++)
        {
            rig.Notify(large).ShouldBeTrue();
        }

        rig.Notify(large).ShouldBeFalse();
        rig.ShouldCloseWith(4000, "too slow");
    }

    [Fact]
    public void A_client_that_reads_may_be_sent_any_number()
    {
        var rig = LvspRig.Live();
        for (var i = 0; i < 3000; i++)
        {
            rig.Notify(Assigned).ShouldBeTrue();
            rig.Drain();
        }
    }

    [Fact]
    public void The_owner_may_refuse_a_session()
    {
        var rig = new LvspRig();
        rig.Text(LvspClientMessages.Identify(LvspRig.Token));
        rig.Connection.Reject(LvspCloseCode.GeneralError, LvspCloseReason.TooManySessions);
        rig.ShouldCloseWith(4000, "too many sessions");
    }

    internal static ChannelAssigned Assigned { get; } = new(new Snowflake(30), new Snowflake(20), 64000, "9x", "v1.example:443");

    private static byte[] Nested(int depth) => [.. Enumerable.Repeat((byte)'[', depth), .. Enumerable.Repeat((byte)']', depth)];

    private static string Padded(int length) => """{"op":4}""" + new string(' ', length - 8);
}
