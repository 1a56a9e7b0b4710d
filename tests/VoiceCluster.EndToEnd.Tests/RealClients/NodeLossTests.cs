using VoiceCluster.Client.Postgres;
using VoiceCluster.EndToEnd.Tests.Support;
using VoiceCluster.Protocol.Lvsp;
using VoiceCluster.Protocol.Primitives;
using VoiceCluster.TestKit.Sockets;
using Xunit.Abstractions;

namespace VoiceCluster.EndToEnd.Tests.RealClients;

/// <summary>Bots with a published library on different nodes of a cluster, one of whose nodes is killed.</summary>
[Collection(nameof(RealTime))]
public sealed class NodeLossTests(ITestOutputHelper output) : IAsyncLifetime
{
    /// <summary>Three times what is meant to be kept on a machine that has time: a silence of three seconds.</summary>
    private static readonly TimeSpan AgainLimit = TimeSpan.FromSeconds(10);

    private readonly List<SeparateNode> _nodes = [];
    private readonly List<string> _endpoints = [];

    public async Task InitializeAsync()
    {
        if (NodeLossFactAttribute.MissingReason is not null)
        {
            return;
        }

        var database = await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();
        foreach (var number in Enumerable.Range(1, 3))
        {
            var port = FreePort.Take();
            _endpoints.Add($"localhost:{port}");
            var settings = new Dictionary<string, string>
            {
                ["Node:Id"] = $"node-{number}",
                ["Https:Listen"] = $"127.0.0.1:{port}",
                ["Cluster:Store"] = "Postgres",
                ["Cluster:Postgres:ConnectionString"] = database,
                ["Cluster:Secret"] = "the-secret-of-this-cluster",
                ["Cluster:Listen"] = "127.0.0.1:0",

                // A machine that is too busy to run a node for 100 ms must not cost frames that the test counts.
                ["Media:MaximumAge"] = "1s",
            };
            if (_nodes is [var first, ..])
            {
                // One certificate for one name, as nodes of a cluster may have it.
                settings["Https:CertificatePath"] = first.CertificateFile;
                settings["Https:KeyPath"] = first.CertificateKeyFile;
            }

            _nodes.Add(await SeparateNode.StartAsync(settings));
        }
    }

    public async Task DisposeAsync()
    {
        foreach (var node in _nodes)
        {
            await node.DisposeAsync();
        }
    }

    [NodeLossFact]
    public async Task Who_was_on_a_node_that_is_killed_talks_again_with_the_server_update_that_the_backend_is_given()
    {
        const int frames = 50;
        await using var backend = await Backend.OpenAsync(_nodes[2].Lvsp);
        await backend.IdentifyAsync();
        var (channel, guild) = (Ids.Next(), Ids.Next());
        await backend.RequestChannelAsync(LvspForm.Litecord, channel, guild);
        await using var one = await ConnectAsync(backend, channel, guild, node: 0);
        await using var two = await ConnectAsync(backend, channel, guild, node: 1);
        await HearExactlyAsync([one, two], first: 0, frames);

        var talksSince = MachineClock.Now;
        two.Talk();
        await one.WaitUntilAsync(_ => one.Heard(two.UserId).Count(frame => frame.At > talksSince) > 10, "talk");
        var killedAt = MachineClock.Now;
        await _nodes[1].KillAsync();

        var moved = await backend.TakeAsync(LvspForm.Litecord, 4);
        var toldAfter = MachineClock.Now - killedAt;
        moved.Text("user_id").ShouldBe(two.UserId.ToString());
        moved.Text("endpoint").ShouldBeOneOf(_endpoints[0], _endpoints[2]);
        two.UpdateServer(guild, moved.Text("endpoint"), moved.Text("token"));

        var left = killedAt + AgainLimit - MachineClock.Now;
        left.ShouldBeGreaterThan(TimeSpan.Zero);
        await one.WaitUntilAsync(_ => one.Heard(two.UserId).Any(frame => frame.At > killedAt + toldAfter), "talk again").WaitAsync(left);
        var again = one.Heard(two.UserId).First(frame => frame.At > killedAt + toldAfter).At - killedAt;
        output.WriteLine($"The backend was told {toldAfter.TotalMilliseconds:0} ms after the kill; the other one heard the user again after {again.TotalMilliseconds:0} ms.");
        await two.HushAsync();
        await HearExactlyAsync([one, two], first: 200, frames);
    }

    /// <summary>Joins a user whose library connects to a certain node, wherever it is told to.</summary>
    private async Task<DiscordJsClient> ConnectAsync(Backend backend, string channel, string guild, int node)
    {
        var user = await backend.JoinAsync(LvspForm.Litecord, Ids.Next(), channel, guild);
        var client = await DiscordJsClient.StartAsync(DiscordJsLibrary.Voice19, Ids.Snowflake(user.UserId), _nodes[0].CertificateFile);
        client.Join(
            new VoiceStateDone(client.UserId, Ids.Snowflake(channel), Ids.Snowflake(guild), user.SessionId, default, user.Token, user.Endpoint),
            _endpoints[node]);
        await client.WaitUntilReadyAsync();
        return client;
    }

    private async Task HearExactlyAsync(DiscordJsClient[] clients, int first, int count)
    {
        await RealCall.AnnounceAsync(clients, clients);
        await RealCall.TalkUntilHeardAsync(clients);
        var before = clients.ToDictionary(client => client, client => client.Heard(Other(client).UserId).Count(frame => !frame.IsMarked));
        foreach (var (client, index) in clients.Select((client, index) => (client, index)))
        {
            client.Play(RealCall.Speech(first + (index * count), count));
        }

        foreach (var (speaker, index) in clients.Select((client, index) => (client, index)))
        {
            var listener = Other(speaker);
            await new HeardSpeech(listener, speaker, RealCall.Speech(first + (index * count), count), before[listener]).ShouldBeWholeAsync(ReadLossesAsync);
        }

        DiscordJsClient Other(DiscordJsClient client) => clients.Single(other => other != client);
    }

    private async Task<string> ReadLossesAsync() =>
        string.Join('\n', await Task.WhenAll(_nodes.Select(NodeLosses.ReadAsync)));
}

/// <summary>A test with real libraries on a cluster; skipped with the reason where it cannot run.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class NodeLossFactAttribute : FactAttribute
{
    public NodeLossFactAttribute() => Skip = MissingReason!;

    /// <summary>Null when everything is there.</summary>
    public static string? MissingReason => DiscordJsInstallation.MissingReason ?? PostgresServer.MissingReason;
}
