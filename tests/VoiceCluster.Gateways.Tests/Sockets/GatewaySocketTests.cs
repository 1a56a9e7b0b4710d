using System.Net.WebSockets;
using System.Threading.Channels;
using NSubstitute;
using VoiceCluster.Client.Sockets;
using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Gateways.Sockets;
using VoiceCluster.TestKit.Sockets;

namespace VoiceCluster.Gateways.Tests.Sockets;

public sealed class GatewaySocketTests : IDisposable
{
    private const int MaxWaiting = 4;
    private const int MaxFrameBytes = 4096;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly WebSocketListener _listener = new();
    private readonly IEntityHost _host = Substitute.For<IEntityHost>();
    private readonly TaskCompletionSource _told = new();
    private readonly Channel<IActorMessage> _messages = Channel.CreateUnbounded<IActorMessage>();

    public GatewaySocketTests() =>
        _host.Tell(Arg.Any<ActorAddress>(), Arg.Do<IActorMessage>(Note)).Returns(true);

    public void Dispose() => _listener.Dispose();

    [Fact]
    public async Task TrySend_peer_has_closed_and_the_owner_does_not_know_yet_is_no_slow_peer()
    {
        var (client, socket) = await ConnectAsync();
        await using var _ = client;
        using var __ = socket;
        var running = socket.RunAsync();

        await client.CloseAsync(1000);
        await _told.Task.WaitAsync(Limit);

        socket.TrySend("{}"u8.ToArray()).ShouldBeTrue();
        await running.WaitAsync(Limit);
    }

    [Fact]
    public async Task TrySend_more_waits_than_may_is_a_slow_peer()
    {
        var (client, socket) = await ConnectAsync();
        await using var _ = client;
        using var __ = socket;

        var taken = Enumerable.Range(0, MaxWaiting + 1).Select(_ => socket.TrySend("{}"u8.ToArray())).ToArray();

        taken.ShouldBe([.. Enumerable.Repeat(true, MaxWaiting), false]);
    }

    [Fact]
    public async Task Commands_of_an_owner_that_has_not_heard_of_the_end_yet_do_nothing()
    {
        var (client, socket) = await ConnectAsync();
        await using var _ = client;

        socket.Dispose();

        Should.NotThrow(socket.Handled);
        Should.NotThrow(() => socket.Close(4014, "left"));
        socket.Dispose();
    }

    [Fact]
    public async Task CloseUnowned_tells_neither_what_still_comes_nor_the_end()
    {
        var (client, socket) = await ConnectAsync();
        await using var _ = client;
        using var __ = socket;
        var running = socket.RunAsync();

        socket.CloseUnowned(4014, "left");
        await client.SendAsync("{}"u8.ToArray());
        await client.CloseAsync(1000);
        await running.WaitAsync(Limit);

        socket.Owner.ShouldBeNull();
        _host.DidNotReceive().Tell(Arg.Any<ActorAddress>(), Arg.Any<IActorMessage>());
    }

    [Fact]
    public async Task Owner_that_takes_over_a_socket_which_has_ended_is_told()
    {
        var (client, socket) = await ConnectAsync();
        await using var _ = client;
        using var __ = socket;
        var running = socket.RunAsync();
        await client.CloseAsync(1000);
        await running.WaitAsync(Limit);
        var heir = new LocalAddress(new NodeId("node"), "heir");

        socket.SetOwner(heir);

        _host.Received(1).Tell(heir, Arg.Any<IActorMessage>());
    }

    [Fact]
    public async Task The_next_message_waits_until_the_owner_has_handled_the_last()
    {
        var (client, socket) = await ConnectAsync();
        await using var _ = client;
        using var __ = socket;
        var running = socket.RunAsync();
        for (byte i = 0; i < 20; i++)
        {
            await client.SendAsync(new byte[] { (byte)'0', i });
        }

        for (byte i = 0; i < 20; i++)
        {
            (await NextAsync<FrameReceived>()).Payload.ToArray().ShouldBe([(byte)'0', i]);
            _messages.Reader.TryPeek(out var _).ShouldBeFalse();
            socket.Handled();
        }

        await client.CloseAsync(1000);
        await running.WaitAsync(Limit);
    }

    [Fact]
    public async Task A_message_that_came_early_is_measured_by_the_limit_that_the_one_before_it_brought()
    {
        var (client, socket) = await ConnectAsync();
        await using var _ = client;
        using var __ = socket;
        var running = socket.RunAsync();
        await client.SendAsync("identify"u8.ToArray());
        await client.SendAsync(Enumerable.Repeat((byte)'x', MaxFrameBytes + 1).ToArray());
        await NextAsync<FrameReceived>();

        socket.MaxFrameBytes = MaxFrameBytes + 1;
        socket.Handled();

        (await NextAsync<FrameReceived>()).Payload.Length.ShouldBe(MaxFrameBytes + 1);
        socket.Handled();
        await client.SendAsync(Enumerable.Repeat((byte)'x', MaxFrameBytes + 2).ToArray());
        await NextAsync<FrameTooLarge>();
        socket.Close(4002, "too large");
        await client.CloseAsync(1000);
        await running.WaitAsync(Limit);
    }

    private void Note(IActorMessage message)
    {
        _told.TrySetResult();
        _messages.Writer.TryWrite(message);
    }

    private async Task<T> NextAsync<T>() => (await _messages.Reader.ReadAsync().AsTask().WaitAsync(Limit)).ShouldBeOfType<T>();

    private async Task<(MessageSocket Client, GatewaySocket Server)> ConnectAsync()
    {
        var accepting = _listener.AcceptAsync();
        var client = await MessageSocket.ConnectAsync(_listener.Url, TlsTrust.Machine, "test", Limit, CancellationToken.None);
        var server = new GatewaySocket((await accepting).Socket, _host, null, MaxWaiting, MaxFrameBytes);
        server.SetOwner(new LocalAddress(new NodeId("node"), "owner"));
        return (client, server);
    }
}
