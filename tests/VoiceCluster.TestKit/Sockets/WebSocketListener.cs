using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace VoiceCluster.TestKit.Sockets;

/// <summary>A WebSocket that a test accepted, and what was asked for in its request line.</summary>
public sealed record AcceptedWebSocket(WebSocket Socket, string PathAndQuery);

/// <summary>Accepts WebSockets on a free loopback port, plain or over TLS, for tests of clients.</summary>
public sealed class WebSocketListener : IDisposable
{
    private const string KeyHeader = "Sec-WebSocket-Key:";
    private const string AcceptSuffix = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly X509Certificate2? _certificate;

    public WebSocketListener(X509Certificate2? certificate = null)
    {
        _certificate = certificate;
        _listener.Start();
    }

    /// <summary>The address with scheme and port, path <c>/</c>.</summary>
    public Uri Url => new($"{(_certificate is null ? "ws" : "wss")}://localhost:{Port}/");

    /// <summary>The port.</summary>
    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Waits, at most ten seconds, for the next connection and completes its handshake.</summary>
    public async Task<AcceptedWebSocket> AcceptAsync()
    {
        using var deadline = new CancellationTokenSource(Limit);
        var connection = await _listener.AcceptSocketAsync(deadline.Token);
        connection.NoDelay = true;
        var stream = await OpenStreamAsync(connection, deadline.Token);
        var request = await ReadHeadAsync(stream, deadline.Token);
        await stream.WriteAsync(AnswerTo(request), deadline.Token);
        var socket = WebSocket.CreateFromStream(stream, new WebSocketCreationOptions { IsServer = true });
        return new AcceptedWebSocket(socket, request.Split(' ')[1]);
    }

    /// <inheritdoc />
    public void Dispose() => _listener.Dispose();

    private async Task<Stream> OpenStreamAsync(Socket connection, CancellationToken cancellation)
    {
        var plain = new NetworkStream(connection, ownsSocket: true);
        if (_certificate is null)
        {
            return plain;
        }

        var secure = new SslStream(plain);
        await secure.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = _certificate }, cancellation);
        return secure;
    }

    private static async Task<string> ReadHeadAsync(Stream stream, CancellationToken cancellation)
    {
        var head = new StringBuilder();
        var one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            await stream.ReadExactlyAsync(one, cancellation);
            head.Append((char)one[0]);
        }

        return head.ToString();
    }

    private static byte[] AnswerTo(string request)
    {
        var header = request.Split("\r\n").First(line => line.StartsWith(KeyHeader, StringComparison.OrdinalIgnoreCase));
        var key = header[KeyHeader.Length..].Trim() + AcceptSuffix;
#pragma warning disable CA5350 // The handshake of RFC 6455 is defined with SHA-1; it protects nothing.
        var accept = Convert.ToBase64String(SHA1.HashData(Encoding.ASCII.GetBytes(key)));
#pragma warning restore CA5350
        return Encoding.ASCII.GetBytes(
            $"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n");
    }
}
