using Microsoft.Extensions.DependencyInjection;
using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Cluster.Placement;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Domain.Placement;
using VoiceCluster.EndToEnd.Tests.Support;
using VoiceCluster.Gateways.NodeLinks;
using VoiceCluster.Media;
using VoiceCluster.Protocol.Gateway;
using VoiceCluster.Protocol.Lvsp;
using VoiceCluster.TestKit.Postgres;

namespace VoiceCluster.EndToEnd.Tests.Cluster;

/// <summary>Three nodes on one database.</summary>
public sealed class ThreeNodesTests : IAsyncLifetime
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private readonly List<EndToEndNode> _nodes = [];

    public async Task InitializeAsync()
    {
        if (PostgresServer.MissingReason is not null)
        {
            return;
        }

        var database = await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();
        foreach (var number in Enumerable.Range(1, 3))
        {
            _nodes.Add(await EndToEndNode.StartAsync(new EndToEndSetup
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
            }));
        }

        // Each has shards of its own, and can say where users of another connect, once all know of all.
        await UntilAsync(() => _nodes.All(node => node.Part<EntityHost>().GetOwnedShards().Count is not (0 or ShardId.Count)));
        await UntilAsync(() => _nodes.All(node => _nodes.All(other => node.Part<VoicePlacement>().EndpointOf(IdOf(other)) == EndpointOf(other))));
    }

    public async Task DisposeAsync()
    {
        foreach (var node in _nodes)
        {
            await node.DisposeAsync();
        }
    }

    [PostgresFact]
    public async Task A_guilds_requests_have_one_effect_whichever_node_takes_them()
    {
        var backends = await Task.WhenAll(_nodes.Select(node => Backend.ConnectAsync(node)));
        for (var i = 0; i < 24; i++)
        {
            var (user, channel, guild) = (Ids.Next(), Ids.Next(), Ids.Next());
            await backends[i % 3].RequestChannelAsync(LvspForm.Litecord, channel, guild);
            var joined = await backends[(i + 1) % 3].JoinAsync(LvspForm.Litecord, user, channel, guild);
            (await backends[(i + 2) % 3].JoinAsync(LvspForm.Litecord, user, channel, guild)).ShouldBe(joined);
        }

        _nodes.ShouldAllBe(node => node.Part<NodeLinkTransport>().Links.Count(link => link.IsConnected) == 2);
        foreach (var backend in backends)
        {
            await backend.DisposeAsync();
        }
    }

    [PostgresFact]
    public async Task A_channels_users_are_sent_to_the_node_where_it_is()
    {
        var backends = await Task.WhenAll(_nodes.Select(node => Backend.ConnectAsync(node)));
        for (var i = 0; i < 6; i++)
        {
            var (channel, guild) = (Ids.Next(), Ids.Next());
            var first = await backends[i % 3].JoinAsync(LvspForm.Litecord, Ids.Next(), channel, guild, assigned: true);
            var second = await backends[(i + 1) % 3].JoinAsync(LvspForm.Litecord, Ids.Next(), channel, guild);
            second.Endpoint.ShouldBe(first.Endpoint);

            // A client may connect where it likes, or where a shared address leads it: those who come later follow.
            var elsewhere = _nodes.First(node => EndpointOf(node) != first.Endpoint);
            await using var caller = await VoicePeer.IdentifyAsync(elsewhere, first);
            await backends[i % 3].LeaveAsync(LvspForm.Litecord, second);
            var third = await backends[i % 3].JoinAsync(LvspForm.Litecord, Ids.Next(), channel, guild);
            third.Endpoint.ShouldBe(EndpointOf(elsewhere));
        }

        foreach (var backend in backends)
        {
            await backend.DisposeAsync();
        }
    }

    [PostgresFact]
    public async Task A_backend_resumes_on_another_node_with_exactly_the_rest()
    {
        var told = new List<string>();
        var first = await Backend.ConnectAsync(_nodes[0]);
        for (var number = 0; number < 4; number++)
        {
            await first.InfoAsync(LvspForm.Litecord, 0, $$"""{"channel_id":"{{Ids.Next()}}"}""");
            told.Add((await first.Socket.NextAsync()).GetRawText());
        }

        await using var second = await Backend.OpenAsync(_nodes[1]);
        await second.Socket.SendAsync(2, $$"""{"token":"{{first.Token}}","seq":1}""");
        foreach (var expected in told[1..])
        {
            (await second.Socket.NextAsync()).GetRawText().ShouldBe(expected);
        }

        (await second.Socket.NextAsync()).GetProperty("d").GetProperty("resumed").GetBoolean().ShouldBeTrue();
        await first.DisposeAsync();
        second.Sequence = 4;
        await second.SettleAsync();
    }

    [PostgresFact]
    public async Task Users_on_two_nodes_hear_each_others_exact_frames()
    {
        await using var scene = await Scene.SetAsync(_nodes[0]);
        await using var alice = await Caller.ConnectAsync(_nodes[0], await scene.AddAsync());
        await using var bob = await Caller.ConnectAsync(_nodes[1], await scene.AddAsync());

        foreach (var (speaker, listener) in new[] { (alice, bob), (bob, alice) })
        {
            // Who it is comes by another way, and may come after the first frame.
            (await speaker.SpeakToAsync(listener)).Ssrc.ShouldBe(speaker.Client.Ready!.Ssrc.Value);
            await listener.UntilEventAsync<SpeakingEvent>(speaking => speaking.Ssrc == speaker.Client.Ready!.Ssrc);
            (await speaker.SpeakToAsync(listener)).UserId.ShouldBe(speaker.Client.UserId.ToString());
        }

        _nodes[2].Part<MediaPlane>().ReadRelayLinks().SelectMany(links => links).ShouldBeEmpty();
    }

    [PostgresFact]
    public async Task A_mute_takes_effect_on_a_node_that_no_link_reaches()
    {
        await using var scene = await Scene.SetAsync(_nodes[0]);
        var shard = ShardId.Of(new Realm("default"), Ids.Snowflake(scene.Guild!));
        var cut = _nodes.Last(node => !node.Part<EntityHost>().GetOwnedShards().Contains(shard));
        var muted = await scene.AddAsync();
        await using var alice = await Caller.ConnectAsync(cut, muted);
        await using var bob = await Caller.ConnectAsync(cut, await scene.AddAsync());
        await alice.SpeakToAsync(bob);

        await cut.Part<NodeLinkTransport>().DisposeAsync();
        await scene.SetFlagsAsync(muted, "\"mute\":true");

        await alice.FallsSilentToAsync(bob);
    }

    [PostgresFact]
    public async Task A_node_that_no_link_reaches_is_voted_out_although_it_renews_its_row()
    {
        var cut = _nodes[2].Part<EntityHost>().Node;
        await UntilAsync(() => _nodes.All(node => node.Part<NodeLinkTransport>().Links.Count(link => link.IsConnected) == 2));

        await _nodes[2].Part<NodeLinkTransport>().DisposeAsync();

        await UntilAsync(() => _nodes[2].Part<EntityHost>().Node is var next && next.Node == cut.Node && next != cut);
    }

    private static NodeId IdOf(EndToEndNode node) => node.Part<EntityHost>().Node.Node;

    private static string EndpointOf(EndToEndNode node) => $"localhost:{node.Https.Port}";

    private static async Task UntilAsync(Func<bool> condition)
    {
        using var deadline = new CancellationTokenSource(Deadline);
        while (!condition())
        {
            await Task.Delay(20, deadline.Token);
        }
    }
}
