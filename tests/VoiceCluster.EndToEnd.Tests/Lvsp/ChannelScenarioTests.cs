using VoiceCluster.EndToEnd.Tests.Support;
using VoiceCluster.Protocol.Lvsp;

namespace VoiceCluster.EndToEnd.Tests.Lvsp;

/// <summary>Section 10 of LVSP, the scenarios of a channel: 10.1 to 10.3.</summary>
public sealed class ChannelScenarioTests : IAsyncLifetime
{
    private Backend? _backend;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await (_backend?.DisposeAsync() ?? ValueTask.CompletedTask);

    [Fact]
    public async Task Scenario_10_1_channel_is_initialised_Litecord_form()
    {
        var (node, backend) = await ConnectAsync();
        var (guild, channel) = (Ids.Next(), Ids.Next());

        await backend.InfoAsync(LvspForm.Litecord, 0, $$"""{"guild_id":"{{guild}}","channel_id":"{{channel}}"}""");

        var assigned = await backend.TakeAsync(LvspForm.Litecord, 1);
        assigned.Names().ShouldBe(["channel_id", "guild_id", "token", "endpoint"], ignoreOrder: true);
        assigned.Text("guild_id").ShouldBe(guild);
        assigned.Text("channel_id").ShouldBe(channel);
        assigned.Text("token").ShouldMatch("^[A-Za-z0-9]{64}$");
        assigned.Text("endpoint").ShouldBe($"localhost:{node.Https.Port}");
    }

    [Fact]
    public async Task Scenario_10_1_channel_is_initialised_document_form()
    {
        var (node, backend) = await ConnectAsync();
        var channel = Ids.Next();

        await backend.InfoAsync(LvspForm.Document, 0, $$"""{"id":"{{channel}}","bitrate":64000}""");

        var made = await backend.TakeAsync(LvspForm.Document, 0);
        made.Names().ShouldBe(["id", "bitrate", "token", "endpoint"], ignoreOrder: true);
        made.Text("id").ShouldBe(channel);
        made.GetProperty("bitrate").GetInt32().ShouldBe(64000);
        made.Text("token").ShouldMatch("^[A-Za-z0-9]{64}$");
        made.Text("endpoint").ShouldBe($"localhost:{node.Https.Port}");
    }

    [Fact]
    public async Task Scenario_10_1_channel_cannot_be_placed_Litecord_form()
    {
        await using var node = await EndToEndNode.StartAsync("--Limits:ChannelsPerRealm=1");
        await using var backend = await Backend.ConnectAsync(node);
        await backend.RequestChannelAsync(LvspForm.Litecord, Ids.Next(), Ids.Next());
        var (guild, channel) = (Ids.Next(), Ids.Next());

        await backend.InfoAsync(LvspForm.Litecord, 0, $$"""{"guild_id":"{{guild}}","channel_id":"{{channel}}"}""");

        var refused = await backend.TakeAsync(LvspForm.Litecord, 2);
        refused.Text("guild_id").ShouldBe(guild);
        refused.Text("channel_id").ShouldBe(channel);
        refused.Text("reason").ShouldBe("no capacity");
    }

    [Fact]
    public async Task Scenario_10_1_channel_cannot_be_placed_document_form()
    {
        await using var node = await EndToEndNode.StartAsync("--Limits:ChannelsPerRealm=1");
        await using var backend = await Backend.ConnectAsync(node);
        await backend.RequestChannelAsync(LvspForm.Document, Ids.Next());
        var channel = Ids.Next();

        await backend.InfoAsync(LvspForm.Document, 0, $$"""{"id":"{{channel}}","bitrate":64000}""");

        var refused = await backend.TakeAsync(LvspForm.Document, 0);
        refused.Text("id").ShouldBe(channel);
        refused.GetProperty("deleted").GetBoolean().ShouldBeTrue();
        refused.Text("reason").ShouldBe("no capacity");
    }

