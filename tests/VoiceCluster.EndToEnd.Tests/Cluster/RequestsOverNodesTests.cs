using Microsoft.Extensions.DependencyInjection;
using VoiceCluster.Client.Postgres;
using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Cluster.Placement;
using VoiceCluster.Domain.Placement;
using VoiceCluster.EndToEnd.Tests.Support;
using VoiceCluster.Protocol.Lvsp;
using VoiceCluster.TestKit;

namespace VoiceCluster.EndToEnd.Tests.Cluster;

/// <summary>
/// Every request of LVSP's scenarios (section 10), each over another session on another node than the one before it, which has been answered: the effect
/// is the same on all.
/// </summary>
public sealed class RequestsOverNodesTests : IAsyncLifetime
{
    private readonly List<EndToEndNode> _nodes = [];
    private readonly List<Backend> _backends = [];
    private int _turn;

    public async Task InitializeAsync()
    {
        if (PostgresServer.MissingReason is not null)
        {
            return;
        }

        var database = await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();
        for (var number = 1; number <= 3; number++)
        {
            var node = await EndToEndNode.StartAsync(new EndToEndSetup
            {
                Flags =
                [
                    $"--Node:Id=node-{number}",
                    "--Cluster:Store=Postgres",
                    $"--Cluster:Postgres:ConnectionString={database}",
                    "--Cluster:Secret=the-secret-of-this-cluster",
                    "--Cluster:Listen=127.0.0.1:0",
                ],
                // What else runs on this machine must not decide where users are sent.
                Services = services => services.AddSingleton(new PlacementOptions { Overloaded = 100, NewChannelLimit = 100, Full = 100 }),
            });
            _nodes.Add(node);
            _backends.Add(await Backend.ConnectAsync(node));
        }

        await Eventually.HoldsAsync(() => _nodes.All(node => node.Part<EntityHost>().GetOwnedShards().Count is not (0 or ShardId.Count)));
        await Eventually.HoldsAsync(() => _nodes.All(node => _nodes.All(other =>
            node.Part<VoicePlacement>().EndpointOf(other.Part<EntityHost>().Node.Node) == $"localhost:{other.Https.Port}")));
    }

    public async Task DisposeAsync()
    {
        foreach (var backend in _backends)
        {
            await backend.DisposeAsync();
        }

        foreach (var node in _nodes)
        {
            await node.DisposeAsync();
        }
    }

    [PostgresFact]
    public Task Litecord_form() => EachNodeFirstAsync(LvspForm.Litecord);

    [PostgresFact]
    public Task Document_form() => EachNodeFirstAsync(LvspForm.Document);

    private async Task EachNodeFirstAsync(LvspForm form)
    {
        for (_turn = 0; _turn < 3; _turn++)
        {
            var first = _turn;
            await WalkAsync(form, guild: Ids.Next());
            _turn = first;
            await WalkAsync(form, guild: null);
            _turn = first;
        }
    }

    private Backend Next() => _backends[_turn++ % _backends.Count];

    private async Task WalkAsync(LvspForm form, string? guild)
    {
        var channel = Ids.Next();
        var token = await Next().RequestChannelAsync(form, channel, guild);
        await UpdateChannelAsync(form, channel, guild);
        if (form == LvspForm.Litecord)
        {
            (await Next().RequestChannelAsync(form, channel, guild)).ShouldBe(token);
        }

        var user = await Next().JoinAsync(form, Ids.Next(), channel, guild);
        await OnAllAsync(user, membership => membership.ShouldNotBeNull().SessionId.ShouldBe(user.SessionId));
        if (form == LvspForm.Litecord)
        {
            (await Next().JoinAsync(form, user.UserId, channel, guild)).ShouldBe(user);
        }

        await SetFlagsAsync(form, user);
        if (guild is not null)
        {
            user = await MoveAsync(form, user, guild);
        }

        await LeaveAsync(form, user);
        user = await Next().JoinAsync(form, user.UserId, channel, guild);
        await DestroyAsync(form, user, channel);
        (await Next().RequestChannelAsync(form, channel, guild)).ShouldNotBe(token);
    }

    private async Task UpdateChannelAsync(LvspForm form, string channel, string? guild)
    {
        var backend = Next();
        await (form == LvspForm.Litecord
            ? backend.InfoAsync(form, 2, $$"""{"channel_id":"{{channel}}","bitrate":96000}""")
            : backend.InfoAsync(form, 0, $$"""{"id":"{{channel}}","bitrate":96000}"""));
        await backend.SettleAsync(form);
        foreach (var node in _nodes)
        {
            (await node.ChannelAsync(channel, guild)).ShouldNotBeNull().BitrateBps.ShouldBe(96_000);
        }
    }

    private async Task SetFlagsAsync(LvspForm form, Credentials user)
    {
        foreach (var (flags, muted, deafened) in new[] { ("\"mute\":true", true, false), ("\"mute\":false,\"deaf\":true", false, true) })
        {
            var backend = Next();
            await backend.SetFlagsAsync(form, user, flags);
            await backend.SettleAsync(form);
            await OnAllAsync(user, membership =>
            {
                membership.ShouldNotBeNull().SessionId.ShouldBe(user.SessionId);
                membership.Flags.Mute.ShouldBe(muted);
                membership.Flags.Deaf.ShouldBe(deafened);
            });
        }
    }

    /// <summary>Only the join, as Litecord does it, and to a channel that is not there yet.</summary>
    private async Task<Credentials> MoveAsync(LvspForm form, Credentials user, string guild)
    {
        var (backend, target) = (Next(), Ids.Next());
        var body = $$"""{"user_id":"{{user.UserId}}","channel_id":"{{target}}","guild_id":"{{guild}}"}""";
        await (form == LvspForm.Litecord ? backend.InfoAsync(form, 4, body) : backend.Socket.SendAsync(7, body));
        (await backend.TakeAsync(form, form == LvspForm.Litecord ? 1 : 0)).Text(form == LvspForm.Litecord ? "channel_id" : "id").ShouldBe(target);
        var moved = await backend.TakeJoinedAsync(form, guild);
        moved.SessionId.ShouldNotBe(user.SessionId);
        moved.ChannelId.ShouldBe(target);
        await OnAllAsync(moved, membership => membership.ShouldNotBeNull().SessionId.ShouldBe(moved.SessionId));
        return moved;
    }

    private async Task LeaveAsync(LvspForm form, Credentials user)
    {
        var backend = Next();
        await backend.LeaveAsync(form, user);
        await backend.SettleAsync(form);
        await OnAllAsync(user, membership => membership.ShouldBeNull());
    }

    private async Task DestroyAsync(LvspForm form, Credentials user, string channel)
    {
        var backend = Next();
        await backend.DestroyAsync(form, channel, user.GuildId);
        await backend.SettleAsync(form);
        foreach (var node in _nodes)
        {
            (await node.ChannelAsync(channel, user.GuildId)).ShouldBeNull();
            await Eventually.HoldsAsync(async () => await node.MembershipAsync(user) is null);
        }
    }

    private async Task OnAllAsync(Credentials user, Action<Domain.VoiceStates.VoiceMembership?> check)
    {
        foreach (var node in _nodes)
        {
            check(await node.MembershipAsync(user));
        }
    }
}
