using System.Collections.Immutable;
using VoiceCluster.Client.Postgres;
using VoiceCluster.LoadGen.Chaos.Wires;
using VoiceCluster.LoadGen.Cluster;

namespace VoiceCluster.LoadGen.Chaos;

/// <summary>A cluster, the wires between its nodes, and the one address for backends.</summary>
internal sealed class ChaosCluster : IAsyncDisposable
{
    /// <summary>The secret shared with backends.</summary>
    public const string Secret = LocalCluster.Secret;

    private readonly LocalCluster _cluster;
    private readonly NodeWires _wires;

    private ChaosCluster(LocalCluster cluster, int seed)
    {
        _cluster = cluster;
        Conditions = new LinkConditions(Nodes.Length);
        _wires = new NodeWires(cluster.Settings, Conditions, seed, () => [.. Nodes.Select(node => node.ProcessId)]);
        Balancer = new LvspBalancer(Nodes);
    }

    /// <summary>The database.</summary>
    public PostgresServer Database => _cluster.Database;

    /// <summary>The nodes.</summary>
    public ImmutableArray<LocalNode> Nodes => _cluster.Nodes;

    /// <summary>What the wires between nodes do to what goes over them.</summary>
    public LinkConditions Conditions { get; }

    /// <summary>The one address for backends.</summary>
    public LvspBalancer Balancer { get; }

    /// <summary>Where the nodes' output is.</summary>
    public string Directory => _cluster.Directory;

    /// <summary>Whether the directory stays after the end.</summary>
    public bool KeepsDirectory { get => _cluster.KeepsDirectory; set => _cluster.KeepsDirectory = value; }

    /// <summary>Starts everything and waits until every node takes work and is linked with every other.</summary>
    /// <param name="nodes">How many nodes.</param>
    /// <param name="assembly">The node's assembly.</param>
    /// <param name="seed">Of what wires do by chance.</param>
    public static async Task<ChaosCluster> StartAsync(int nodes, string assembly, int seed, CancellationToken cancellation)
    {
        var cluster = new ChaosCluster(await LocalCluster.PrepareAsync(new LocalClusterOptions { Nodes = nodes, Assembly = assembly, IsWired = true }), seed);
        try
        {
            await cluster._cluster.StartNodesAsync(cancellation);
            return cluster;
        }
        catch
        {
            cluster.KeepsDirectory = true;
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>Waits until every node takes work and says that it is linked with every other.</summary>
    public Task WaitUntilWholeAsync(TimeSpan limit, CancellationToken cancellation) => _cluster.WaitUntilWholeAsync(limit, cancellation);

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await Balancer.DisposeAsync();
        await _wires.DisposeAsync();
        await _cluster.DisposeAsync();
    }
}
