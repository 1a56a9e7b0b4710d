using VoiceCluster.Cluster.Credentials;
using VoiceCluster.Domain.VoiceStates;
using VoiceCluster.EndToEnd.Tests.Support;
using VoiceCluster.Protocol.Gateway;
using VoiceCluster.Protocol.Lvsp;
using VoiceCluster.TestKit;

namespace VoiceCluster.EndToEnd.Tests.Lvsp;

/// <summary>What LVSP's server does by itself as time goes by: sections 5, 8, 10.9, 10.10 and the timed rows of 11, on made time.</summary>
public sealed class TimedTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task Row_11_no_identify_in_10_seconds_is_4001()
    {
        await using var node = await StartAsync();
        await using var backend = await Backend.OpenAsync(node);

        node.Advance(9 * Second);
        backend.Socket.IsOpen.ShouldBeTrue();
        node.Advance(1 * Second);

        (await backend.Socket.EndAsync()).Code.ShouldBe(4001);
    }

    [Fact]
    public async Task Row_11_silence_of_60_seconds_is_4000()
    {
        await using var node = await StartAsync();
        await using var backend = await Backend.ConnectAsync(node);
        node.Advance(59 * Second);
        await backend.SettleAsync();

        node.Advance(59 * Second);
        backend.Socket.IsOpen.ShouldBeTrue();
        node.Advance(1 * Second);

        (await backend.Socket.EndAsync()).ShouldBe(new SocketEnd(4000, "heartbeat timeout"));
    }

    [Fact]
    public async Task Item_16_5_silent_client_that_answers_pings_is_connected_after_five_minutes()
    {
        await using var node = await EndToEndNode.StartAsync(new EndToEndSetup
        {
            Time = new ManualTimeProvider(),
            Lvsp = options => options with { Connection = options.Connection with { PingInterval = TimeSpan.FromMilliseconds(20) } },
        });
        await using var frames = await FrameSocket.ConnectAsync(node.Lvsp);
        var nonce = (await frames.ReadTextAsync()).GetProperty("d").Text("nonce");
        await frames.SendTextAsync(RawSocket.Message(1, $$"""{"token":"{{Backend.TokenFor(nonce)}}"}"""));
        (await frames.ReadTextAsync()).Op().ShouldBe(3);

        for (var elapsed = TimeSpan.Zero; elapsed <= TimeSpan.FromMinutes(5); elapsed += 30 * Second)
        {
            node.Advance(30 * Second);

            // The server pings again only when it has read the pong.
            await frames.AnswerPingAsync();
            await frames.AnswerPingAsync();
        }

        await frames.SendTextAsync("{\"op\":4}");
        (await frames.ReadTextAsync()).Op().ShouldBe(5);
    }

    [Fact]
    public async Task Row_11_heartbeats_that_stop_are_4000_after_two_and_a_half_intervals()
    {
        await using var node = await StartAsync();
        await using var backend = await Backend.ConnectAsync(node);
        node.Advance(30 * Second);
        await backend.BeatAsync("{\"s\":0}");

        node.Advance(45 * Second);
        await backend.SettleAsync();
        node.Advance(29 * Second);
        await backend.SettleAsync();
        node.Advance(1 * Second);

        (await backend.Socket.EndAsync()).ShouldBe(new SocketEnd(4000, "heartbeat timeout"));
    }

    [Fact]
    public async Task Row_11_heartbeats_are_held_to_the_longest_gap_seen()
    {
        await using var node = await StartAsync();
        await using var backend = await Backend.ConnectAsync(node);
        node.Advance(50 * Second);
        await backend.BeatAsync("{\"s\":0}");

        foreach (var step in new[] { 50, 50, 24 })
        {
            node.Advance(step * Second);
            await backend.SettleAsync();
        }

        node.Advance(1 * Second);
        (await backend.Socket.EndAsync()).ShouldBe(new SocketEnd(4000, "heartbeat timeout"));
    }

    [Fact]
    public async Task Row_11_required_heartbeat_that_never_comes_is_4000()
    {
        await using var node = await StartAsync("--Lvsp:RequireHeartbeat=true");
        await using var backend = await Backend.ConnectAsync(node);
        foreach (var step in new[] { 40, 34 })
        {
            node.Advance(step * Second);
            await backend.SettleAsync();
        }

        node.Advance(1 * Second);

        (await backend.Socket.EndAsync()).ShouldBe(new SocketEnd(4000, "heartbeat timeout"));
    }

    [Theory]
    [InlineData(LvspForm.Litecord)]
    [InlineData(LvspForm.Document)]
    public async Task Scenario_10_9_unclaimed_voice_state_is_ended_and_told(LvspForm form)
    {
        await using var node = await StartAsync();
        await using var backend = await Backend.ConnectAsync(node);
        var user = await JoinAsync(backend, form);

        node.Advance(20 * Second);

        await TakeEndedAsync(backend, form, user, "unclaimed");
        (await node.MembershipAsync(user)).ShouldBeNull();
    }

    [Theory]
    [InlineData(LvspForm.Litecord)]
    [InlineData(LvspForm.Document)]
    public async Task Scenario_10_9_lost_voice_client_is_ended_and_told(LvspForm form)
    {
        await using var node = await StartAsync();
        await using var backend = await Backend.ConnectAsync(node);
        var user = await JoinAsync(backend, form);
        await using (var voice = await RawSocket.ConnectAsync(new Uri(node.Voice, "?v=8")))
        {
            (await voice.NextAsync()).Op().ShouldBe(8);
            await voice.SendAsync(0, Identify(user));
            (await voice.NextAsync()).Op().ShouldBe(2);
        }

        await node.DetachedAsync(user);
        node.Advance(15 * Second);

        await TakeEndedAsync(backend, form, user, "disconnected");
    }

    [Theory]
    [InlineData(LvspForm.Litecord)]
    [InlineData(LvspForm.Document)]
    public async Task Scenario_10_9_channel_without_users_is_forgotten_and_told(LvspForm form)
    {
        await using var node = await StartAsync("--Voice:ChannelIdleTimeout=30s");
        await using var backend = await Backend.ConnectAsync(node);
        var channel = Ids.Next();
        var token = await backend.RequestChannelAsync(form, channel);

        node.Advance(30 * Second);

        var gone = await backend.TakeAsync(form, form == LvspForm.Litecord ? 2 : 0);
        gone.Text(form == LvspForm.Litecord ? "channel_id" : "id").ShouldBe(channel);
        gone.Text("reason").ShouldBe("expired");
        if (form == LvspForm.Document)
        {
            gone.GetProperty("deleted").GetBoolean().ShouldBeTrue();
        }

        (await backend.RequestChannelAsync(form, channel)).ShouldNotBe(token);
    }

    [Fact]
    public async Task Scenario_10_9_channel_is_kept_for_its_idle_time_after_the_last_request_or_user()
    {
        await using var node = await StartAsync("--Voice:ChannelIdleTimeout=30s");
        await using var backend = await Backend.ConnectAsync(node);
        var channel = Ids.Next();
        var token = await backend.RequestChannelAsync(LvspForm.Litecord, channel);

        node.Advance(29 * Second);
        (await backend.RequestChannelAsync(LvspForm.Litecord, channel)).ShouldBe(token);
        node.Advance(29 * Second);
        var user = await backend.JoinAsync(LvspForm.Litecord, Ids.Next(), channel);
        node.Advance(19 * Second);
        await backend.LeaveAsync(LvspForm.Litecord, user);
        await backend.SettleAsync();
        node.Advance(29 * Second);

        (await backend.RequestChannelAsync(LvspForm.Litecord, channel)).ShouldBe(token);
    }

    [Fact]
    public async Task Scenario_10_9_ends_are_told_to_whoever_repeated_the_object_last_or_else_to_any_of_the_realm()
    {
        await using var node = await StartAsync();
        await using var maker = await Backend.ConnectAsync(node);
        await using var repeater = await Backend.ConnectAsync(node);
        var user = await JoinAsync(maker, LvspForm.Litecord);
        await repeater.JoinAsync(LvspForm.Litecord, user.UserId, user.ChannelId);
        var orphan = await JoinAsync(maker, LvspForm.Litecord);
        await maker.SettleAsync();
        await repeater.SettleAsync();
        await node.LoseAsync(maker);
        node.Advance(15 * Second);
        await repeater.SettleAsync();

        node.Advance(5 * Second);

        await TakeEndedAsync(repeater, LvspForm.Litecord, user, "unclaimed");
        (await node.MembershipAsync(orphan)).ShouldBeNull();
        await using var again = await Backend.OpenAsync(node);
        await again.Socket.SendAsync(2, $$"""{"token":"{{maker.Token}}","seq":{{maker.Sequence}} }""");
        again.Sequence = maker.Sequence;
        await TakeEndedAsync(again, LvspForm.Litecord, orphan, "unclaimed");
    }

    [Fact]
    public async Task Item_16_11_what_nobody_asked_for_comes_in_the_form_used_last()
    {
        await using var node = await StartAsync();
        await using var backend = await Backend.ConnectAsync(node);
        var user = await JoinAsync(backend, LvspForm.Litecord);
        await backend.SettleAsync(LvspForm.Document);

        node.Advance(20 * Second);

        await TakeEndedAsync(backend, LvspForm.Document, user, "unclaimed");
    }

    [Fact]
    public async Task Item_16_14_what_nobody_asked_for_comes_in_Litecord_form_on_a_compatible_link()
    {
        await using var node = await StartAsync();
        await using var backend = await Backend.ConnectAsync(node, "?compat=litecord");
        var user = await JoinAsync(backend, LvspForm.Document);

        node.Advance(20 * Second);

        await TakeEndedAsync(backend, LvspForm.Litecord, user, "unclaimed");
    }

    [Theory]
    [InlineData(LvspForm.Litecord)]
    [InlineData(LvspForm.Document)]
    public async Task Scenario_10_10_server_moves_a_user(LvspForm form)
    {
        var node = await EndToEndNode.SharedAsync();
        await using var backend = await Backend.ConnectAsync(node);
        var user = await JoinAsync(backend, form);
        await using var other = await Caller.ConnectAsync(node, await backend.JoinAsync(form, Ids.Next(), user.ChannelId));
        await using var before = await Caller.ConnectAsync(node, user);
        await before.Client.SpeakAsync(Protocol.Primitives.SpeakingFlags.Voice);
        await other.UntilEventAsync<SpeakingEvent>(speaking => speaking.Ssrc == before.Client.Ready!.Ssrc);

        await node.CommandAsync(user, new VoiceStateCommand.Relocate(CredentialMinter.NewSalt()));

        var moved = await backend.TakeJoinedAsync(form);
        (moved.SessionId == user.SessionId, moved.Token == user.Token).ShouldBe((true, false));
        await before.SpeakToAsync(other);
        await using var after = await Caller.ConnectAsync(node, moved);
        (await before.EndAsync()).Code.ShouldBe(4014);
        await other.UntilEventAsync<SpeakingEvent>(speaking => speaking.Ssrc == after.Client.Ready!.Ssrc);
        (await after.SpeakToAsync(other)).UserId.ShouldBe(user.UserId);
        other.Client.Roster.Contains(Ids.Snowflake(user.UserId)).ShouldBeTrue();
    }

    [Fact]
    public async Task Scenario_10_7_leave_join_and_destroy_within_one_instant_leave_a_state_that_works()
    {
        await using var node = await StartAsync();
        await using var backend = await Backend.ConnectAsync(node);
        var user = await JoinAsync(backend, LvspForm.Litecord);
        await using (var first = await Caller.ConnectAsync(node, user))
        {
            await backend.LeaveAsync(LvspForm.Litecord, user);
            (await first.EndAsync()).Code.ShouldBe(4014);
        }

        user = await backend.JoinAsync(LvspForm.Litecord, user.UserId, user.ChannelId);
        await using (var second = await Caller.ConnectAsync(node, user))
        {
            await backend.DestroyAsync(LvspForm.Litecord, user.ChannelId);
            (await second.EndAsync()).Code.ShouldBe(4022);
        }

        await backend.RequestChannelAsync(LvspForm.Litecord, user.ChannelId);
        await using var speaker = await Caller.ConnectAsync(node, await backend.JoinAsync(LvspForm.Litecord, user.UserId, user.ChannelId));
        await using var listener = await Caller.ConnectAsync(node, await backend.JoinAsync(LvspForm.Litecord, Ids.Next(), user.ChannelId));
        await speaker.SpeakToAsync(listener);
    }

    private static Task<EndToEndNode> StartAsync(params string[] flags) => EndToEndNode.StartAsync(new EndToEndSetup
    {
        Time = new ManualTimeProvider(),
        Flags = ["--Voice:UnclaimedTimeout=20s", "--Voice:ResumeWindow=15s", .. flags],
    });

    private static async Task<Credentials> JoinAsync(Backend backend, LvspForm form)
    {
        var channel = Ids.Next();
        await backend.RequestChannelAsync(form, channel);
        return await backend.JoinAsync(form, Ids.Next(), channel);
    }

    private static async Task TakeEndedAsync(Backend backend, LvspForm form, Credentials user, string reason)
    {
        var ended = await backend.TakeAsync(form, form == LvspForm.Litecord ? 5 : 1);
        ended.Text("user_id").ShouldBe(user.UserId);
        ended.Text("session_id").ShouldBe(user.SessionId);
        ended.Text("reason").ShouldBe(reason);
        if (form == LvspForm.Litecord)
        {
            ended.Text("channel_id").ShouldBe(user.ChannelId);
            ended.TryGetProperty("guild_id", out _).ShouldBeTrue();
            return;
        }

        ended.GetProperty("channel_id").ValueKind.ShouldBe(System.Text.Json.JsonValueKind.Null);
        ended.Text("last_channel_id").ShouldBe(user.ChannelId);
        new[] { "deaf", "mute", "self_deaf", "self_mute", "suppress" }.ShouldAllBe(name => ended.Names().Contains(name));
    }

    private static string Identify(Credentials user) =>
        $$"""{"server_id":"{{user.ServerId}}","user_id":"{{user.UserId}}","session_id":"{{user.SessionId}}","token":"{{user.Token}}"}""";
}
