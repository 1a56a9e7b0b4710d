using System.Collections.Immutable;
using System.Security.Cryptography;
using VoiceCluster.LoadGen.Chaos.Wires;
using VoiceCluster.LoadGen.Media;

namespace VoiceCluster.LoadGen.Chaos.Cluster;

/// <summary>A database, the nodes, the wires between them, and the one address for backends.</summary>
internal sealed class ChaosCluster : IAsyncDisposable
{
    private const string YoungestGeneration = "0x400000";
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(100);

    private readonly DirectoryInfo _directory;
    private readonly NodeWires _wires;

    private ChaosCluster(DirectoryInfo directory, ChaosDatabase database, ImmutableArray<ChaosNodeSettings> settings, int seed)
    {
        _directory = directory;
        Database = database;
        Nodes = [.. settings.Select(one => new ChaosNode(one))];
        Conditions = new LinkConditions(Nodes.Length);
        _wires = new NodeWires(settings, Conditions, seed, () => [.. Nodes.Select(node => node.ProcessId)]);
        Balancer = new LvspBalancer(Nodes);
    }

    /// <summary>The secret shared with backends.</summary>
    public const string Secret = "dev-secret";

    /// <summary>The database.</summary>
    public ChaosDatabase Database { get; }

    /// <summary>The nodes.</summary>
    public ImmutableArray<ChaosNode> Nodes { get; }

    /// <summary>What the wires between nodes do to what goes over them.</summary>
    public LinkConditions Conditions { get; }

    /// <summary>The one address for backends.</summary>
    public LvspBalancer Balancer { get; }

    /// <summary>Where the nodes' output is.</summary>
    public string Directory => _directory.FullName;

    /// <summary>Whether the directory stays after the end.</summary>
    public bool KeepsDirectory { get; set; }

    /// <summary>Starts everything and waits until every node takes work and is linked with every other.</summary>
    /// <param name="nodes">How many nodes.</param>
    /// <param name="assembly">The node's assembly.</param>
    /// <param name="seed">Of what wires do by chance.</param>
    public static async Task<ChaosCluster> StartAsync(int nodes, string assembly, int seed, CancellationToken cancellation)
    {
        var directory = System.IO.Directory.CreateTempSubdirectory("voicechaos-");
        var database = await ChaosDatabase.StartAsync();
        var token = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        var environment = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["VOICECLUSTER__Cluster__Secret"] = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32)),
            ["VOICECLUSTER__Cluster__Postgres__ConnectionString"] = database.ConnectionString,
            ["VOICECLUSTER__Admin__Token"] = token,
            ["DOTNET_GCgen0size"] = YoungestGeneration,
        };
        var ports = new ChaosPorts(FreePorts.Take(ChaosPorts.Count));
        var settings = Enumerable.Range(0, nodes).Select(index => new ChaosNodeSettings
        {
            Index = index,
            Assembly = assembly,
            Ports = ports,
            Directory = directory.FullName,
            AdminToken = token,
            Environment = environment,
        });
        var cluster = new ChaosCluster(directory, database, [.. settings], seed);
        try
        {
            await cluster.StartNodesAsync(cancellation);
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
    public async Task WaitUntilWholeAsync(TimeSpan limit, CancellationToken cancellation)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        deadline.CancelAfter(limit);
        foreach (var node in Nodes)
        {
            await node.WaitUntilReadyAsync(limit, cancellation);
            while (!await IsLinkedWithAllAsync(node, cancellation) && !deadline.IsCancellationRequested)
            {
                await Task.Delay(Step, cancellation);
            }
        }
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await Balancer.DisposeAsync();
        foreach (var node in Nodes)
        {
            await node.DisposeAsync();
        }

        await _wires.DisposeAsync();
        await Database.DisposeAsync();
        if (!KeepsDirectory)
        {
            _directory.Delete(recursive: true);
        }
    }

    private async Task StartNodesAsync(CancellationToken cancellation)
    {
        foreach (var node in Nodes)
        {
            node.Start();
        }

        await WaitUntilWholeAsync(StartLimit, cancellation);
    }

    private async Task<bool> IsLinkedWithAllAsync(ChaosNode node, CancellationToken cancellation) =>
        await node.ReadLinksAsync(cancellation) is { } links && links.Count(link => link.Value == "connected") == Nodes.Length - 1;
}
