using System.Buffers;
using System.Net.WebSockets;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using VoiceCluster.Cluster.Hosting;

namespace VoiceCluster.Gateways.Sockets;

/// <summary>Pumps one WebSocket between its peer and the actor that owns it; knows nothing of the protocol on it.</summary>
/// <remarks>
/// One message at a time goes in: the next may be read meanwhile, but waits until the owner has handled the last, so that a busy owner slows its peer down.
/// What goes out waits in a bounded queue; a peer that lets it run full is cut. Commands are safe from any thread.
/// </remarks>
public sealed class GatewaySocket : IGatewaySocket, IDisposable
{
    private const int UsualBufferLength = 1024;

    private static readonly TimeSpan WriteDeadline = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan CloseDeadline = TimeSpan.FromSeconds(5);

    private readonly WebSocket _socket;
    private readonly IEntityHost _host;
    private readonly IDisposable? _unidentified;
    private readonly Channel<Outgoing> _outgoing;
    private readonly TurnSignal _handled = new();
    private readonly CancellationTokenSource _aborted = new();
    private volatile LocalAddress? _owner;
    private byte[] _buffer = [];
    private bool _isOwnerBusy;
    private int _maxFrameBytes;
    private int _closing;
    private volatile bool _ended;
    private volatile SocketClosed? _end;

    /// <summary>A pump for an accepted WebSocket.</summary>
    /// <param name="socket">The WebSocket; disposed with the pump.</param>
    /// <param name="host">Where the owner lives.</param>
    /// <param name="unidentified">The place among sockets that have not identified themselves; given back by <see cref="Identified"/>.</param>
    /// <param name="maxWaiting">Frames that may wait to be written.</param>
    /// <param name="maxFrameBytes">The longest message taken at first.</param>
    public GatewaySocket(WebSocket socket, IEntityHost host, IDisposable? unidentified, int maxWaiting, int maxFrameBytes)
    {
        _socket = socket;
        _host = host;
        _unidentified = unidentified;
        _maxFrameBytes = maxFrameBytes;
        _outgoing = Channel.CreateBounded<Outgoing>(new BoundedChannelOptions(maxWaiting) { SingleReader = true });
        _aborted.Token.UnsafeRegister(static signal => ((TurnSignal)signal!).Cancel(), _handled);
    }

    /// <summary>The longest message taken.</summary>
    public int MaxFrameBytes
    {
        get => Volatile.Read(ref _maxFrameBytes);
        set => Volatile.Write(ref _maxFrameBytes, value);
    }

    /// <inheritdoc />
    public LocalAddress? Owner => _owner;

    /// <inheritdoc />
    public void SetOwner(LocalAddress owner)
    {
        _owner = owner;

        // Whichever comes first, the new owner or the end: one of the two sees the other.
        Interlocked.MemoryBarrier();
        if (_end is { } end)
        {
            Tell(end);
        }
    }

    /// <inheritdoc />
    public void Identified() => _unidentified?.Dispose();

    /// <inheritdoc />
    public void Handled() => _handled.Raise();

    /// <inheritdoc />
    public bool TrySend(ReadOnlyMemory<byte> payload, bool isText = true, Action? written = null) =>
        _outgoing.Writer.TryWrite(new Outgoing(payload, isText, written)) || _ended;

    /// <inheritdoc />
    public bool TryNotify(Action written) => _outgoing.Writer.TryWrite(new Outgoing(default, IsText: true, written));

    /// <inheritdoc />
    public void Close(int code, string reason)
    {
        if (Interlocked.Exchange(ref _closing, 1) != 0)
        {
            return;
        }

        if (!_outgoing.Writer.TryWrite(new Outgoing(default, IsText: true, null, code, reason)))
        {
            // The queue is full: the peer is the reason for the close and need not be sent what waits.
            while (_outgoing.Reader.TryRead(out _))
            {
            }

            _outgoing.Writer.TryWrite(new Outgoing(default, IsText: true, null, code, reason));
        }

        _outgoing.Writer.TryComplete();
        _aborted.CancelAfter(WriteDeadline + CloseDeadline);
        _handled.Raise();
    }

    /// <inheritdoc />
    public void CloseUnowned(int code, string reason)
    {
        _owner = null;
        Close(code, reason);
    }

    /// <summary>Pumps until the socket is closed from either side, then tells the owner if it has one.</summary>
    public async Task RunAsync()
    {
        var writing = WriteAsync();
        var code = await ReadAsync();
        _ended = true;
        _outgoing.Writer.TryComplete();
        await writing;
        ReturnBuffer();
        _end = new SocketClosed(this, code);
        Interlocked.MemoryBarrier();
        Tell(_end);
    }

    /// <summary>Ends the socket. The owner may still call its commands: they do nothing then.</summary>
    public void Dispose()
    {
        Identified();
        _socket.Dispose();

        // Cancelled, not disposed: the owner may be just about to use them, and neither holds anything that must be freed.
        _aborted.Cancel();
    }

