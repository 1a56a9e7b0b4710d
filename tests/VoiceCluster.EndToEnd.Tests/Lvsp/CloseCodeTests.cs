using VoiceCluster.Cluster.Store;
using VoiceCluster.EndToEnd.Tests.Support;
using VoiceCluster.Protocol.Lvsp;

namespace VoiceCluster.EndToEnd.Tests.Lvsp;

/// <summary>Section 11 of LVSP, row by row: what closes a link with which code, and what does not. Rows that need made time are elsewhere.</summary>
public sealed class CloseCodeTests
{
    private static readonly string[] NoFrames =
    [
        "not json", "[]", "\"text\"", "5", "null", "{\"d\":{}}", "{\"op\":\"4\"}", "{\"op\":true}", "{\"op\":1.5}", "{\"op\":null}",
        $"{{\"op\":4,\"d\":{new string('[', 33)}{new string(']', 33)}}}",
    ];

    public static TheoryData<string, bool> Undecodable
    {
        get
        {
            var data = new TheoryData<string, bool>();
            foreach (var text in NoFrames)
            {
                data.Add(text, false);
                data.Add(text, true);
            }

            return data;
        }
    }

    public static TheoryData<string> Useless => new(
        """{"type":7,"data":{"channel_id":"1"}}""",
        """{"type":-1,"data":{}}""",
        """{"type":2,"info":{"id":"1"}}""",
        """{"type":0}""",
        """{}""",
        """{"data":{"channel_id":"1"}}""",
        """{"type":"0","data":{"channel_id":"1"}}""",
        """{"type":0,"data":{}}""",
        """{"type":0,"data":{"channel_id":true}}""",
        """{"type":0,"data":{"channel_id":"0"}}""",
        """{"type":0,"data":[]}""",
        """{"type":0,"data":{"channel_id":"1","guild_id":{}}}""",
        """{"type":1,"data":{"channel_id":"1"}}""",
        """{"type":4,"data":{"user_id":"1"}}""",
        """{"type":4,"data":{"user_id":"1","channel_id":"x"}}""",
        """{"type":5,"data":{}}""",
        """{"type":5,"data":{"user_id":"1","channel_id":"1","mute":"yes"}}""",
        """{"type":0,"info":{"bitrate":64000}}""",
        """{"type":0,"info":{"id":"1","bitrate":"loud"}}""",
        """{"type":1,"info":{"channel_id":"1"}}""");

