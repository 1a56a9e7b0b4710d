using System.Net.Sockets;
using System.Net.WebSockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;

namespace VoiceCluster.EndToEnd.Tests.Support;

/// <summary>How a WebSocket ended.</summary>
/// <param name="Code">The server's close code; null when the connection broke without one.</param>
/// <param name="Reason">The text sent with it.</param>
internal readonly record struct SocketEnd(int? Code, string? Reason);

/// <summary>A client's WebSocket that sends whatever it is told to and keeps all that comes, in order.</summary>
internal sealed class RawSocket : IAsyncDisposable
{
    /// <summary>How long anything is waited for: far longer than it takes, because test machines are busy.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly WebSocket _socket;
    private readonly Channel<JsonElement> _messages = Channel.CreateUnbounded<JsonElement>();
    private readonly Task<SocketEnd> _ended;
    private volatile TaskCompletionSource? _hold;

    public RawSocket(WebSocket socket)
    {
        _socket = socket;
        _ended = ReceiveAllAsync();
    }

    /// <summary>Connects with a receive buffer so small that a server soon notices when nothing is read.</summary>
    public static async Task<RawSocket> ConnectNarrowAsync(Uri url)
    {
        using var invoker = new HttpMessageInvoker(new SocketsHttpHandler { UseProxy = false, ConnectCallback = ConnectNarrowAsync });
        var socket = new ClientWebSocket();
        using var deadline = new CancellationTokenSource(Limit);
        await socket.ConnectAsync(url, invoker, deadline.Token);
        return new RawSocket(socket);
    }

    /// <summary>Connects; over TLS the certificate in <paramref name="trusted"/> and no other is accepted.</summary>
    public static async Task<RawSocket> ConnectAsync(Uri url, Action<ClientWebSocketOptions>? configure = null, string? trusted = null)
    {
        var socket = new ClientWebSocket();
        socket.Options.Proxy = null;
        if (trusted is not null)
        {
            using var certificate = X509CertificateLoader.LoadCertificateFromFile(trusted);
            var thumbprint = certificate.Thumbprint;
            socket.Options.RemoteCertificateValidationCallback = (_, presented, _, _) => presented?.GetCertHashString() == thumbprint;
        }

        configure?.Invoke(socket.Options);
        using var deadline = new CancellationTokenSource(Limit);
        await socket.ConnectAsync(url, deadline.Token);
        return new RawSocket(socket);
    }

    public Task SendAsync(string text) => SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text);

    /// <summary>Sends a message of the shape that both gateways share.</summary>
    public Task SendAsync(int op, string d) => SendAsync(Message(op, d));

    /// <summary>A message of the shape that both gateways share.</summary>
    public static string Message(int op, string d) => $"{{\"op\":{op},\"d\":{d}}}";

    public Task SendBinaryAsync(params byte[] bytes) => SendAsync(bytes, WebSocketMessageType.Binary);

    /// <summary>Sends unless the connection has ended.</summary>
    public async Task<bool> TrySendAsync(string text)
    {
        try
        {
            await SendAsync(text);
            return true;
        }
        catch (Exception error) when (error is WebSocketException or InvalidOperationException or OperationCanceledException or IOException)
        {
            return false;
        }
    }

    /// <summary>The next message.</summary>
    public async Task<JsonElement> NextAsync()
    {
        using var deadline = new CancellationTokenSource(Limit);
        try
        {
            return await _messages.Reader.ReadAsync(deadline.Token);
        }
        catch (ChannelClosedException error)
        {
            throw new InvalidOperationException($"The socket ended while a message was waited for: {await _ended}.", error);
        }
        catch (OperationCanceledException error)
        {
            throw new TimeoutException($"No message within {Limit}.", error);
        }
    }

    /// <summary>Waits for the end; messages before it may still be read.</summary>
    public Task<SocketEnd> EndAsync() => _ended.WaitAsync(Limit);

    /// <summary>The messages that came and were not read, after the end.</summary>
    public async Task<IReadOnlyList<JsonElement>> RestAsync()
    {
        await EndAsync();
        var rest = new List<JsonElement>();
        while (_messages.Reader.TryRead(out var message))
        {
            rest.Add(message);
        }

        return rest;
    }

    /// <summary>Reads nothing more, from the next message on.</summary>
    public void HoldReading() => _hold = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Reads on.</summary>
    public void GoOnReading()
    {
        var hold = _hold;
        _hold = null;
        hold?.TrySetResult();
    }

    /// <summary>Whether the connection is open as far as this side knows.</summary>
    public bool IsOpen => !_ended.IsCompleted;

    /// <summary>Closes in order and waits for the end.</summary>
    public async Task CloseAsync(int code = 1000)
    {
        using var deadline = new CancellationTokenSource(Limit);
        await _socket.CloseOutputAsync((WebSocketCloseStatus)code, null, deadline.Token);
        await EndAsync();
    }

    /// <summary>Breaks the connection without a word, as a lost network does.</summary>
    public void Abort() => _socket.Abort();

    public async ValueTask DisposeAsync()
    {
        _socket.Abort();
        GoOnReading();
        await _ended;
        _socket.Dispose();
    }

    private async Task SendAsync(byte[] bytes, WebSocketMessageType type)
    {
        using var deadline = new CancellationTokenSource(Limit);
        await _socket.SendAsync(bytes, type, endOfMessage: true, deadline.Token);
    }

    private async Task<SocketEnd> ReceiveAllAsync()
    {
        var buffer = new byte[1024 * 1024];
        try
        {
            while (true)
            {
                if (_hold is { } hold)
                {
                    await hold.Task;
                }

                var length = 0;
                ValueWebSocketReceiveResult received;
                do
                {
                    received = await _socket.ReceiveAsync(buffer.AsMemory(length), CancellationToken.None);
                    length += received.Count;
                }
                while (!received.EndOfMessage && received.MessageType != WebSocketMessageType.Close);
                if (received.MessageType == WebSocketMessageType.Close)
                {
                    await AnswerCloseAsync();
                    return new SocketEnd((int?)_socket.CloseStatus, _socket.CloseStatusDescription);
                }

                received.MessageType.ShouldBe(WebSocketMessageType.Text);
                using var document = JsonDocument.Parse(buffer.AsMemory(0, length));
                _messages.Writer.TryWrite(document.RootElement.Clone());
            }
        }
        catch (Exception error) when (error is WebSocketException or OperationCanceledException or ObjectDisposedException or IOException)
        {
            return new SocketEnd((int?)_socket.CloseStatus, _socket.CloseStatusDescription);
        }
        finally
        {
            _messages.Writer.TryComplete();
        }
    }

    private static async ValueTask<Stream> ConnectNarrowAsync(SocketsHttpConnectionContext context, CancellationToken cancellation)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4096, NoDelay = true };
        await socket.ConnectAsync(context.DnsEndPoint, cancellation);
        return new NetworkStream(socket, ownsSocket: true);
    }

    private async Task AnswerCloseAsync()
    {
        if (_socket.State == WebSocketState.CloseReceived)
        {
            using var deadline = new CancellationTokenSource(Limit);
            await _socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, deadline.Token);
        }
    }
}
