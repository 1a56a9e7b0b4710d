using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace VoiceCluster.EndToEnd.Tests.RealClients;

/// <summary>A network path for TCP that a test cuts and mends. What goes over it stays encrypted between the two ends.</summary>
internal sealed class CuttableLink : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<Socket, bool> _sockets = [];
    private readonly ConcurrentBag<Task> _carrying = [];
    private readonly Task _accepting;
    private volatile TaskCompletionSource _whole = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public CuttableLink(IPEndPoint target)
    {
        Target = target;
        _whole.SetResult();
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>Where connections lead that are made from now on.</summary>
    public IPEndPoint Target { get; set; }

    /// <summary>What a client is told instead of the node's own endpoint.</summary>
    public string Endpoint => $"localhost:{((IPEndPoint)_listener.LocalEndpoint).Port}";

    /// <summary>Resets every connection. New ones are accepted, but nothing gets through before <see cref="Mend"/>.</summary>
    public void Cut()
    {
        _whole = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        foreach (var socket in _sockets.Keys)
        {
            Reset(socket);
        }
    }

    public void Mend() => _whole.TrySetResult();

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        Cut();
        await _accepting;
        await Task.WhenAll(_carrying);
        _stop.Dispose();
    }

    private static void Reset(Socket socket)
    {
        try
        {
            // Closing with zero linger sends a reset, as a router does that forgot the connection.
            socket.LingerState = new LingerOption(enable: true, seconds: 0);
            socket.Close();
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // Gone already, with the other end.
        }
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _carrying.Add(CarryAsync(await _listener.AcceptSocketAsync(_stop.Token)));
            }
        }
        catch (OperationCanceledException)
        {
            // The test is over.
        }
    }

    private async Task CarryAsync(Socket client)
    {
        using var node = new Socket(SocketType.Stream, ProtocolType.Tcp);
        _sockets[client] = true;
        try
        {
            await _whole.Task.WaitAsync(_stop.Token);
            await node.ConnectAsync(Target, _stop.Token);
            _sockets[node] = true;
            await Task.WhenAny(CopyAsync(client, node), CopyAsync(node, client));
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // Cut, or over.
        }
        finally
        {
            _sockets.TryRemove(client, out _);
            _sockets.TryRemove(node, out _);
            client.Dispose();
        }
    }

    private async Task CopyAsync(Socket from, Socket to)
    {
        var buffer = new byte[16 * 1024];
        try
        {
            int length;
            while ((length = await from.ReceiveAsync(buffer, _stop.Token)) > 0)
            {
                await to.SendAsync(buffer.AsMemory(0, length), _stop.Token);
            }
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // One end is gone; the other follows.
        }
    }
}
