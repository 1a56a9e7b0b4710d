using System.Text.Json;
using VoiceCluster.EndToEnd.Tests.Support;
using VoiceCluster.Protocol.Lvsp;

namespace VoiceCluster.EndToEnd.Tests.Lvsp;

/// <summary>Section 10 of LVSP, the scenarios of a user: 10.4 to 10.8.</summary>
public sealed class UserScenarioTests : IAsyncLifetime
{
    private static readonly string[] Booleans = ["deaf", "mute", "self_deaf", "self_mute", "suppress"];

    private Backend? _backend;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await (_backend?.DisposeAsync() ?? ValueTask.CompletedTask);

    [Theory]
    [InlineData(4)]
    [InlineData(3)]
    public async Task Scenario_10_4_user_joins_a_channel_that_exists_Litecord_form(int type)
    {
        var (node, backend) = await ConnectAsync();
        var (guild, channel, user) = (Ids.Next(), Ids.Next(), Ids.Next());
        await backend.RequestChannelAsync(LvspForm.Litecord, channel, guild);

        await backend.InfoAsync(LvspForm.Litecord, type, $$"""{"user_id":"{{user}}","guild_id":"{{guild}}","channel_id":"{{channel}}"}""");

        var done = await backend.TakeAsync(LvspForm.Litecord, 4);
        done.Names().ShouldBe(["user_id", "channel_id", "guild_id", "session_id", "token", "endpoint"], ignoreOrder: true);
        (done.Text("user_id"), done.Text("guild_id"), done.Text("channel_id")).ShouldBe((user, guild, channel));
        done.Text("session_id").ShouldMatch("^[A-Za-z0-9]{32}$");
        done.Text("endpoint").ShouldBe($"localhost:{node.Https.Port}");
        await using var caller = await Caller.ConnectAsync(node, new Credentials(user, guild, channel, done.Text("session_id"), done.Text("token")));
    }

    [Fact]
    public async Task Scenario_10_4_user_joins_a_channel_that_exists_document_form()
    {
        var (node, backend) = await ConnectAsync();
        var (channel, user) = (Ids.Next(), Ids.Next());
        await backend.RequestChannelAsync(LvspForm.Document, channel);

        await backend.Socket.SendAsync(7, $$"""{"user_id":"{{user}}","channel_id":"{{channel}}"}""");

        var info = await TakeVoiceInfoAsync(backend);
        (info.Text("user_id"), info.Text("channel_id")).ShouldBe((user, channel));
        info.Text("endpoint").ShouldBe($"localhost:{node.Https.Port}");
        await using var caller = await Caller.ConnectAsync(node, new Credentials(user, null, channel, info.Text("session_id"), info.Text("token")));
    }

    [Fact]
    public async Task Scenario_10_4_user_joins_with_voice_info_and_its_booleans_document_form()
    {
        var (_, backend) = await ConnectAsync();
        var (guild, channel, user) = (Ids.Next(), Ids.Next(), Ids.Next());
        await backend.RequestChannelAsync(LvspForm.Document, channel, guild);

        await backend.InfoAsync(
            LvspForm.Document, 1, $$"""{"user_id":"{{user}}","channel_id":"{{channel}}","guild_id":"{{guild}}","mute":true,"self_deaf":true}""");

        var info = await backend.TakeAsync(LvspForm.Document, 1);
        info.Text("guild_id").ShouldBe(guild);
        Booleans.Where(name => info.GetProperty(name).GetBoolean()).ShouldBe(["mute", "self_deaf"]);
    }

    [Fact]
    public async Task Scenario_10_5_join_right_behind_the_channel_request_Litecord_form()
    {
        var (_, backend) = await ConnectAsync();
        var (guild, channel, user) = (Ids.Next(), Ids.Next(), Ids.Next());

        await backend.InfoAsync(LvspForm.Litecord, 0, $$"""{"guild_id":"{{guild}}","channel_id":"{{channel}}"}""");
        await backend.InfoAsync(LvspForm.Litecord, 4, $$"""{"user_id":"{{user}}","guild_id":"{{guild}}","channel_id":"{{channel}}"}""");

        (await backend.TakeAsync(LvspForm.Litecord, 1)).Text("channel_id").ShouldBe(channel);
        (await backend.TakeAsync(LvspForm.Litecord, 4)).Text("user_id").ShouldBe(user);
    }

    [Fact]
    public async Task Scenario_10_5_join_of_an_unknown_channel_makes_it_first_Litecord_form()
    {
        var (_, backend) = await ConnectAsync();
        var (guild, channel, user) = (Ids.Next(), Ids.Next(), Ids.Next());

        await backend.InfoAsync(LvspForm.Litecord, 4, $$"""{"user_id":"{{user}}","guild_id":"{{guild}}","channel_id":"{{channel}}"}""");

        (await backend.TakeAsync(LvspForm.Litecord, 1)).Text("channel_id").ShouldBe(channel);
        (await backend.TakeAsync(LvspForm.Litecord, 4)).Text("user_id").ShouldBe(user);
    }

