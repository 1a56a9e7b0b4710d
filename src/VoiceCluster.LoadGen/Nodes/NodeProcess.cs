using System.Collections.Immutable;
using System.Globalization;
using VoiceCluster.Client.Sockets;
using VoiceCluster.LoadGen.Media;
using VoiceCluster.LoadGen.Native;

namespace VoiceCluster.LoadGen.Nodes;

/// <summary>A node that was started for a measurement: its own process, ports and state directory.</summary>
internal sealed class NodeProcess : IAsyncDisposable
{
    /// <summary>The assembly, from the root of the repository.</summary>
    public const string DefaultAssembly = "src/VoiceCluster.Node/bin/Release/net10.0/VoiceCluster.Node.dll";

    private const string YoungestGeneration = "0x400000";
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);

    /// <summary>Settings for many users behind few addresses, each sending up to ten times what a person does: a measurement is no site.</summary>
    public static ImmutableArray<string> RaisedLimits { get; } =
    [
        "--Limits:PacketsPerSecondPerSession=10000", "--Limits:SessionsPerWorker=60000", "--Limits:SocketsBeforeIdentify=1000000",
        "--Limits:SocketsBeforeIdentifyPerAddress=1000000", "--Limits:VoiceMessagesPerMinute=100000", "--Limits:VoiceMessagesPerSecond=10000",
        "--Node:CapacityUsers=1000000", "--Node:CapacityMegabits=1000000", "--Voice:HeartbeatInterval=2m", "--Voice:ResumeWindow=10m",
        "--Voice:UnclaimedTimeout=10m",
    ];

    private readonly PinnedProcess _process;
    private readonly DirectoryInfo _state;

    private NodeProcess(PinnedProcess process, DirectoryInfo state, int httpPort)
    {
        _process = process;
        _state = state;
        Address = new NodeAddress
        {
            LvspUrl = Url("ws", httpPort, "lvsp"),
            VoiceUrl = Url("ws", httpPort, string.Empty),
            AdminUrl = Url("http", httpPort + 1, string.Empty),
            AdminTokenFile = Path.Combine(state.FullName, "admin-token"),
            Secret = NodeAddress.DevelopmentSecret,
            ProcessId = process.Id,
        };
    }

    /// <summary>The process.</summary>
    public int Id => _process.Id;

    /// <summary>Where it is.</summary>
    public NodeAddress Address { get; }

    /// <summary>Starts a node in development mode, with limits out of the way, and waits until it takes connections.</summary>
    /// <param name="core">On which core it runs; null for any.</param>
    /// <param name="workers">Packet threads.</param>
    /// <param name="assembly">The node's assembly.</param>
    /// <param name="settings">Further settings, as flags.</param>
    /// <exception cref="ClientException">It does not start.</exception>
    public static async Task<NodeProcess> StartAsync(
        int? core, int workers, string assembly, IEnumerable<string> settings, CancellationToken cancellation)
    {
        if (!File.Exists(assembly))
        {
            throw new ConnectFailedException($"{assembly} is not there: build the node in Release, or name it with --node.");
        }

        var state = Directory.CreateTempSubdirectory("voicecluster-bench-");
        var ports = FreePorts.Take(2 + workers);
        string[] arguments =
        [
            assembly, "--dev", $"--Http:Listen=127.0.0.1:{ports}", "--Https:Listen=off", $"--Admin:Listen=127.0.0.1:{ports + 1}",
            $"--Media:Listen=127.0.0.1:{ports + 2}", $"--Media:Workers={workers.ToString(CultureInfo.InvariantCulture)}",
            $"--Node:StateDirectory={state.FullName}", "--Log:Level=warning", .. RaisedLimits, .. settings,
        ];
        var process = PinnedProcess.Start(core, Environment.ProcessPath!, arguments, ("DOTNET_GCgen0size", YoungestGeneration));
        var node = new NodeProcess(process, state, ports);
        try
        {
            await process.LineAsync(static line => line.StartsWith("ready:", StringComparison.Ordinal), StartLimit, cancellation);
            return node;
        }
        catch
        {
            await node.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.DisposeAsync();
        _state.Delete(recursive: true);
    }

    private static Uri Url(string scheme, int port, string path) =>
        new($"{scheme}://127.0.0.1:{port.ToString(CultureInfo.InvariantCulture)}/{path}");
}
