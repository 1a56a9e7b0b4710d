using System.Threading.Channels;
using VoiceCluster.Client.Sockets;
using VoiceCluster.Client.Voice;
using VoiceCluster.Protocol.Gateway;
using VoiceCluster.Protocol.Gateway.Client;

namespace VoiceCluster.EndToEnd.Tests.Support;

/// <summary>A packet as its receiver opened it.</summary>
internal sealed record HeardPacket(string? UserId, uint Ssrc, ushort SequenceNumber, uint Timestamp, byte[] Payload);

/// <summary>A user in a call: a whole voice client, and all that it hears.</summary>
internal sealed class Caller : IAsyncDisposable
{
    private readonly Channel<HeardPacket> _heard = Channel.CreateUnbounded<HeardPacket>();

    private Caller(VoiceClient client)
    {
        Client = client;
        client.Listener = (scoped in HeardFrame frame) => _heard.Writer.TryWrite(new HeardPacket(
            frame.UserId?.ToString(),
            frame.Packet.Ssrc.Value,
            frame.Packet.SequenceNumber,
            frame.Packet.Timestamp,
            frame.Packet.Payload.ToArray()));
    }

    public VoiceClient Client { get; }

    public ChannelReader<HeardPacket> Heard => _heard.Reader;

    public static VoiceClientOptions Options(EndToEndNode node, Credentials user, int version = 8) => new()
    {
        Url = node.Voice,
        UserId = Ids.Snowflake(user.UserId),
        ServerId = Ids.Snowflake(user.ServerId),
        ChannelId = Ids.Snowflake(user.ChannelId),
        SessionId = user.SessionId,
        Token = user.Token,
        Version = new VoiceGatewayVersion(version),
        AnswerLimit = RawSocket.Limit,
    };

    /// <summary>Makes a client that has not connected.</summary>
    public static Caller For(EndToEndNode node, Credentials user, int version = 8) => new(new VoiceClient(Options(node, user, version)));

    /// <summary>Makes a client and brings it into its call.</summary>
    public static async Task<Caller> ConnectAsync(EndToEndNode node, Credentials user, int version = 8)
    {
        var caller = For(node, user, version);
        await caller.Client.ConnectAsync();

        // Who joins soon after others is planned together with them, when the interval is over.
        node.Time?.Advance(TimeSpan.FromMilliseconds(25));
        return caller;
    }

    /// <summary>The same by another way than the node's own address.</summary>
    public static async Task<Caller> ConnectAsync(Uri url, EndToEndNode node, Credentials user)
    {
        var caller = new Caller(new VoiceClient(Options(node, user) with { Url = url }));
        await caller.Client.ConnectAsync();
        return caller;
    }

    /// <summary>Waits for the close.</summary>
    public Task<ConnectionEndedException> EndAsync() => Client.Ended.WaitAsync(RawSocket.Limit);

    /// <summary>Waits for a message of a kind; what comes before it is passed over.</summary>
    public async Task<T> UntilAsync<T>(Func<T, bool>? fits = null)
        where T : VoiceServerMessage
    {
        using var deadline = new CancellationTokenSource(RawSocket.Limit);
        while (true)
        {
            if (await Client.Messages.ReadAsync(deadline.Token) is T message && fits?.Invoke(message) != false)
            {
                return message;
            }
        }
    }

    /// <summary>Waits for an event of the call.</summary>
    public async Task<T> UntilEventAsync<T>(Func<T, bool>? fits = null)
        where T : VoiceEvent =>
        (T)(await UntilAsync<VoiceServerMessage.Event>(message => message.Value is T value && fits?.Invoke(value) != false)).Value;

    /// <summary>Sends frames until a listener has heard one of them; a busy machine may lose some.</summary>
    public async Task<HeardPacket> SpeakToAsync(Caller listener)
    {
        var marker = Guid.NewGuid().ToByteArray();
        using var deadline = new CancellationTokenSource(RawSocket.Limit);
        while (true)
        {
            Client.SendFrame(marker).ShouldBeTrue();
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token);
            patience.CancelAfter(TimeSpan.FromMilliseconds(100));
            try
            {
                while (true)
                {
                    var packet = await listener.Heard.ReadAsync(patience.Token);
                    if (packet.Payload.AsSpan().SequenceEqual(marker))
                    {
                        return packet;
                    }
                }
            }
            catch (OperationCanceledException) when (!deadline.IsCancellationRequested)
            {
                // Not heard yet: once more.
            }
        }
    }

    /// <summary>
    /// Sends frames until none of them arrives any more. A plan takes the same way as the answers of control, but ends at the packet loop;
    /// so a few frames may still pass after an answer.
    /// </summary>
    public async Task FallsSilentToAsync(Caller listener)
    {
        using var deadline = new CancellationTokenSource(RawSocket.Limit);
        while (await PassesAsync(listener))
        {
            deadline.Token.ThrowIfCancellationRequested();
        }
    }

    /// <summary>Waits until all datagrams sent so far have been looked at, and all that was sent back has arrived.</summary>
    public async Task EchoAsync()
    {
        using var deadline = new CancellationTokenSource(RawSocket.Limit);
        Task echo;
        do
        {
            deadline.Token.ThrowIfCancellationRequested();
            echo = Client.EchoAsync();
        }
        while (await Task.WhenAny(echo, Task.Delay(TimeSpan.FromMilliseconds(200))) != echo);
        await echo;
    }

    /// <summary>Whether any of a few frames reaches a listener.</summary>
    public async Task<bool> PassesAsync(Caller listener)
    {
        var marker = Guid.NewGuid().ToByteArray();
        for (var frame = 0; frame < 3; frame++)
        {
            Client.SendFrame(marker).ShouldBeTrue();
        }

        await EchoAsync();
        await listener.EchoAsync();
        var passed = false;
        while (listener.Heard.TryRead(out var packet))
        {
            passed |= packet.Payload.AsSpan().SequenceEqual(marker);
        }

        return passed;
    }

    public async ValueTask DisposeAsync() => await Client.DisposeAsync();
}