    [Fact]
    public async Task Scenario_10_5_join_of_an_unknown_channel_makes_it_first_document_form()
    {
        var (_, backend) = await ConnectAsync();
        var (channel, user) = (Ids.Next(), Ids.Next());

        await backend.Socket.SendAsync(7, $$"""{"user_id":"{{user}}","channel_id":"{{channel}}"}""");

        var made = await backend.TakeAsync(LvspForm.Document, 0);
        (made.Text("id"), made.GetProperty("bitrate").GetInt32()).ShouldBe((channel, 64000));
        (await backend.TakeAsync(LvspForm.Document, 1)).Text("user_id").ShouldBe(user);
    }

    [Theory]
    [InlineData(5, "\"user_id\":\"{u}\",\"channel_id\":\"{c}\",\"guild_id\":\"{g}\"")]
    [InlineData(6, "\"user_id\":\"{u}\",\"channel_id\":\"{c}\",\"guild_id\":\"{g}\"")]
    [InlineData(5, "\"session_id\":\"{s}\"")]
    [InlineData(6, "\"user_id\":\"{u}\",\"guild_id\":\"{g}\"")]
    [InlineData(6, "\"user_id\":\"{u}\",\"channel_id\":\"{c}\",\"guild_id\":\"{g}\",\"session_id\":\"{s}\"")]
    public async Task Scenario_10_6_user_leaves_Litecord_form(int type, string named)
    {
        var (node, backend) = await ConnectAsync();
        var (guild, channel) = (Ids.Next(), Ids.Next());
        var token = await backend.RequestChannelAsync(LvspForm.Litecord, channel, guild);
        var user = await backend.JoinAsync(LvspForm.Litecord, Ids.Next(), channel, guild);
        await using var caller = await Caller.ConnectAsync(node, user);
        var body = named.Replace("{u}", user.UserId).Replace("{c}", channel).Replace("{g}", guild).Replace("{s}", user.SessionId);

        await backend.InfoAsync(LvspForm.Litecord, type, $"{{{body}}}");

        (await caller.EndAsync()).Code.ShouldBe(4014);
        (await backend.RequestChannelAsync(LvspForm.Litecord, channel, guild)).ShouldBe(token);
        await SessionIsWorthlessAsync(node, user);
    }

    [Fact]
    public async Task Scenario_10_6_user_leaves_document_form()
    {
        var (node, backend) = await ConnectAsync();
        var channel = Ids.Next();
        await backend.RequestChannelAsync(LvspForm.Document, channel);
        var user = await backend.JoinAsync(LvspForm.Document, Ids.Next(), channel);
        await using var caller = await Caller.ConnectAsync(node, user);

        await backend.InfoAsync(LvspForm.Document, 1, $$"""{"user_id":"{{user.UserId}}","channel_id":null,"session_id":"{{user.SessionId}}"}""");

        (await caller.EndAsync()).Code.ShouldBe(4014);
        await SessionIsWorthlessAsync(node, user);

        // The channel stayed: a join is answered without a word about it.
        await backend.JoinAsync(LvspForm.Document, user.UserId, channel);
    }

    [Theory]
    [InlineData(LvspForm.Litecord)]
    [InlineData(LvspForm.Document)]
    public async Task Scenario_10_6_user_who_is_not_there_leaves_without_effect(LvspForm form)
    {
        var (_, backend) = await ConnectAsync();
        var nobody = new Credentials(Ids.Next(), Ids.Next(), Ids.Next(), new string('x', 32), string.Empty);

        await backend.LeaveAsync(form, nobody);

        await backend.SettleAsync(form);
    }

    [Fact]
    public async Task Scenario_10_6_leave_with_a_session_id_of_the_past_does_not_end_the_new_state()
    {
        var (_, backend) = await ConnectAsync();
        var (guild, channel) = (Ids.Next(), Ids.Next());
        await backend.RequestChannelAsync(LvspForm.Litecord, channel, guild);
        var first = await backend.JoinAsync(LvspForm.Litecord, Ids.Next(), channel, guild);
        await backend.InfoAsync(LvspForm.Litecord, 5, $$"""{"session_id":"{{first.SessionId}}","mute":true}""");
        await backend.LeaveAsync(LvspForm.Litecord, first);
        var second = await backend.JoinAsync(LvspForm.Litecord, first.UserId, channel, guild);

        await backend.InfoAsync(LvspForm.Litecord, 5, $$"""{"session_id":"{{first.SessionId}}"}""");

        (await backend.JoinAsync(LvspForm.Litecord, first.UserId, channel, guild)).SessionId.ShouldBe(second.SessionId);
    }

