using System.Net;
using VoiceCluster.Client.Postgres;
using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Cluster.Placement;
using VoiceCluster.Cluster.Store;
using VoiceCluster.EndToEnd.Tests.Support;
using VoiceCluster.Gateways.NodeLinks;
using VoiceCluster.Protocol.Lvsp;
using VoiceCluster.TestKit;

namespace VoiceCluster.EndToEnd.Tests.Cluster;

/// <summary>What a backend's links go through in a cluster of two: declared dead, an outage of the database, a backend that goes and comes back.</summary>
public sealed class BackendLinkTests : IAsyncLifetime
{
    private const string Channel = "77001";

    private readonly List<EndToEndNode> _nodes = [];
    private readonly List<Backend> _backends = [];
    private PostgresServer? _server;

    public async Task InitializeAsync()
    {
        if (PostgresServer.MissingReason is not null)
        {
            return;
        }

        _server = await PostgresServer.StartAsync();
        var database = await _server.CreateDatabaseAsync();
        for (var number = 1; number <= 2; number++)
        {
            _nodes.Add(await EndToEndNode.StartAsync(
                $"--Node:Id=node-{number}",
                "--Cluster:Store=Postgres",
                $"--Cluster:Postgres:ConnectionString={database}",
                "--Cluster:Secret=the-secret-of-this-cluster",
                "--Cluster:Listen=127.0.0.1:0",
                "--Voice:ResumeWindow=1s"));
        }

        await Eventually.HoldsAsync(() =>
            _nodes.All(node => node.Part<EntityHost>().GetOwnedShards().Count is not (0 or ShardId.Count))
            && _nodes.All(node => node.Part<NodeLinkTransport>().Links.Any(link => link.IsConnected))
            && _nodes.All(node => _nodes.All(other =>
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

        if (_server is not null)
        {
            await _server.DisposeAsync();
        }
    }

    [PostgresFact]
    public async Task Links_outlive_a_database_that_is_away_for_longer_than_every_lease()
    {
        var (first, second) = (await ConnectAsync(0), await ConnectAsync(1));
        List<string> told = [await RequestAsync(first)];
        await RequestAsync(second);

        await _server!.StopAsync();
        await Task.WhenAll(_nodes.Select(node => WaitForAsync(node, "readyz", HttpStatusCode.ServiceUnavailable)));
        told.Add(await RequestAsync(first));
        await Task.WhenAll(_nodes.Select(node => node.Log.WaitForAsync(entry => entry.Message.StartsWith("The lease has run out: True", StringComparison.Ordinal))));
        told.Add(await RequestAsync(first));
        await RequestAsync(second);
        await WaitForAsync(_nodes[0], "healthz", HttpStatusCode.OK);

        await _server.RestartAsync();
        await Task.WhenAll(_nodes.Select(node => WaitForAsync(node, "readyz", HttpStatusCode.OK)));
        told.Add(await RequestAsync(first));
        await RequestAsync(second);
        first.Socket.IsOpen.ShouldBeTrue();
        second.Socket.IsOpen.ShouldBeTrue();

        await ResumesExactlyAsync(first, on: 1, told);
    }

    [PostgresFact]
    public async Task A_node_that_is_declared_dead_keeps_its_links_and_what_they_are_told()
    {
        var backend = await ConnectAsync(0);
        List<string> told = [await RequestAsync(backend)];
        var (dead, judge) = (_nodes[0].Part<EntityHost>().Node, _nodes[1].Part<EntityHost>().Node);

        // As its judges do it: two nodes live, so one vote is enough.
        (await _nodes[1].Part<IClusterStore>().VoteAsync(judge, dead, CancellationToken.None)).ShouldBeTrue();
        await _nodes[1].Part<IClusterStore>().DetachHoldersAsync(dead.Node, DateTimeOffset.UtcNow.AddSeconds(120), CancellationToken.None);
        told.Add(await RequestAsync(backend));
        await Eventually.HoldsAsync(() => _nodes[0].Part<EntityHost>().Node is var next && next != dead);

        told.Add(await RequestAsync(backend));
        await Eventually.HoldsAsync(async () => await _nodes[1].Part<IClusterStore>()
            .FindSessionAsync(new("default"), backend.SessionId, DateTimeOffset.UtcNow, CancellationToken.None) is { ExpiresAt: null });
        await ResumesExactlyAsync(backend, on: 1, told);
    }

    [PostgresFact]
    public async Task A_backend_that_goes_costs_no_call_and_finds_everything_when_it_comes_back_on_another_node()
    {
        var backend = await ConnectAsync(0);
        await backend.RequestChannelAsync(LvspForm.Litecord, Channel);
        var users = new[] { await backend.JoinAsync(LvspForm.Litecord, Ids.Next(), Channel), await backend.JoinAsync(LvspForm.Litecord, Ids.Next(), Channel) };
        await using var speaker = await Caller.ConnectAsync(_nodes[0], users[0]);
        await using var listener = await Caller.ConnectAsync(_nodes[0], users[1]);
        await speaker.SpeakToAsync(listener);

        await _nodes[0].LoseAsync(backend);
        await speaker.SpeakToAsync(listener);
        await listener.SpeakToAsync(speaker);
        await listener.DisposeAsync();
        await Eventually.HoldsAsync(async () => await _nodes[1].MembershipAsync(users[1]) is null);

        // It resumes: what happened meanwhile is told, and what lasts is as it was.
        var resumed = await OpenAsync(1);
        await resumed.Socket.SendAsync(2, $$"""{"token":"{{backend.Token}}","seq":{{backend.Sequence}} }""");
        resumed.Sequence = backend.Sequence;
        (await resumed.TakeAsync(LvspForm.Litecord, 5)).Text("reason").ShouldBe("disconnected");
        (await resumed.Socket.NextAsync()).GetProperty("d").GetProperty("resumed").GetBoolean().ShouldBeTrue();
        await AsksInVainAsync(resumed, users[0]);

        // It begins anew, as Litecord does: its requests, repeated, change nothing.
        resumed.Socket.Abort();
        var anew = await ConnectAsync(1);
        await AsksInVainAsync(anew, users[0]);
        await speaker.EchoAsync();
        speaker.Client.Ended.IsCompleted.ShouldBeFalse();
    }

    /// <summary>Joins a user who is in the call: only the endpoint may be new, since it names the node that he is connected to.</summary>
    private static async Task AsksInVainAsync(Backend backend, Credentials user)
    {
        var again = await backend.JoinAsync(LvspForm.Litecord, user.UserId, user.ChannelId);
        again.ShouldBe(user with { Endpoint = again.Endpoint });
    }

    private async Task<Backend> ConnectAsync(int node)
    {
        var backend = await OpenAsync(node);
        await backend.IdentifyAsync();
        return backend;
    }

    private async Task<Backend> OpenAsync(int node)
    {
        var backend = await Backend.OpenAsync(_nodes[node]);
        _backends.Add(backend);
        return backend;
    }

    /// <summary>Asks for the channel; whatever the answer says, it has to come next and have the next number.</summary>
    private static async Task<string> RequestAsync(Backend backend)
    {
        await backend.InfoAsync(LvspForm.Litecord, 0, $$"""{"channel_id":"{{Channel}}"}""");
        var answer = await backend.Socket.NextAsync();
        answer.GetProperty("s").GetInt64().ShouldBe(++backend.Sequence, answer.ToString());
        return answer.GetRawText();
    }

    private async Task ResumesExactlyAsync(Backend session, int on, List<string> told)
    {
        var next = await OpenAsync(on);
        await next.Socket.SendAsync(2, $$"""{"token":"{{session.Token}}","seq":1}""");
        foreach (var expected in told[1..])
        {
            (await next.Socket.NextAsync()).GetRawText().ShouldBe(expected);
        }

        (await next.Socket.NextAsync()).GetProperty("d").GetProperty("resumed").GetBoolean().ShouldBeTrue();
        next.Sequence = told.Count;
        (await session.Socket.EndAsync()).ShouldBe(new SocketEnd(4000, "resumed elsewhere"));
        await RequestAsync(next);
    }

    private static async Task WaitForAsync(EndToEndNode node, string path, HttpStatusCode expected)
    {
        using var client = new HttpClient();
        await Eventually.HoldsAsync(async () => (await client.GetAsync(new Uri(node.Http, path))).StatusCode == expected);
    }
}
