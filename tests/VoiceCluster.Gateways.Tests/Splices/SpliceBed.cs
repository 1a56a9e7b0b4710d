using System.Net;
using System.Threading.Channels;
using Microsoft.Extensions.Logging.Abstractions;
using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Cluster.Messages;
using VoiceCluster.Cluster.Messages.Wire;
using VoiceCluster.Cluster.Store;
using VoiceCluster.Cluster.Transport;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Domain.VoiceStates;
using VoiceCluster.Gateways.Sockets;
using VoiceCluster.Gateways.Splices;
using VoiceCluster.Protocol.Gateway;
using VoiceCluster.TestKit;

namespace VoiceCluster.Gateways.Tests.Splices;

/// <summary>Two nodes that splice sockets, with real actors and a link that can be cut.</summary>
internal sealed class SpliceBed : IAsyncDisposable
{
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly InProcessNetwork _network = new();
    private readonly List<(EntityHost Host, SpliceRegistry Registry)> _nodes = [];

    public SpliceBed(int maximum = 10, bool accepts = true)
    {
        Entry = Start("entry", maximum);
        Holder = Start("holder", maximum);
        if (accepts)
        {
            _nodes[1].Host.Spawn(SocketSplicer.Acceptor, () => new TestAcceptor(Holder, Owner));
        }
    }

    public static NodeId HolderNode { get; } = new("holder");

    public ManualTimeProvider Time { get; } = new();

    /// <summary>Where clients connect.</summary>
    public SocketSplicer Entry { get; }

    /// <summary>Where the session is.</summary>
    public SocketSplicer Holder { get; }

    /// <summary>The session's side.</summary>
    public TestOwner Owner { get; } = new();

    /// <summary>Processes that membership has given up.</summary>
    public HashSet<NodeId> Lost { get; } = [];

    /// <summary>Actors on both nodes but for the acceptor.</summary>
    public int Actors => _nodes.Sum(node => node.Host.ReadStatus().LocalActors) - 1;

    public void CutLink() => _network.Cut(new NodeId("entry"), HolderNode);

    /// <summary>A connection that waits for the answer to its resume.</summary>
    public static VoiceGatewayConnection Resuming()
    {
        var connection = new VoiceGatewayConnection(new VoiceGatewayVersion(8), new VoiceGatewayOptions(), TimeSpan.Zero);
        connection.HandleText("""{"op":7,"d":{"server_id":"1","session_id":"s","token":"t","seq_ack":5}}"""u8, TimeSpan.Zero);
        while (connection.TryPoll(out _))
        {
        }

        return connection;
    }

    public ValueTask<bool> HandOverAsync(FakeSocket socket, VoiceGatewayConnection connection) => Entry.TryHandOverAsync(
        socket,
        connection,
        new VoiceClaim(Guid.NewGuid(), new GatewayAddress(HolderNode, "voice-1"), Process: 1),
        IPAddress.Parse("192.0.2.7"),
        CancellationToken.None);

    /// <summary>Hands over a socket, and takes the resume at the session.</summary>
    public async Task<(FakeSocket Client, IGatewaySocket Session)> SpliceAsync()
    {
        var client = new FakeSocket(_nodes[0].Host);
        (await HandOverAsync(client, Resuming())).ShouldBeTrue();
        var resume = (FrameReceived)await Owner.NextAsync();
        resume.Socket.Handled();
        return (client, resume.Socket);
    }

    public FakeSocket NewSocket() => new(_nodes[0].Host);

    public async ValueTask DisposeAsync()
    {
        foreach (var (host, registry) in _nodes)
        {
            registry.Dispose();
            var stopping = host.DisposeAsync().AsTask();
            await Time.AdvanceUntilAsync(stopping, TimeSpan.FromMilliseconds(100));
        }
    }

