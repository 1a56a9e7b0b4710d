using System.Collections.Immutable;
using System.Security.Cryptography;
using VoiceCluster.Client.Postgres;
using VoiceCluster.Client.Sockets;
using VoiceCluster.LoadGen.Media;
using VoiceCluster.LoadGen.Nodes;

namespace VoiceCluster.LoadGen.Cluster;

/// <summary>How a cluster is started.</summary>
internal sealed record LocalClusterOptions
{
    /// <summary>How many nodes.</summary>
    public required int Nodes { get; init; }

    /// <summary>The node's assembly.</summary>
    public required string Assembly { get; init; }

    /// <summary>Further settings of every node, as flags.</summary>
    public ImmutableArray<string> Settings { get; init; } = [];

    /// <summary>Whether nodes reach each other by addresses behind which somebody else has to lay wires.</summary>
    public bool IsWired { get; init; }
}

/// <summary>A database and the nodes on it: processes of this machine, on 127.0.0.1, .2, .3 and so on.</summary>
internal sealed class LocalCluster : IAsyncDisposable
{
    /// <summary>The secret shared with backends.</summary>
    public const string Secret = NodeAddress.DevelopmentSecret;

    private const string YoungestGeneration = "0x400000";
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(100);

    private readonly DirectoryInfo _directory;

    private LocalCluster(DirectoryInfo directory, PostgresServer database, ImmutableArray<LocalNodeSettings> settings)
    {
        _directory = directory;
        Database = database;
        Settings = settings;
        Nodes = [.. settings.Select(one => new LocalNode(one))];
    }

    /// <summary>The database.</summary>
    public PostgresServer Database { get; }

    /// <summary>The nodes.</summary>
    public ImmutableArray<LocalNode> Nodes { get; }

    /// <summary>How each of them is started.</summary>
    public ImmutableArray<LocalNodeSettings> Settings { get; }

    /// <summary>Where the nodes' output is.</summary>
    public string Directory => _directory.FullName;

    /// <summary>Whether the directory stays after the end.</summary>
    public bool KeepsDirectory { get; set; }

    /// <summary>Starts a database and makes nodes on it that are not started yet.</summary>
    /// <exception cref="ClientException">The database does not start, or there is no node to start.</exception>
    public static async Task<LocalCluster> PrepareAsync(LocalClusterOptions options)
    {
        if (!File.Exists(options.Assembly))
        {
            throw new ConnectFailedException($"{options.Assembly} is not there: build the node in Release, or name it with --node.");
        }

        var database = await PostgresServer.StartAsync(isDurable: true);
        var directory = System.IO.Directory.CreateTempSubdirectory("voicecluster-nodes-");
        return new LocalCluster(directory, database, SettingsOf(options, directory, database));
    }

    /// <summary>Starts everything and waits until every node takes work and is linked with every other.</summary>
    /// <exception cref="ClientException">Something does not start.</exception>
    public static async Task<LocalCluster> StartAsync(LocalClusterOptions options, CancellationToken cancellation)
    {
        var cluster = await PrepareAsync(options);
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

    /// <summary>Starts the nodes and waits until every one takes work and is linked with every other.</summary>
    /// <exception cref="NoAnswerException">One does not.</exception>
    public async Task StartNodesAsync(CancellationToken cancellation)
    {
        foreach (var node in Nodes)
        {
            node.Start();
        }

        await WaitUntilWholeAsync(StartLimit, cancellation);
    }

    /// <summary>Waits until every node takes work and says that it is linked with every other.</summary>
    /// <exception cref="NoAnswerException">One does not take work.</exception>
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
        foreach (var node in Nodes)
        {
            await node.DisposeAsync();
        }

        await Database.DisposeAsync();
        if (!KeepsDirectory)
        {
            _directory.Delete(recursive: true);
        }
    }

    private static ImmutableArray<LocalNodeSettings> SettingsOf(LocalClusterOptions options, DirectoryInfo directory, PostgresServer database)
    {
        var token = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        var environment = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["VOICECLUSTER__Cluster__Secret"] = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32)),
            ["VOICECLUSTER__Cluster__Postgres__ConnectionString"] = database.ConnectionString,
            ["VOICECLUSTER__Admin__Token"] = token,
            ["DOTNET_GCgen0size"] = YoungestGeneration,
        };
        var ports = new LocalPorts(FreePorts.Take(LocalPorts.Count));
        return
        [
            .. Enumerable.Range(0, options.Nodes).Select(index => new LocalNodeSettings
            {
                Index = index,
                Assembly = options.Assembly,
                Ports = ports,
                Directory = directory.FullName,
                AdminToken = token,
                Environment = environment,
                Settings = options.Settings,
                IsWired = options.IsWired,
            }),
        ];
    }

    private async Task<bool> IsLinkedWithAllAsync(LocalNode node, CancellationToken cancellation) =>
        await node.ReadLinksAsync(cancellation) is { } links && links.Count(link => link.Value == "connected") == Nodes.Length - 1;
}
