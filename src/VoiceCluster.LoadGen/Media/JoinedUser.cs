using System.Net;
using System.Net.WebSockets;
using VoiceCluster.Client.Sockets;
using VoiceCluster.Crypto;
using VoiceCluster.Protocol.Gateway;
using VoiceCluster.Protocol.Gateway.Client;
using VoiceCluster.Protocol.Primitives;
using VoiceCluster.Udp;

namespace VoiceCluster.LoadGen.Media;

/// <summary>A user of a call who costs next to nothing: a WebSocket that is read and forgotten, and no socket for media.</summary>
internal sealed class JoinedUser(int number, MessageSocket socket) : IAsyncDisposable
{
    private static readonly VoiceGatewayVersion Version = new(8);
    private ulong _heartbeats;

    /// <summary>Which user, from 0.</summary>
    public int Number { get; } = number;

    /// <summary>What READY said.</summary>
    public VoiceReady Ready { get; private set; } = null!;

    /// <summary>Where his media go, as READY said.</summary>
    /// <exception cref="UnexpectedAnswerException">It named no IPv4 address.</exception>
    public Ipv4Endpoint Server => IPAddress.TryParse(Ready.Ip, out var parsed) && Ipv4Endpoint.TryReadAddress(parsed, out var address)
        ? new Ipv4Endpoint(address, (ushort)Ready.Port)
        : throw new UnexpectedAnswerException($"READY named '{Ready.Ip}', which is no IPv4 address.");

    /// <summary>The mode and key; null until protocol and mode were selected.</summary>
    public VoiceSessionDescription? Session { get; private set; }

    /// <summary>What seals and opens this user's media; the caller's to dispose.</summary>
    public TransportCipher CreateCipher() => TransportCiphers.Create(Session!.Mode, [.. Session.SecretKey]);

    /// <summary>Waits for HELLO, identifies, and waits for READY.</summary>
    /// <exception cref="ClientException">The connection ends before.</exception>
    public async Task IdentifyAsync(Identify identify, CancellationToken cancellation)
    {
        await WaitForAsync<VoiceServerMessage.Hello>("HELLO", cancellation);
        await SendAsync(identify, cancellation);
        Ready = (await WaitForAsync<VoiceServerMessage.Ready>("READY", cancellation)).Value;
    }

    /// <summary>Selects UDP and a mode, and waits for the key.</summary>
    /// <exception cref="ClientException">The connection ends before.</exception>
    public async Task SelectAsync(string address, int port, TransportEncryptionMode mode, CancellationToken cancellation)
    {
        await SendAsync(new SelectProtocol(SelectProtocol.Udp, Address: address, Port: port, Mode: mode.ToWireName()), cancellation);
        Session = (await WaitForAsync<VoiceServerMessage.SessionDescription>("the session description", cancellation)).Value;
    }

    /// <summary>Reads whatever comes and forgets it, until the connection ends.</summary>
    public async Task DrainAsync()
    {
        while (!(await socket.ReceiveAsync()).IsEnd)
        {
        }
    }

    /// <summary>Sends a heartbeat.</summary>
    public async Task BeatAsync() =>
        await socket.SendAsync(VoiceClientFrames.Write(Version, new Heartbeat(++_heartbeats, new SequenceAck(-1))));

    /// <summary>Breaks the WebSocket; the session goes on for as long as it may be resumed.</summary>
    public void Drop() => socket.Abort();

    /// <inheritdoc />
    public ValueTask DisposeAsync()
    {
        socket.Abort();
        return socket.DisposeAsync();
    }

    private async Task SendAsync(VoiceClientMessage message, CancellationToken cancellation)
    {
        if (!await socket.SendAsync(VoiceClientFrames.Write(Version, message), cancellation: cancellation))
        {
            throw new ConnectionEndedException($"User {Number} lost the voice gateway.", code: null, reason: null);
        }
    }

    private async Task<T> WaitForAsync<T>(string what, CancellationToken cancellation)
        where T : VoiceServerMessage
    {
        while (true)
        {
            var received = await socket.ReceiveAsync(cancellation);
            if (received.IsEnd)
            {
                throw new ConnectionEndedException(
                    $"User {Number} lost the voice gateway before {what}: {received.CloseCode} {received.CloseReason}", received.CloseCode, received.CloseReason);
            }

            if (received.Kind == WebSocketMessageType.Text
                && VoiceServerMessage.TryParse(received.Body.Span, Version, out var message) == VoiceDecodeError.None
                && message is T wanted)
            {
                return wanted;
            }
        }
    }
}
