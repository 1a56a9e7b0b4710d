using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using VoiceCluster.Client.Postgres;
using VoiceCluster.Cluster;
using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Cluster.Membership;
using VoiceCluster.Cluster.Placement;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Domain.Placement;
using VoiceCluster.EndToEnd.Tests.Support;
using VoiceCluster.TestKit;

namespace VoiceCluster.EndToEnd.Tests.Cluster;

/// <summary>Three nodes on one database, in this process.</summary>
internal sealed class Trio : IAsyncDisposable
{
    private readonly List<EndToEndNode> _nodes = [];
    private string _database = string.Empty;
    private string[] _flags = [];

    public IReadOnlyList<EndToEndNode> Nodes => _nodes;

    /// <summary>Starts the nodes and waits until each knows the others and owns shards.</summary>
    /// <param name="flags">Settings of all of them.</param>
    public static async Task<Trio> StartAsync(params string[] flags)
    {
        var trio = new Trio { _flags = flags };
        var database = await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();
        foreach (var number in Enumerable.Range(1, 3))
        {
            trio._nodes.Add(await StartNodeAsync(number, database, flags));
        }

        trio._database = database;
        await trio.UntilKnownAsync();
        return trio;
    }

    /// <summary>Starts a node that has been stopped again, under its name.</summary>
    public async Task RestartAsync(int index, params string[] flags)
    {
        await _nodes[index].DisposeAsync();
        _nodes[index] = await StartNodeAsync(index + 1, _database, [.. _flags, .. flags]);
        await UntilKnownAsync();
    }

    private static Task<EndToEndNode> StartNodeAsync(int number, string database, params string[] flags) => EndToEndNode.StartAsync(new EndToEndSetup
    {
        Flags =
        [
            $"--Node:Id=node-{number}",
            "--Cluster:Store=Postgres",
            $"--Cluster:Postgres:ConnectionString={database}",
            "--Cluster:Secret=the-secret-of-this-cluster",
            "--Cluster:Listen=127.0.0.1:0",
            .. flags,
        ],
        // What else runs on this machine must not decide where users are sent.
        Services = services => services.AddSingleton(new PlacementOptions { Overloaded = 100, NewChannelLimit = 100, Full = 100 }),
    });

    /// <summary>Waits until each node knows the others, is known to be ready, and owns shards.</summary>
    private async Task UntilKnownAsync()
    {
        await Eventually.HoldsAsync(() => _nodes.All(node => ShardsOf(node) is not (0 or ShardId.Count)));
        await Eventually.HoldsAsync(() => _nodes.All(node => _nodes.All(other => Knows(node.Part<VoicePlacement>(), other))));
        await Eventually.HoldsAsync(() => _nodes.All(node => node.Part<MembershipPlacement>().Table.Rows.All(row => row.Description.Contains("\"ready\":true", StringComparison.Ordinal))));
    }

    private static bool Knows(VoicePlacement placement, EndToEndNode other) =>
        placement.Takes(IdOf(other)) && placement.EndpointOf(IdOf(other)) == EndpointOf(other);

    public static NodeId IdOf(EndToEndNode node) => node.Part<EntityHost>().Node.Node;

    public static int ShardsOf(EndToEndNode node) => node.Part<EntityHost>().GetOwnedShards().Count;

    /// <summary>What backends are told of a node: its own address, unless the test gave all the same.</summary>
    public static string EndpointOf(EndToEndNode node) => node.Part<VoiceSettings>().Endpoint();

    /// <summary>The node that an endpoint names.</summary>
    public EndToEndNode At(string endpoint) => _nodes.Single(node => EndpointOf(node) == endpoint);

    /// <summary>Another node than this one.</summary>
    public EndToEndNode Beside(EndToEndNode node) => _nodes.First(other => other != node);

    /// <summary>Speaks to the admin port of one node about the drain of another.</summary>
    public static Task<JsonElement> AskDrainAsync(EndToEndNode asked, HttpMethod method, EndToEndNode drained, string query = "") =>
        AskAsync(asked, method, $"api/nodes/{IdOf(drained)}/drain{query}");

    /// <summary>Speaks to the admin port of a node.</summary>
    public static Task<JsonElement> AskAsync(EndToEndNode asked, HttpMethod method, string path) => asked.AdminPort.AskAsync(method, path);

    public static async Task<int> ReadinessAsync(EndToEndNode node)
    {
        using var client = new HttpClient();
        using var response = await client.GetAsync(new Uri(node.Http, "readyz"));
        return (int)response.StatusCode;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes)
        {
            await node.DisposeAsync();
        }
    }
}