    [Fact]
    public async Task Scenario_10_2_channel_is_updated_Litecord_form_silently_and_users_stay()
    {
        var (node, backend) = await ConnectAsync();
        var (guild, channel) = (Ids.Next(), Ids.Next());
        var token = await backend.RequestChannelAsync(LvspForm.Litecord, channel, guild);
        await using var caller = await Caller.ConnectAsync(node, await backend.JoinAsync(LvspForm.Litecord, Ids.Next(), channel, guild));

        await backend.InfoAsync(LvspForm.Litecord, 2, $$"""{"guild_id":"{{guild}}","channel_id":"{{channel}}","bitrate":96000}""");

        (await backend.RequestChannelAsync(LvspForm.Litecord, channel, guild)).ShouldBe(token);
        (await node.ChannelAsync(channel, guild))!.BitrateBps.ShouldBe(96000);
        caller.Client.Ended.IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task Scenario_10_2_channel_is_updated_document_form_silently_and_users_stay()
    {
        var (node, backend) = await ConnectAsync();
        var channel = Ids.Next();
        await backend.RequestChannelAsync(LvspForm.Document, channel);
        await using var caller = await Caller.ConnectAsync(node, await backend.JoinAsync(LvspForm.Document, Ids.Next(), channel));

        await backend.InfoAsync(LvspForm.Document, 0, $$"""{"id":"{{channel}}","bitrate":96000}""");

        await backend.SettleAsync(LvspForm.Document);
        (await node.ChannelAsync(channel))!.BitrateBps.ShouldBe(96000);
        caller.Client.Ended.IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task Scenario_10_2_other_bitrate_in_force_is_told_document_form()
    {
        var (_, backend) = await ConnectAsync();
        var channel = Ids.Next();
        await backend.RequestChannelAsync(LvspForm.Document, channel);

        await backend.InfoAsync(LvspForm.Document, 0, $$"""{"id":"{{channel}}","bitrate":9000000}""");

        var inForce = await backend.TakeAsync(LvspForm.Document, 0);
        inForce.Names().ShouldBe(["id", "bitrate"], ignoreOrder: true);
        inForce.Text("id").ShouldBe(channel);
        inForce.GetProperty("bitrate").GetInt32().ShouldBe(LvspBitrate.Maximum);
    }

    [Fact]
    public async Task Scenario_10_2_unknown_channel_is_skipped_Litecord_form()
    {
        var (node, backend) = await ConnectAsync();
        var (guild, channel) = (Ids.Next(), Ids.Next());

        await backend.InfoAsync(LvspForm.Litecord, 2, $$"""{"guild_id":"{{guild}}","channel_id":"{{channel}}","bitrate":96000}""");

        await backend.SettleAsync();
        (await node.ChannelAsync(channel, guild)).ShouldBeNull();
    }

    [Fact]
    public async Task Scenario_10_2_unknown_channel_is_made_document_form()
    {
        var (_, backend) = await ConnectAsync();
        var channel = Ids.Next();

        await backend.InfoAsync(LvspForm.Document, 0, $$"""{"id":"{{channel}}","bitrate":96}""");

        var made = await backend.TakeAsync(LvspForm.Document, 0);
        made.GetProperty("bitrate").GetInt32().ShouldBe(96000);
        made.Text("token").ShouldNotBeEmpty();
    }

    [Theory]
    [InlineData(3)]
    [InlineData(2)]
    public async Task Scenario_10_3_channel_is_destroyed_Litecord_form(int type)
    {
        var (node, backend) = await ConnectAsync();
        var (guild, channel) = (Ids.Next(), Ids.Next());
        var token = await backend.RequestChannelAsync(LvspForm.Litecord, channel, guild);
        var user = await backend.JoinAsync(LvspForm.Litecord, Ids.Next(), channel, guild);
        await using var caller = await Caller.ConnectAsync(node, user);

        await backend.InfoAsync(LvspForm.Litecord, type, $$"""{"guild_id":"{{guild}}","channel_id":"{{channel}}"}""");

        (await caller.EndAsync()).Code.ShouldBe(4022);
        (await backend.RequestChannelAsync(LvspForm.Litecord, channel, guild)).ShouldNotBe(token);
        (await backend.JoinAsync(LvspForm.Litecord, user.UserId, channel, guild)).SessionId.ShouldNotBe(user.SessionId);
    }

    [Fact]
    public async Task Scenario_10_3_channel_is_destroyed_document_form()
    {
        var (node, backend) = await ConnectAsync();
        var channel = Ids.Next();
        var token = await backend.RequestChannelAsync(LvspForm.Document, channel);
        var user = await backend.JoinAsync(LvspForm.Document, Ids.Next(), channel);
        await using var caller = await Caller.ConnectAsync(node, user);

        await backend.InfoAsync(LvspForm.Document, 0, $$"""{"id":"{{channel}}","deleted":true}""");

        (await caller.EndAsync()).Code.ShouldBe(4022);
        (await backend.RequestChannelAsync(LvspForm.Document, channel)).ShouldNotBe(token);
        (await backend.JoinAsync(LvspForm.Document, user.UserId, channel)).SessionId.ShouldNotBe(user.SessionId);
    }

    [Theory]
    [InlineData(LvspForm.Litecord)]
    [InlineData(LvspForm.Document)]
    public async Task Scenario_10_3_unknown_channel_is_no_error(LvspForm form)
    {
        var (_, backend) = await ConnectAsync();

        await backend.DestroyAsync(form, Ids.Next(), Ids.Next());

        await backend.SettleAsync(form);
    }

    private async Task<(EndToEndNode Node, Backend Backend)> ConnectAsync()
    {
        var node = await EndToEndNode.SharedAsync();
        _backend = await Backend.ConnectAsync(node);
        return (node, _backend);
    }
}
