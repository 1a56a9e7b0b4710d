using System.Net;
using System.Net.Sockets;

namespace VoiceCluster.TestKit.Sockets;

/// <summary>A wire between two TCP ports of this machine that a test can cut and mend.</summary>
public sealed class TcpForwarder : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Lock _gate = new();
    private readonly HashSet<Socket> _open = [];
    private readonly Func<int> _target;
    private readonly Task _accepting;
    private bool _isCut;

    /// <summary>Begins to listen.</summary>
    /// <param name="target">The port that a new connection leads to.</param>
    public TcpForwarder(Func<int> target)
    {
        _target = target;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Resets what is open; a new connection is possible.</summary>
    public void Break()
    {
        lock (_gate)
        {
            foreach (var socket in _open)
            {
                Reset(socket);
            }

            _open.Clear();
        }
    }

    /// <summary>Resets what is open and what is opened from now on.</summary>
    public void Cut()
    {
        lock (_gate)
        {
            _isCut = true;
        }

        Break();
    }

    public void Mend()
    {
        lock (_gate)
        {
            _isCut = false;
        }
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        Cut();
        await _accepting;
        _listener.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = ForwardAsync(await _listener.AcceptSocketAsync());
            }
        }
        catch (Exception error) when (error is SocketException or InvalidOperationException)
        {
        }
    }

    private async Task ForwardAsync(Socket from)
    {
        var to = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        if (!TryAdd(from, to))
        {
            return;
        }

        try
        {
            await to.ConnectAsync(IPAddress.Loopback, _target());
            from.NoDelay = to.NoDelay = true;
            await Task.WhenAll(CopyOrResetAsync(from, to), CopyOrResetAsync(to, from));
        }
        catch (Exception error) when (error is SocketException or InvalidOperationException)
        {
        }

        Reset(from);
        Reset(to);
        lock (_gate)
        {
            _open.Remove(from);
            _open.Remove(to);
        }
    }

    private bool TryAdd(Socket from, Socket to)
    {
        lock (_gate)
        {
            if (!_isCut)
            {
                _open.Add(from);
                _open.Add(to);
                return true;
            }
        }

        Reset(from);
        to.Dispose();
        return false;
    }

    /// <summary>A reset at one end is one at the other.</summary>
    private static async Task CopyOrResetAsync(Socket from, Socket to)
    {
        try
        {
            await CopyAsync(from, to);
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            Reset(from);
            Reset(to);
        }
    }

    private static async Task CopyAsync(Socket from, Socket to)
    {
        var buffer = new byte[64 * 1024];
        while (await from.ReceiveAsync(buffer.AsMemory()) is > 0 and var length)
        {
            for (var sent = 0; sent < length;)
            {
                sent += await to.SendAsync(buffer.AsMemory(sent, length - sent));
            }
        }

        to.Shutdown(SocketShutdown.Send);
    }

    private static void Reset(Socket socket)
    {
        try
        {
            socket.LingerState = new LingerOption(enable: true, seconds: 0);
        }
        catch (Exception error) when (error is SocketException or InvalidOperationException)
        {
        }

        socket.Dispose();
    }
}
