using System.Net;
using System.Net.Sockets;

namespace VoiceCluster.LoadGen.Chaos.Wires;

/// <summary>Takes TCP connections and hands each over, until it is ended.</summary>
internal sealed class TcpAcceptor : IAsyncDisposable
{
    private readonly TcpListener _listener;
    private readonly CancellationTokenSource _stopped = new();
    private readonly Task _accepting;

    /// <summary>Begins to listen.</summary>
    /// <param name="listen">Where; port 0 lets the system choose.</param>
    /// <param name="serve">What is done with a connection; it owns the socket and must not throw.</param>
    public TcpAcceptor(IPEndPoint listen, Func<Socket, CancellationToken, Task> serve)
    {
        _listener = new TcpListener(listen);
        _listener.Start();
        _accepting = AcceptAsync(serve);
    }

    /// <summary>Where it listens.</summary>
    public IPEndPoint Endpoint => (IPEndPoint)_listener.LocalEndpoint;

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        await _stopped.CancelAsync();
        await _accepting;
        _listener.Dispose();
        _stopped.Dispose();
    }

    private async Task AcceptAsync(Func<Socket, CancellationToken, Task> serve)
    {
        try
        {
            while (true)
            {
                _ = serve(await _listener.AcceptSocketAsync(_stopped.Token), _stopped.Token);
            }
        }
        catch (Exception exception) when (exception is SocketException or InvalidOperationException or OperationCanceledException)
        {
        }
    }
}
