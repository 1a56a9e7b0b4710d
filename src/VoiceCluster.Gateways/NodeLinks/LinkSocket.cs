using System.Net.WebSockets;

namespace VoiceCluster.Gateways.NodeLinks;

/// <summary>A WebSocket that carries whole binary messages; knows nothing of what is in them.</summary>
/// <remarks>One reader and one writer at a time. A socket that fails throws <see cref="LinkSocketException"/> and nothing else.</remarks>
internal sealed class LinkSocket(WebSocket socket) : IDisposable
{
    private readonly CancellationTokenSource _aborted = new();
    private readonly SemaphoreSlim _work = new(0);
    private byte[] _buffer = new byte[16 * 1024];
    private int _workAsked;

    /// <summary>Sends one message.</summary>
    public async ValueTask SendAsync(ReadOnlyMemory<byte> message, CancellationToken cancellation)
    {
        try
        {
            using var linked = CancellationTokenSource.CreateLinkedTokenSource(_aborted.Token, cancellation);
            await socket.SendAsync(message, WebSocketMessageType.Binary, WebSocketMessageFlags.EndOfMessage, linked.Token);
        }
        catch (Exception error) when (IsLoss(error))
        {
            throw new LinkSocketException("The connection was lost while writing.", error);
        }
    }

    /// <summary>Receives one message; the bytes are valid until the next call. Null when the other side has closed.</summary>
    /// <exception cref="LinkSocketException">The connection was lost, or the message is longer than allowed or no binary one.</exception>
    public async ValueTask<ReadOnlyMemory<byte>?> ReceiveAsync(int maxBytes, CancellationToken cancellation)
    {
        try
        {
            using var linked = CancellationTokenSource.CreateLinkedTokenSource(_aborted.Token, cancellation);
            return await ReceiveMessageAsync(maxBytes, linked.Token);
        }
        catch (Exception error) when (IsLoss(error))
        {
            throw new LinkSocketException("The connection was lost.", error);
        }
    }

    /// <summary>Asks the writer to look for something to write.</summary>
    public void AskForWork()
    {
        if (Interlocked.Exchange(ref _workAsked, 1) == 0)
        {
            _work.Release();
        }
    }

    /// <summary>Waits until there may be something to write. False once the socket was aborted.</summary>
    public async ValueTask<bool> WaitForWorkAsync()
    {
        try
        {
            await _work.WaitAsync(_aborted.Token);
            Volatile.Write(ref _workAsked, 0);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    /// <summary>Says that nothing more will be written.</summary>
    public async ValueTask CloseAsync(CancellationToken cancellation)
    {
        try
        {
            await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, cancellation);
        }
        catch (Exception error) when (IsLoss(error))
        {
            socket.Abort();
        }
    }

    /// <summary>Ends everything at once; whoever reads or writes gets an exception.</summary>
    public void Abort()
    {
        socket.Abort();

        // Cancelled and not disposed: the other loop may be just about to use it, and it holds nothing that must be freed.
        _aborted.Cancel();
    }

    public void Dispose()
    {
        Abort();
        socket.Dispose();
    }

    private async ValueTask<ReadOnlyMemory<byte>?> ReceiveMessageAsync(int maxBytes, CancellationToken cancellation)
    {
        var length = 0;
        while (true)
        {
            if (length == _buffer.Length)
            {
                Array.Resize(ref _buffer, Math.Min(_buffer.Length * 4, maxBytes + 1));
            }

            var received = await socket.ReceiveAsync(_buffer.AsMemory(length), cancellation);
            if (received.MessageType == WebSocketMessageType.Close)
            {
                return null;
            }

            length += received.Count;
            if (length > maxBytes || received.MessageType != WebSocketMessageType.Binary)
            {
                throw new LinkSocketException("The message is too long, or no binary one.");
            }

            if (received.EndOfMessage)
            {
                return _buffer.AsMemory(0, length);
            }
        }
    }

    private static bool IsLoss(Exception error) =>
        error is WebSocketException or OperationCanceledException or IOException or ObjectDisposedException or InvalidOperationException;
}

/// <summary>A connection between nodes does not work, or works no longer.</summary>
internal sealed class LinkSocketException(string message, Exception? inner = null) : Exception(message, inner);
