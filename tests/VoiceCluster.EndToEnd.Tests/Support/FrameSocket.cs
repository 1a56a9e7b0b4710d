using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace VoiceCluster.EndToEnd.Tests.Support;

/// <summary>A WebSocket client that handles every frame by hand, pings and pongs included. Messages are short and whole.</summary>
internal sealed class FrameSocket : IAsyncDisposable
{
    private const byte Text = 1;
    private const byte Ping = 9;
    private const byte Pong = 10;

    private readonly NetworkStream _stream;
    private readonly Queue<JsonElement> _texts = new();

    private FrameSocket(NetworkStream stream) => _stream = stream;

    /// <summary>Connects; <paramref name="prologue"/> goes out before the handshake, <paramref name="header"/> lines into it.</summary>
    public static async Task<FrameSocket> ConnectAsync(Uri url, byte[]? prologue = null, params string[] header)
    {
        var socket = new FrameSocket(await OpenAsync(url, prologue, header));
        (await socket.ReadHeadAsync()).ShouldStartWith("HTTP/1.1 101");
        return socket;
    }

    /// <summary>Sends the handshake and returns the first line of the answer; empty when the connection is cut instead.</summary>
    public static async Task<string> AskAsync(Uri url, byte[]? prologue = null, params string[] header)
    {
        try
        {
            await using var socket = new FrameSocket(await OpenAsync(url, prologue, header));
            return (await socket.ReadHeadAsync()).Split("\r\n")[0];
        }
        catch (Exception error) when (error is IOException or SocketException)
        {
            return string.Empty;
        }
    }

    public Task SendTextAsync(string text) => SendAsync(Text, Encoding.UTF8.GetBytes(text));

    public Task SendPongAsync() => SendAsync(Pong, []);

    /// <summary>The next text; pings before it are answered.</summary>
    public async Task<JsonElement> ReadTextAsync()
    {
        while (true)
        {
            if (_texts.TryDequeue(out var text))
            {
                return text;
            }

            await ReadFrameAsync();
        }
    }

    /// <summary>Waits for a ping and answers it.</summary>
    public async Task AnswerPingAsync()
    {
        while (await ReadFrameAsync() != Ping)
        {
        }
    }

    public ValueTask DisposeAsync() => _stream.DisposeAsync();

    private static async Task<NetworkStream> OpenAsync(Uri url, byte[]? prologue, string[] header)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, url.Port));
        var stream = new NetworkStream(socket, ownsSocket: true);
        string[] lines =
        [
            $"GET {url.PathAndQuery} HTTP/1.1", $"Host: {url.Authority}", "Upgrade: websocket", "Connection: Upgrade",
            "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", .. header, string.Empty, string.Empty,
        ];
        await stream.WriteAsync((byte[])[.. prologue ?? [], .. Encoding.ASCII.GetBytes(string.Join("\r\n", lines))]);
        return stream;
    }

    private async Task<string> ReadHeadAsync()
    {
        var head = new StringBuilder();
        var one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            await ReadAsync(one);
            head.Append((char)one[0]);
        }

        return head.ToString();
    }

    private async Task<byte> ReadFrameAsync()
    {
        var start = new byte[2];
        await ReadAsync(start);
        var length = (int)start[1];
        if (length == 126)
        {
            var longer = new byte[2];
            await ReadAsync(longer);
            length = BinaryPrimitives.ReadUInt16BigEndian(longer);
        }

        var payload = new byte[length];
        await ReadAsync(payload);
        var opcode = (byte)(start[0] & 0x0F);
        switch (opcode)
        {
            case Text:
                using (var document = JsonDocument.Parse(payload))
                {
                    _texts.Enqueue(document.RootElement.Clone());
                }

                break;
            case Ping:
                await SendAsync(Pong, payload);
                break;
        }

        return opcode;
    }

    private async Task SendAsync(byte opcode, byte[] payload)
    {
        // A mask of zeros is a mask too.
        byte[] header = payload.Length < 126
            ? [(byte)(0x80 | opcode), (byte)(0x80 | payload.Length)]
            : [(byte)(0x80 | opcode), 0x80 | 126, (byte)(payload.Length >> 8), (byte)payload.Length];
        await _stream.WriteAsync((byte[])[.. header, 0, 0, 0, 0, .. payload]);
    }

    private async Task ReadAsync(byte[] buffer)
    {
        using var deadline = new CancellationTokenSource(RawSocket.Limit);
        await _stream.ReadExactlyAsync(buffer, deadline.Token);
    }
}
