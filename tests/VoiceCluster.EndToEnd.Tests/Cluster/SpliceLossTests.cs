using VoiceCluster.Client.Postgres;
using VoiceCluster.EndToEnd.Tests.Support;
using VoiceCluster.Protocol.Lvsp;

namespace VoiceCluster.EndToEnd.Tests.Cluster;

/// <summary>One of the two nodes of a spliced client is killed.</summary>
public sealed class SpliceLossTests : IAsyncLifetime
{
    private const string Channel = "5150000000000000001";
    private const string Guild = "5150000000000000002";

    private readonly List<SeparateNode> _nodes = [];

    public async Task InitializeAsync()
    {
        if (PostgresServer.MissingReason is not null)
        {
            return;
        }

        var database = await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();
        foreach (var number in Enumerable.Range(1, 3))
        {
            _nodes.Add(await SeparateNode.StartAsync(new Dictionary<string, string>
            {
                ["Node:Id"] = $"node-{number}",
                ["Cluster:Store"] = "Postgres",
                ["Cluster:Postgres:ConnectionString"] = database,
                ["Cluster:Secret"] = "the-secret-of-this-cluster",
                ["Cluster:Listen"] = "127.0.0.1:0",
                ["Voice:PublicEndpoint"] = "voice.test:443",
            }));
        }
    }

    public async Task DisposeAsync()
    {
        foreach (var node in _nodes)
        {
            await node.DisposeAsync();
        }
    }

    [PostgresFact]
    public async Task A_client_whose_connections_node_is_killed_resumes_by_another_with_exactly_the_rest()
    {
        await using var backend = await BackendAsync(_nodes[0]);
        var (user, other) = (await JoinAsync(backend), await JoinAsync(backend));
        await using var watched = await VoicePeer.JoinAsync(_nodes[0].Voice, other);
        var (peer, seen) = await SplicedAsync(user, session: _nodes[0], client: _nodes[1]);
        await using var spliced = peer;

        await _nodes[1].KillAsync();
        (await peer.Socket.EndAsync()).Code.ShouldBeNull();
        await watched.Socket.SendAsync(5, """{"speaking":1}""");
        await watched.BeatAsync();

        await using var again = await VoicePeer.OpenAsync(_nodes[2].Voice);
        await again.SendResumeAsync(user, $"{seen}");
        await again.TakeAsync(9);
        (await again.TakeAsync(5)).Text("user_id").ShouldBe(other.UserId);
        again.Sequence.ShouldBe(seen + 1);
    }

    [PostgresFact]
    public async Task A_client_whose_sessions_node_is_killed_is_closed_and_begins_anew_with_what_the_backend_is_given()
    {
        await using var backend = await BackendAsync(_nodes[1]);
        var user = await JoinAsync(backend);
        var (peer, seen) = await SplicedAsync(user, session: _nodes[0], client: _nodes[1]);
        await using var spliced = peer;

        await _nodes[0].KillAsync();

        (await peer.Socket.EndAsync()).Code.ShouldBe(4015);
        await using var refused = await VoicePeer.OpenAsync(_nodes[2].Voice);
        await refused.SendResumeAsync(user, $"{seen}");
        (await refused.Socket.EndAsync()).Code.ShouldBe(4006);
        var moved = await backend.TakeAsync(LvspForm.Litecord, 4);
        moved.Text("session_id").ShouldBe(user.SessionId);
        await using var anew = await VoicePeer.JoinAsync(_nodes[1].Voice, user with { Token = moved.Text("token") });
    }

    private static Task<Credentials> JoinAsync(Backend backend) => backend.JoinAsync(LvspForm.Litecord, Ids.Next(), Channel, Guild);

    private static async Task<Backend> BackendAsync(SeparateNode node)
    {
        var backend = await Backend.OpenAsync(node.Lvsp);
        await backend.IdentifyAsync();
        await backend.RequestChannelAsync(LvspForm.Litecord, Channel, Guild);
        return backend;
    }

    /// <summary>A user with his socket on one node and his session on another, and the number of the last message that he was sent.</summary>
    private static async Task<(VoicePeer Peer, int Seen)> SplicedAsync(Credentials user, SeparateNode session, SeparateNode client)
    {
        await using var first = await VoicePeer.JoinAsync(session.Voice, user);
        first.Socket.Abort();
        var peer = await VoicePeer.OpenAsync(client.Voice);
        await peer.SendResumeAsync(user, $"{first.Sequence}");
        await peer.TakeAsync(9);
        await peer.BeatAsync();
        return (peer, Math.Max(first.Sequence, peer.Sequence));
    }
}
