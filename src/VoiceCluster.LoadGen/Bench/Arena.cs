using System.Collections.Immutable;
using VoiceCluster.Client.Sockets;
using VoiceCluster.Crypto;
using VoiceCluster.LoadGen.Media;
using VoiceCluster.LoadGen.Native;
using VoiceCluster.LoadGen.Nodes;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.LoadGen.Bench;

/// <summary>A node with a crowd, and room to start the floor beside it with the same crowd.</summary>
internal sealed class Arena : IAsyncDisposable
{
    private readonly BenchOptions _options;
    private readonly int _userPort;

    private Arena(BenchOptions options, CallShape shape, int userPort, UserSocket socket, NodeProcess node, NodeForwarder server)
    {
        _options = options;
        _userPort = userPort;
        Shape = shape;
        Socket = socket;
        Node = node;
        Server = server;
    }

    /// <summary>Who is in which channel.</summary>
    public CallShape Shape { get; }

    /// <summary>The users' socket; drops what comes.</summary>
    public UserSocket Socket { get; }

    /// <summary>The node's process.</summary>
    public NodeProcess Node { get; }

    /// <summary>The node with its crowd.</summary>
    public NodeForwarder Server { get; }

    /// <summary>Starts a node and joins the crowd.</summary>
    /// <param name="options">What is measured and how long.</param>
    /// <param name="shape">Who is in which channel.</param>
    /// <param name="modes">The modes, which users take in turn.</param>
    /// <param name="progress">Is told how it goes.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <param name="workers">Packet threads.</param>
    /// <param name="settings">More of the node's settings, as on its command line.</param>
    /// <param name="hasPacketCore">Whether the measured core is the packet threads' alone, and the rest of the node runs where the load does.</param>
    /// <exception cref="ClientException">The node does not start, or somebody cannot join.</exception>
    public static async Task<Arena> OpenAsync(
        BenchOptions options,
        CallShape shape,
        ImmutableArray<TransportEncryptionMode> modes,
        Action<string> progress,
        CancellationToken cancellation,
        int workers = 1,
        bool hasPacketCore = false,
        ImmutableArray<string> settings = default)
    {
        var userPort = FreePorts.Take();
        var socket = new UserSocket(userPort);
        try
        {
            var node = await StartNodeAsync(options, workers, hasPacketCore, settings.IsDefault ? [] : settings, cancellation);
            var begun = TimeProvider.System.GetTimestamp();
            var server = await NodeForwarder.JoinAsync(node, shape, modes, options.PayloadLength, socket, cancellation);
            progress($"{shape}: {shape.Users} users joined in {TimeProvider.System.GetElapsedTime(begun).TotalSeconds:0.0} s");
            socket.DropEverything();
            return new Arena(options, shape, userPort, socket, node, server);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Lets everybody talk at a pace until the node has settled.</summary>
    public async Task SettleAsync(double packetsPerSecond, CancellationToken cancellation)
    {
        using var speech = new SpeechThread(Socket, Server.Speakers, packetsPerSecond);
        await Task.Delay(_options.Settling, cancellation);
    }

    /// <summary>Measures the node once.</summary>
    /// <param name="packetsPerSecond">Of all speakers.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <param name="burst">How many packets a speaker sends at once.</param>
    public Task<MeasuredWindow> MeasureAsync(double packetsPerSecond, CancellationToken cancellation, int burst = 1) =>
        Measurement.RunAsync(Server, Socket, PaceOf(packetsPerSecond, burst), cancellation);

    /// <summary>Measures the floor once, with the same crowd.</summary>
    public async Task<MeasuredWindow> MeasureFloorAsync(FloorVariant variant, double packetsPerSecond, CancellationToken cancellation, int burst = 1)
    {
        await using var floor = await StartFloorAsync(variant, cancellation);
        return await Measurement.RunAsync(floor, Socket, PaceOf(packetsPerSecond, burst), cancellation);
    }

    /// <summary>Starts the floor with the same crowd.</summary>
    public Task<FloorForwarder> StartFloorAsync(FloorVariant variant, CancellationToken cancellation) =>
        FloorForwarder.StartAsync(_options.Core, _options.FloorProgram, variant, Shape, _userPort, _options.PayloadLength, cancellation);

    /// <summary>Lets one user really listen.</summary>
    public Listener Listen(int user) => new(Server.Crowd.Users[user], _userPort, Shape.Users, _options.PayloadLength);

    /// <summary>Opens what a user of the node is sent.</summary>
    public TransportCipher CipherOf(int user) => Server.Crowd.Users[user].CreateCipher();

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        Socket.Dispose();
    }

    // With a core for packets alone the rest of the node runs where the load does: this process keeps off that core, and what it starts inherits that.
    private static Task<NodeProcess> StartNodeAsync(
        BenchOptions options, int workers, bool hasPacketCore, ImmutableArray<string> settings, CancellationToken cancellation) => hasPacketCore
        ? NodeProcess.StartAsync(
            core: null, workers, options.NodeAssembly, [$"--Media:Cores={options.Core}", "--Media:ThreadPriority=realtime", .. settings], cancellation)
        : NodeProcess.StartAsync(options.Core, workers, options.NodeAssembly, [.. settings], cancellation);

    private Pace PaceOf(double packetsPerSecond, int burst) => new(packetsPerSecond, _options.WarmUp, _options.Window) { Burst = burst };
}