    [Theory]
    [MemberData(nameof(Undecodable))]
    public async Task Row_11_not_decodable_is_4002(string text, bool afterReady)
    {
        await using var backend = await OpenAsync(afterReady);

        await backend.SendAsync(text);

        (await backend.Socket.EndAsync()).Code.ShouldBe(4002);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Row_11_binary_frame_is_4002(bool afterReady)
    {
        await using var backend = await OpenAsync(afterReady);

        await backend.Socket.SendBinaryAsync("{\"op\":4}"u8.ToArray());

        (await backend.Socket.EndAsync()).Code.ShouldBe(4002);
    }

    [Theory]
    [InlineData(4, "{\"s\":0}")]
    [InlineData(6, "{\"type\":0,\"data\":{\"channel_id\":\"1\"}}")]
    [InlineData(7, "{\"user_id\":\"1\",\"channel_id\":\"1\"}")]
    [InlineData(0, "{}")]
    [InlineData(3, "{}")]
    [InlineData(99, "{}")]
    public async Task Row_11_anything_else_before_authentication_is_4001(int op, string d)
    {
        await using var backend = await OpenAsync(afterReady: false);

        await backend.Socket.SendAsync(op, d);

        (await backend.Socket.EndAsync()).Code.ShouldBe(4001);
        (await backend.Socket.RestAsync()).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("{\"token\":\"506aaac232169925bdf7d7796aaef85caca22860a6676a2a6adb63f4fdf6fda3\"}")]
    [InlineData("{\"token\":\"\"}")]
    [InlineData("{\"token\":5}")]
    [InlineData("{\"token\":null}")]
    [InlineData("{}")]
    [InlineData("null")]
    public async Task Row_11_wrong_missing_or_non_text_token_is_4001(string d)
    {
        foreach (var op in new[] { 1, 2 })
        {
            await using var backend = await OpenAsync(afterReady: false);

            await backend.Socket.SendAsync(op, d);

            (await backend.Socket.EndAsync()).Code.ShouldBe(4001);
            (await backend.Socket.RestAsync()).ShouldBeEmpty();
        }
    }

    [Fact]
    public async Task Row_11_reused_token_is_4001()
    {
        await using var earlier = await OpenAsync(afterReady: true);
        await using var backend = await OpenAsync(afterReady: false);

        await backend.Socket.SendAsync(1, $$"""{"token":"{{earlier.Token}}"}""");

        (await backend.Socket.EndAsync()).Code.ShouldBe(4001);
        earlier.Socket.IsOpen.ShouldBeTrue();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Row_11_identify_or_resume_when_live_is_4000(int op)
    {
        await using var backend = await OpenAsync(afterReady: true);

        await backend.Socket.SendAsync(op, $$"""{"token":"{{backend.Token}}","seq":0}""");

        (await backend.Socket.EndAsync()).Code.ShouldBe(4000);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(5)]
    [InlineData(8)]
    [InlineData(-1)]
    [InlineData(99)]
    public async Task Row_11_unknown_or_server_only_opcode_is_4000(int op)
    {
        await using var backend = await OpenAsync(afterReady: true);

        await backend.Socket.SendAsync(op, "{}");

        (await backend.Socket.EndAsync()).Code.ShouldBe(4000);
    }

    [Theory]
    [MemberData(nameof(Useless))]
    public async Task Row_11_useless_info_is_skipped_and_the_link_lives(string d)
    {
        await using var backend = await OpenAsync(afterReady: true);

        await backend.Socket.SendAsync(6, d);

        await backend.SettleAsync();
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{\"user_id\":\"1\"}")]
    [InlineData("{\"user_id\":\"1\",\"channel_id\":false}")]
    public async Task Row_11_useless_voice_state_request_is_skipped_and_the_link_lives(string d)
    {
        await using var backend = await OpenAsync(afterReady: true);

        await backend.Socket.SendAsync(7, d);

        await backend.SettleAsync(LvspForm.Document);
    }

    [Fact]
    public async Task Row_11_info_with_both_bodies_counts_as_data()
    {
        await using var backend = await OpenAsync(afterReady: true);
        var (meant, other) = (Ids.Next(), Ids.Next());

        await backend.SendAsync(RawSocket.Message(6, $$"""{"type":0,"info":{"id":"{{other}}"},"data":{"channel_id":"{{meant}}"} }"""));

        (await backend.TakeAsync(LvspForm.Litecord, 1)).Text("channel_id").ShouldBe(meant);
        await backend.SettleAsync();
    }

    [Fact]
    public async Task Row_11_skipped_messages_are_counted()
    {
        var node = await EndToEndNode.SharedAsync();
        await using var backend = await Backend.ConnectAsync(node);

        await backend.InfoAsync(LvspForm.Litecord, 7, "{}");
        await backend.SettleAsync();

        (await node.MetricsAsync()).ShouldContain("voicecluster_lvsp_skipped");
    }

    [Fact]
    public async Task Row_11_more_than_100_bad_messages_in_a_minute_are_4000()
    {
        await using var backend = await OpenAsync(afterReady: true);
        for (var message = 0; message < 100; message++)
        {
            await backend.InfoAsync(message % 2 == 0 ? LvspForm.Litecord : LvspForm.Document, 99, "{}");
        }

        await backend.SettleAsync();
        await backend.Socket.SendAsync(7, "{}");

        (await backend.Socket.EndAsync()).ShouldBe(new SocketEnd(4000, "too many bad messages"));
    }

    [Theory]
    [InlineData(LvspForm.Litecord, 2, "\"channel_id\":\"{c}\",\"guild_id\":\"{g}\",\"bitrate\":96000")]
    [InlineData(LvspForm.Litecord, 2, "\"channel_id\":\"{c}\",\"guild_id\":\"{g}\"")]
    [InlineData(LvspForm.Litecord, 3, "\"channel_id\":\"{c}\"")]
    [InlineData(LvspForm.Litecord, 5, "\"user_id\":\"{u}\",\"channel_id\":\"{c}\",\"guild_id\":\"{g}\"")]
    [InlineData(LvspForm.Litecord, 5, "\"user_id\":\"{u}\",\"guild_id\":\"{g}\",\"mute\":true")]
    [InlineData(LvspForm.Litecord, 6, "\"user_id\":\"{u}\",\"channel_id\":\"{c}\"")]
    [InlineData(LvspForm.Litecord, 6, "\"session_id\":\"nobody\",\"deaf\":true")]
    [InlineData(LvspForm.Document, 0, "\"id\":\"{c}\",\"deleted\":true")]
    [InlineData(LvspForm.Document, 1, "\"user_id\":\"{u}\",\"channel_id\":null,\"session_id\":\"nobody\"")]
    [InlineData(LvspForm.Document, 1, "\"user_id\":\"{u}\",\"guild_id\":\"{g}\",\"mute\":true")]
    public async Task Row_11_unknown_channel_or_user_is_never_an_error(LvspForm form, int type, string body)
    {
        await using var backend = await OpenAsync(afterReady: true);
        var named = body.Replace("{c}", Ids.Next()).Replace("{g}", Ids.Next()).Replace("{u}", Ids.Next());

        await backend.InfoAsync(form, type, $"{{{named}}}");

        await backend.SettleAsync(form);
    }

    [Fact]
    public async Task Row_11_second_connection_with_the_same_secret_has_equal_rights()
    {
        await using var first = await OpenAsync(afterReady: true);
        await using var second = await OpenAsync(afterReady: true);
        var (guild, channel) = (Ids.Next(), Ids.Next());

        var token = await first.RequestChannelAsync(LvspForm.Litecord, channel, guild);
        var joined = await second.JoinAsync(LvspForm.Litecord, Ids.Next(), channel, guild);

        (await second.RequestChannelAsync(LvspForm.Litecord, channel, guild)).ShouldBe(token);
        (await first.JoinAsync(LvspForm.Litecord, joined.UserId, channel, guild)).ShouldBe(joined);
        first.SessionId.ShouldNotBe(second.SessionId);
    }

    [Fact]
    public async Task Row_11_resume_of_a_session_on_another_socket_closes_that_with_4000()
    {
        await using var first = await OpenAsync(afterReady: true);
        await first.SettleAsync();
        await using var second = await OpenAsync(afterReady: false);

        await second.Socket.SendAsync(2, $$"""{"token":"{{first.Token}}","seq":1}""");

        (await second.Socket.NextAsync()).GetProperty("d").GetProperty("resumed").GetBoolean().ShouldBeTrue();
        (await first.Socket.EndAsync()).ShouldBe(new SocketEnd(4000, "resumed elsewhere"));
        second.Sequence = 1;
        await second.SettleAsync();
    }

    [Theory]
    [InlineData(false, 4 * 1024)]
    [InlineData(true, 64 * 1024)]
    public async Task Row_11_frame_too_large_is_1009(bool afterReady, int limit)
    {
        await using var backend = await OpenAsync(afterReady);

        await backend.SendAsync(RawSocket.Message(4, $"\"{new string('x', limit)}\""));

        (await backend.Socket.EndAsync()).Code.ShouldBe(1009);
    }

    [Fact]
    public async Task Row_11_frame_of_64_KiB_is_taken()
    {
        await using var backend = await OpenAsync(afterReady: true);
        var frame = RawSocket.Message(4, "{\"s\":0,\"x\":\"\"}");

        await backend.SendAsync(frame.Replace("\"x\":\"", $"\"x\":\"{new string('x', (64 * 1024) - frame.Length)}"));

        (await backend.Socket.NextAsync()).Op().ShouldBe(5);
    }

    [Fact]
    public async Task Row_11_client_that_reads_too_slowly_is_4000_and_can_resume()
    {
        await using var node = await EndToEndNode.StartAsync("--Limits:LvspOutboxMessages=16", "--Limits:LvspOutboxSize=64KiB");
        await using var backend = await Backend.GreetedAsync(await RawSocket.ConnectNarrowAsync(node.Lvsp));
        await backend.IdentifyAsync();
        var cut = node.Log.WaitForAsync(entry => entry.Message.Contains("too slow", StringComparison.Ordinal));

        backend.Socket.HoldReading();
        while (!cut.IsCompleted && await backend.Socket.TrySendAsync("{\"op\":4}"))
        {
        }

        await cut;
        backend.Socket.GoOnReading();
        (await backend.Socket.EndAsync()).ShouldBe(new SocketEnd(4000, "too slow"));
        await using var again = await Backend.OpenAsync(node);
        await again.Socket.SendAsync(2, $$"""{"token":"{{backend.Token}}","seq":0}""");
        (await again.Socket.NextAsync()).GetProperty("d").GetProperty("resumed").GetBoolean().ShouldBeTrue();
    }

    [Fact]
    public async Task Row_11_more_notices_at_once_than_the_session_keeps_are_4000_and_leave_no_gap()
    {
        await using var node = await EndToEndNode.StartAsync();
        await using var backend = await Backend.ConnectAsync(node);
        var sessions = node.Part<ILvspSessionStore>();
        for (var appended = 0; appended <= LvspOutbox.MaxMessages; appended++)
        {
            await sessions.AppendAsync(backend.SessionId, LvspAppend.Of("{}"u8.ToArray()), DateTimeOffset.UtcNow, CancellationToken.None);
        }

        await backend.InfoAsync(LvspForm.Litecord, 0, $$"""{"channel_id":"{{Ids.Next()}}"}""");

        (await backend.Socket.EndAsync()).ShouldBe(new SocketEnd(4000, "too slow"));
    }

    [Fact]
    public async Task Row_11_shutdown_is_1001_and_another_node_wants_a_fresh_identify()
    {
        string token;
        await using (var node = await EndToEndNode.StartAsync())
        {
            await using var backend = await Backend.ConnectAsync(node);
            token = backend.Token;

            await node.Host.StopAsync(CancellationToken.None);

            (await backend.Socket.EndAsync()).Code.ShouldBe(1001);
        }

        await using var another = await OpenAsync(afterReady: false);
        await another.Socket.SendAsync(2, $$"""{"token":"{{token}}","seq":0}""");
        (await another.Socket.EndAsync()).Code.ShouldBe(4001);
        await using var fresh = await OpenAsync(afterReady: true);
    }

    [Theory]
    [InlineData(LvspForm.Litecord, "--Limits:ChannelsPerRealm=1")]
    [InlineData(LvspForm.Document, "--Limits:ChannelsPerRealm=1")]
    [InlineData(LvspForm.Litecord, "--Limits:VoiceStatesPerRealm=1")]
    [InlineData(LvspForm.Document, "--Limits:VoiceStatesPerRealm=1")]
    public async Task Row_11_request_that_cannot_be_placed_is_told_as_a_destroyed_channel(LvspForm form, string limit)
    {
        await using var node = await EndToEndNode.StartAsync(limit);
        await using var backend = await Backend.ConnectAsync(node);
        var (channel, user) = (Ids.Next(), Ids.Next());
        await backend.RequestChannelAsync(form, channel);
        await backend.JoinAsync(form, Ids.Next(), channel);
        var full = limit.Contains("Channels", StringComparison.Ordinal) ? Ids.Next() : channel;

        var body = $$"""{"user_id":"{{user}}","channel_id":"{{full}}"}""";
        await (form == LvspForm.Litecord ? backend.InfoAsync(form, 4, body) : backend.Socket.SendAsync(7, body));

        var refused = await backend.TakeAsync(form, form == LvspForm.Litecord ? 2 : 0);
        refused.Text(form == LvspForm.Litecord ? "channel_id" : "id").ShouldBe(full);
        refused.Text("reason").ShouldBe("no capacity");
        (await backend.BeatAsync("{}")).GetProperty("seq").GetInt64().ShouldBe(backend.Sequence);
    }

    private static async Task<Backend> OpenAsync(bool afterReady)
    {
        var node = await EndToEndNode.SharedAsync();
        return afterReady ? await Backend.ConnectAsync(node) : await Backend.OpenAsync(node);
    }
}