    private SocketSplicer Start(string name, int maximum)
    {
        var node = new NodeIncarnation(new NodeId(name), 1);
        var host = new EntityHost(
            node, new InMemoryClusterStore(Time), _network.Join(node), ClusterMessages.Codec, Time, NullLogger<EntityHost>.Instance);
        host.Start();
        var registry = new SpliceRegistry(new SpliceOptions(maximum), process => Lost.Contains(process.Node), Time);
        _nodes.Add((host, registry));
        return new SocketSplicer(
            new Lazy<IEntityHost>(host), registry, new VoiceGatewayOptions(), () => node.Incarnation, Time, NullLogger.Instance);
    }

    /// <summary>Takes sockets as a node does, for one owner.</summary>
    private sealed class TestAcceptor(SocketSplicer splicer, TestOwner owner) : Actor
    {
        protected override ValueTask ReceiveAsync(IActorMessage message, CancellationToken cancellation)
        {
            var open = (OpenSplice)message;
            owner.Opened = open;
            var socket = splicer.TryTake(open);
            socket?.SetOwner(SocketActor.Spawn(Context.Host, SocketActor.NewName("owner"), () => new OwnerActor(owner)));
            Context.Reply(new SpliceOpened(socket is not null));
            return ValueTask.CompletedTask;
        }
    }

    private sealed class OwnerActor(TestOwner owner) : Actor
    {
        protected override ValueTask ReceiveAsync(IActorMessage message, CancellationToken cancellation)
        {
            owner.Tell(message);
            if (message is SocketClosed)
            {
                Context.Stop();
            }

            return ValueTask.CompletedTask;
        }
    }
}

/// <summary>What the owner of a spliced socket was told.</summary>
internal sealed class TestOwner
{
    private readonly Channel<IActorMessage> _told = Channel.CreateUnbounded<IActorMessage>();

    public OpenSplice? Opened { get; set; }

    public void Tell(IActorMessage message) => _told.Writer.TryWrite(message);

    public async Task<IActorMessage> NextAsync()
    {
        using var deadline = new CancellationTokenSource(SpliceBed.Limit);
        return await _told.Reader.ReadAsync(deadline.Token);
    }
}

/// <summary>A client's socket whose writes a test completes.</summary>
internal sealed class FakeSocket(IEntityHost host) : IGatewaySocket
{
    private readonly Channel<(string Text, bool IsText, Action? Written)> _sent = Channel.CreateUnbounded<(string, bool, Action?)>();
    private readonly TaskCompletionSource<int> _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly SemaphoreSlim _handled = new(0);

    public LocalAddress? Owner { get; private set; }

    public bool IsIdentified { get; private set; }

    /// <summary>With which code it was closed from this side.</summary>
    public Task<int> Closed => _closed.Task.WaitAsync(SpliceBed.Limit);

    public bool IsClosed => _closed.Task.IsCompleted;

    public void SetOwner(LocalAddress owner) => Owner = owner;

    public void Identified() => IsIdentified = true;

    public void Handled() => _handled.Release();

    public bool TrySend(ReadOnlyMemory<byte> payload, bool isText = true, Action? written = null) =>
        _sent.Writer.TryWrite((System.Text.Encoding.UTF8.GetString(payload.Span), isText, written));

    public bool TryNotify(Action written) => throw new NotSupportedException();

    public void Close(int code, string reason) => _closed.TrySetResult(code);

    public void CloseUnowned(int code, string reason)
    {
        Owner = null;
        Close(code, reason);
    }

    /// <summary>Waits until the client's next message would be read.</summary>
    public async Task UntilReadAsync() => (await _handled.WaitAsync(SpliceBed.Limit)).ShouldBeTrue();

    /// <summary>The client says something.</summary>
    public void Say(string text, bool isText = true) =>
        host.Tell(Owner!, new FrameReceived(this, System.Text.Encoding.UTF8.GetBytes(text), isText)).ShouldBeTrue();

    public void Tell(IActorMessage message) => host.Tell(Owner!, message).ShouldBeTrue();

    public bool MayBeRead => _handled.CurrentCount > 0;

    /// <summary>The next message for the client, which is written then if the test wants it.</summary>
    public async Task<(string Text, bool IsText, Action? Written)> NextAsync()
    {
        using var deadline = new CancellationTokenSource(SpliceBed.Limit);
        return await _sent.Reader.ReadAsync(deadline.Token);
    }
}
