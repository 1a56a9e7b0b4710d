using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using VoiceCluster.LoadGen.Cluster;

namespace VoiceCluster.LoadGen.Chaos.Wires;

/// <summary>The one address for backends: hands connections to the nodes in turn and asks after their health each second, as operators' balancers do.</summary>
/// <remarks>
/// New connections go to nodes that are ready, else to those that are alive. What is open is reset only when its node does not answer twice that it is alive: a node
/// that is not ready keeps its sessions.
/// </remarks>
internal sealed class LvspBalancer : IAsyncDisposable
{
    private const int FailuresToBeDown = 2;
    private static readonly TimeSpan CheckInterval = TimeSpan.FromSeconds(1);

    private readonly ImmutableArray<Server> _servers;
    private readonly TcpAcceptor _acceptor;
    private readonly CancellationTokenSource _stopped = new();
    private readonly Task _checking;
    private int _turn;

    public LvspBalancer(ImmutableArray<LocalNode> nodes)
    {
        _servers = [.. nodes.Select(node => new Server(node))];
        _acceptor = new TcpAcceptor(new IPEndPoint(IPAddress.Loopback, 0), ServeAsync);
        _checking = Task.WhenAll(_servers.Select(CheckAsync));
    }

    /// <summary>Where backends connect.</summary>
    public Uri Url => new($"ws://{_acceptor.Endpoint}/lvsp");

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _stopped.CancelAsync();
        await _acceptor.DisposeAsync();
        await _checking;
        _stopped.Dispose();
    }

    private async Task ServeAsync(Socket accepted, CancellationToken cancellation)
    {
        var server = Choose();
        var pipe = new TcpPipe(accepted, static () => Impairment.None, static () => Impairment.None);
        server.Pipes[pipe] = true;
        await pipe.RunAsync(server.Node.Public, cancellation);
        server.Pipes.TryRemove(pipe, out _);
    }

    private Server Choose()
    {
        var turn = (uint)Interlocked.Increment(ref _turn);
        Server[] able = [.. _servers.Where(server => server.IsReady)];
        able = able.Length > 0 ? able : [.. _servers.Where(server => server.Failures == 0)];
        return able.Length > 0 ? able[turn % able.Length] : _servers[(int)(turn % _servers.Length)];
    }

    private async Task CheckAsync(Server server)
    {
        try
        {
            while (true)
            {
                await Task.Delay(CheckInterval, _stopped.Token);
                server.IsReady = await server.Node.IsReadyAsync(_stopped.Token);
                server.Failures = server.IsReady || await server.Node.IsAliveAsync(_stopped.Token) ? 0 : server.Failures + 1;
                if (server.Failures >= FailuresToBeDown)
                {
                    server.ResetAll();
                }
            }
        }
        catch (OperationCanceledException)
        {
        }
    }

    private sealed class Server(LocalNode node)
    {
        private volatile bool _isReady = true;
        private volatile int _failures;

        public LocalNode Node { get; } = node;

        public ConcurrentDictionary<TcpPipe, bool> Pipes { get; } = new();

        public bool IsReady { get => _isReady; set => _isReady = value; }

        public int Failures { get => _failures; set => _failures = value; }

        public void ResetAll()
        {
            foreach (var (pipe, _) in Pipes)
            {
                pipe.Reset();
            }
        }
    }
}