    private async Task<int?> ReadAsync()
    {
        try
        {
            while (true)
            {
                // Begun before the owner is done with the last one: what a read needs is there again on the thread where the read before it has ended, and only there.
                var (length, type) = await ReceiveMessageAsync();
                await WaitForOwnerAsync();
                if (type == WebSocketMessageType.Close)
                {
                    await AnswerCloseAsync();
                    return (int?)_socket.CloseStatus;
                }

                if (length < 0)
                {
                    Tell(new FrameTooLarge(this));
                    return await DiscardUntilClosedAsync();
                }

                if (!Tell(new FrameReceived(this, _buffer.AsSpan(0, length).ToArray(), type == WebSocketMessageType.Text)))
                {
                    // Usually the owner has closed and ended. Going away with bytes unread would reset the connection, and the peer lose the close.
                    Close((int)WebSocketCloseStatus.InternalServerError, "No owner");
                    return await DiscardUntilClosedAsync();
                }

                _isOwnerBusy = true;
            }
        }
        catch (Exception error) when (IsSocketLoss(error))
        {
            return null;
        }
    }

    /// <summary>Reads one message into the buffer, which grows as far as the limit allows; -1 says that it is too long.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<(int Length, WebSocketMessageType Type)> ReceiveMessageAsync()
    {
        var length = 0;
        while (true)
        {
            if (length == _buffer.Length)
            {
                GrowBuffer(length);
            }

            var received = await _socket.ReceiveAsync(_buffer.AsMemory(length), _aborted.Token);
            length += received.Count;
            if (length > MaxFrameBytes)
            {
                // The message before it may be what raises the limit.
                await WaitForOwnerAsync();
                if (length > MaxFrameBytes)
                {
                    return (-1, received.MessageType);
                }
            }

            if (received.EndOfMessage || received.MessageType == WebSocketMessageType.Close)
            {
                return (length, received.MessageType);
            }
        }
    }

    private ValueTask WaitForOwnerAsync()
    {
        var isBusy = _isOwnerBusy;
        _isOwnerBusy = false;
        return isBusy ? _handled.WaitAsync() : ValueTask.CompletedTask;
    }

    private void GrowBuffer(int filled)
    {
        var grown = ArrayPool<byte>.Shared.Rent(Math.Max(UsualBufferLength, _buffer.Length * 4));
        _buffer.AsSpan(0, filled).CopyTo(grown);
        ReturnBuffer();
        _buffer = grown;
    }

    private void ReturnBuffer()
    {
        if (_buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_buffer, clearArray: true);
            _buffer = [];
        }
    }

    /// <summary>After a close of ours the peer's close is waited for, and whatever else it still sends is of no interest.</summary>
    private async Task<int?> DiscardUntilClosedAsync()
    {
        while (_socket.State is WebSocketState.Open or WebSocketState.CloseSent)
        {
            if (_buffer.Length == 0)
            {
                GrowBuffer(filled: 0);
            }

            var received = await _socket.ReceiveAsync(_buffer.AsMemory(), _aborted.Token);
            if (received.MessageType == WebSocketMessageType.Close)
            {
                break;
            }
        }

        return (int?)_socket.CloseStatus;
    }

    private async Task AnswerCloseAsync()
    {
        if (_socket.State == WebSocketState.CloseReceived && Interlocked.Exchange(ref _closing, 1) == 0)
        {
            using var deadline = new CancellationTokenSource(CloseDeadline);
            await _socket.CloseOutputAsync(_socket.CloseStatus ?? WebSocketCloseStatus.NormalClosure, null, deadline.Token);
        }
    }

    private async Task WriteAsync()
    {
        // One deadline for all writes, which is put off before each: linked sources would cost an object and a timer for every message.
        using var deadline = new CancellationTokenSource();
        using var aborting = _aborted.Token.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), deadline);
        try
        {
            await foreach (var outgoing in _outgoing.Reader.ReadAllAsync(_aborted.Token))
            {
                deadline.CancelAfter(WriteDeadline);
                if (outgoing.CloseCode is { } code)
                {
                    await _socket.CloseOutputAsync((WebSocketCloseStatus)code, outgoing.CloseReason, deadline.Token);
                    _aborted.CancelAfter(CloseDeadline);
                    return;
                }

                if (!outgoing.Payload.IsEmpty)
                {
                    await _socket.SendAsync(outgoing.Payload, outgoing.Type, endOfMessage: true, deadline.Token);
                }

                deadline.CancelAfter(Timeout.InfiniteTimeSpan);
                outgoing.Written?.Invoke();
            }
        }
        catch (Exception error) when (IsSocketLoss(error))
        {
            _socket.Abort();
        }
    }

    private bool Tell(IActorMessage message) => _owner is { } owner && _host.Tell(owner, message);

    private static bool IsSocketLoss(Exception error) =>
        error is WebSocketException or OperationCanceledException or IOException or ObjectDisposedException or InvalidOperationException;

    private readonly record struct Outgoing(
        ReadOnlyMemory<byte> Payload, bool IsText, Action? Written, int? CloseCode = null, string? CloseReason = null)
    {
        public WebSocketMessageType Type => IsText ? WebSocketMessageType.Text : WebSocketMessageType.Binary;
    }
}
