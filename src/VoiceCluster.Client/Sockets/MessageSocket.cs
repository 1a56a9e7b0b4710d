using System.Buffers;
using System.Net.WebSockets;

namespace VoiceCluster.Client.Sockets;

/// <summary>One message from a <see cref="MessageSocket"/>, or its end.</summary>
/// <param name="Kind">Text, binary, or <c>Close</c> for the end.</param>
/// <param name="Body">The message; valid until the next one is received.</param>
/// <param name="CloseCode">The code of the end; null if the connection just broke.</param>
/// <param name="CloseReason">The text sent with the code.</param>
public readonly record struct SocketMessage(
    WebSocketMessageType Kind, ReadOnlyMemory<byte> Body, int? CloseCode = null, string? CloseReason = null)
{
    /// <summary>Whether nothing more will come.</summary>
    public bool IsEnd => Kind == WebSocketMessageType.Close;
}

/// <summary>A WebSocket that carries whole messages. Any thread may send; one at a time receives.</summary>
public sealed class MessageSocket : IAsyncDisposable
{
    /// <summary>The longest message that is received; servers stay far below.</summary>
    public const int LargestMessage = 1024 * 1024;

    private const int FirstBuffer = 4096;
    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan CloseLimit = TimeSpan.FromSeconds(2);

    private readonly WebSocket _socket;
    private readonly SemaphoreSlim _sending = new(1, 1);
    private readonly ArrayBufferWriter<byte> _received = new(FirstBuffer);

    /// <summary>Takes over an open socket.</summary>
    public MessageSocket(WebSocket socket) => _socket = socket;

    /// <summary>Opens a connection.</summary>
    /// <param name="who">Names the client in exceptions.</param>
    /// <exception cref="ConnectFailedException">Refused, not in time, or not a WebSocket.</exception>
    public static async Task<MessageSocket> ConnectAsync(Uri url, TlsTrust trust, string who, TimeSpan limit, CancellationToken cancellation)
    {
        var socket = new ClientWebSocket();
        socket.Options.KeepAliveInterval = KeepAlive;
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        deadline.CancelAfter(limit);
        try
        {
            await socket.ConnectAsync(url, trust.Invoker, deadline.Token);
            return new MessageSocket(socket);
        }
        catch (Exception exception) when (exception is WebSocketException or HttpRequestException or OperationCanceledException)
        {
            socket.Dispose();
            cancellation.ThrowIfCancellationRequested();
            throw new ConnectFailedException($"{who} could not connect to {url}: {Explain(exception, limit)}", exception);
        }
    }

    /// <summary>Whether the connection is still open both ways.</summary>
    public bool IsOpen => _socket.State == WebSocketState.Open;

    /// <summary>Sends one whole message; false if the connection is gone.</summary>
    public async ValueTask<bool> SendAsync(
        ReadOnlyMemory<byte> message, WebSocketMessageType kind = WebSocketMessageType.Text, CancellationToken cancellation = default)
    {
        await _sending.WaitAsync(cancellation);
        try
        {
            await _socket.SendAsync(message, kind, endOfMessage: true, cancellation);
            return true;
        }
        catch (Exception exception) when (IsGone(exception, cancellation))
        {
            return false;
        }
        finally
        {
            _sending.Release();
        }
    }

    /// <summary>Waits for the next whole message, or the end. Does not throw for anything the other side does.</summary>
    public async ValueTask<SocketMessage> ReceiveAsync(CancellationToken cancellation = default)
    {
        _received.ResetWrittenCount();
        try
        {
            while (_received.WrittenCount < LargestMessage)
            {
                var part = await _socket.ReceiveAsync(_received.GetMemory(FirstBuffer / 4), cancellation);
                if (part.MessageType == WebSocketMessageType.Close)
                {
                    return End();
                }

                _received.Advance(part.Count);
                if (part.EndOfMessage)
                {
                    return new SocketMessage(part.MessageType, _received.WrittenMemory);
                }
            }
        }
        catch (Exception exception) when (IsGone(exception, cancellation))
        {
            return End();
        }

        _socket.Abort();
        return End();
    }

    /// <summary>Says goodbye with a code and does not wait long for the answer.</summary>
    public async Task CloseAsync(int code = 1000, string? reason = null)
    {
        using var deadline = new CancellationTokenSource(CloseLimit);
        try
        {
            await _sending.WaitAsync(deadline.Token);
        }
        catch (OperationCanceledException)
        {
            _socket.Abort();
            return;
        }

        try
        {
            await _socket.CloseOutputAsync((WebSocketCloseStatus)code, reason, deadline.Token);
        }
        catch (Exception exception) when (IsGone(exception, CancellationToken.None))
        {
            _socket.Abort();
        }
        finally
        {
            _sending.Release();
        }
    }

    /// <summary>Breaks the connection without a word, as a lost network does.</summary>
    public void Abort() => _socket.Abort();

    /// <inheritdoc />
    public ValueTask DisposeAsync()
    {
        _socket.Dispose();
        return ValueTask.CompletedTask;
    }

    private SocketMessage End() =>
        new(WebSocketMessageType.Close, default, (int?)_socket.CloseStatus, _socket.CloseStatusDescription);

    /// <summary>
    /// 
    /// </summary>
    /// <remarks>A socket that was aborted ends its calls as cancelled, although their token was not.</remarks>
    private static bool IsGone(Exception exception, CancellationToken cancellation) =>
        exception is WebSocketException or ObjectDisposedException or IOException or InvalidOperationException
        || (exception is OperationCanceledException && !cancellation.IsCancellationRequested);

    private static string Explain(Exception exception, TimeSpan limit) => exception is OperationCanceledException
        ? $"no answer within {limit.TotalSeconds:0.#} s"
        : exception.GetBaseException().Message;
}