    [Fact]
    public async Task Scenario_10_7_user_moves_by_leave_and_join_Litecord_form()
    {
        var (node, backend) = await ConnectAsync();
        var (guild, from, to) = (Ids.Next(), Ids.Next(), Ids.Next());
        await backend.RequestChannelAsync(LvspForm.Litecord, from, guild);
        await backend.RequestChannelAsync(LvspForm.Litecord, to, guild);
        var user = await backend.JoinAsync(LvspForm.Litecord, Ids.Next(), from, guild);
        await using var caller = await Caller.ConnectAsync(node, user);

        await backend.LeaveAsync(LvspForm.Litecord, user);
        var moved = await backend.JoinAsync(LvspForm.Litecord, user.UserId, to, guild);

        (await caller.EndAsync()).Code.ShouldBe(4014);
        moved.ChannelId.ShouldBe(to);
        moved.SessionId.ShouldNotBe(user.SessionId);
        await using var again = await Caller.ConnectAsync(node, moved);
    }

    [Theory]
    [InlineData(LvspForm.Litecord)]
    [InlineData(LvspForm.Document)]
    public async Task Scenario_10_7_user_moves_by_the_join_alone(LvspForm form)
    {
        var (node, backend) = await ConnectAsync();
        var (guild, from, to) = (Ids.Next(), Ids.Next(), Ids.Next());
        await backend.RequestChannelAsync(form, from, guild);
        await backend.RequestChannelAsync(form, to, guild);
        var user = await backend.JoinAsync(form, Ids.Next(), from, guild);
        await using var caller = await Caller.ConnectAsync(node, user);

        await backend.InfoAsync(form, form == LvspForm.Litecord ? 4 : 1, $$"""{"user_id":"{{user.UserId}}","guild_id":"{{guild}}","channel_id":"{{to}}"}""");

        var moved = await backend.TakeJoinedAsync(form, guild);
        moved.ChannelId.ShouldBe(to);
        (moved.SessionId == user.SessionId, moved.Token == user.Token).ShouldBe((false, false));
        await using var again = await Caller.ConnectAsync(node, moved);
        (await caller.EndAsync()).Code.ShouldBe(4014);
    }

    [Theory]
    [InlineData(LvspForm.Litecord, 5)]
    [InlineData(LvspForm.Litecord, 6)]
    [InlineData(LvspForm.Document, 1)]
    public async Task Scenario_10_8_mute_and_deaf_are_in_force_at_once_and_not_answered(LvspForm form, int type)
    {
        var (node, backend) = await ConnectAsync();
        var (guild, channel) = (Ids.Next(), Ids.Next());
        await backend.RequestChannelAsync(form, channel, guild);
        var user = await backend.JoinAsync(form, Ids.Next(), channel, guild);
        await using var caller = await Caller.ConnectAsync(node, user);
        await using var other = await Caller.ConnectAsync(node, await backend.JoinAsync(form, Ids.Next(), channel, guild));
        await caller.SpeakToAsync(other);

        await backend.InfoAsync(form, type, Named(user, "\"mute\":true"));

        await backend.SettleAsync(form);
        await caller.FallsSilentToAsync(other);
        await backend.InfoAsync(form, type, Named(user, "\"mute\":false,\"deaf\":true"));
        await backend.SettleAsync(form);
        await caller.SpeakToAsync(other);
        await other.FallsSilentToAsync(caller);
    }

    private static string Named(Credentials user, string flags) =>
        $$"""{"user_id":"{{user.UserId}}","channel_id":"{{user.ChannelId}}","guild_id":"{{user.GuildId}}",{{flags}}}""";

    private static async Task SessionIsWorthlessAsync(EndToEndNode node, Credentials user)
    {
        await using var late = await RawSocket.ConnectAsync(new Uri(node.Voice, "?v=8"));
        await late.SendAsync(0, $$"""{"server_id":"{{user.ServerId}}","user_id":"{{user.UserId}}","session_id":"{{user.SessionId}}","token":"{{user.Token}}"}""");
        (await late.EndAsync()).Code.ShouldBeOneOf(4004, 4006);
    }

    private static async Task<JsonElement> TakeVoiceInfoAsync(Backend backend)
    {
        var info = await backend.TakeAsync(LvspForm.Document, 1);
        info.Names().ShouldBe(["user_id", "channel_id", "session_id", .. Booleans, "token", "endpoint"], ignoreOrder: true);
        Booleans.ShouldAllBe(name => info.GetProperty(name).ValueKind == JsonValueKind.False);
        return info;
    }

    private async Task<(EndToEndNode Node, Backend Backend)> ConnectAsync()
    {
        var node = await EndToEndNode.SharedAsync();
        _backend = await Backend.ConnectAsync(node);
        return (node, _backend);
    }
}
