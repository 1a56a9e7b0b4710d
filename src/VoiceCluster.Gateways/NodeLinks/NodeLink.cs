using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using VoiceCluster.Cluster.Links;
using VoiceCluster.Cluster.Transport;
using VoiceCluster.Domain.Identities;

namespace VoiceCluster.Gateways.NodeLinks;

/// <summary>Moves the bytes of one link; what to do is <see cref="LinkPeer"/>'s to say.</summary>
internal sealed partial class NodeLink(NodeLinkTransport transport, NodeId peer)
{
    private readonly Lock _gate = new();

    // Held around the delivery of frames, so that those of an old connection cannot be overtaken by those of its successor.
    private readonly Lock _delivery = new();
    // Held while others are told, so that what they hear last is what is so.
    private readonly Lock _telling = new();
    private readonly List<ReadOnlyMemory<byte>> _arrived = [];
    private readonly LinkPeer _peer = new(transport.Identity.Node.Node, peer, transport.Options);
    private LinkSocket? _socket;
    private TimeSpan? _lastRoundTrip;
    private bool _stopped;

    public NodeId Peer => peer;

    /// <summary>How the link is at present.</summary>
    public NodeLinkStatus Status
    {
        get
        {
            lock (_gate)
            {
                return new NodeLinkStatus(peer, _peer.Incarnation, _peer.IsConnected, _peer.IsUnreachable, _peer.Attempts, _peer.Waiting, _peer.RoundTrip);
            }
        }
    }

    public SendResult TrySend(ReadOnlyMemory<byte> frame)
    {
        SendResult result;
        LinkSocket? socket;
        lock (_gate)
        {
            result = _stopped ? SendResult.Unreachable : _peer.TrySend(frame, transport.Now);
            socket = _socket;
        }

        if (result != SendResult.Queued)
        {
            NodeLinkTelemetry.Dropped(peer, result);
        }

        if (socket is not null)
        {
            socket.AskForWork();
        }
        else
        {
            DialIfDue();
        }

        return result;
    }

    /// <summary>Asks for a connection.</summary>
    public void Open()
    {
        lock (_gate)
        {
            _peer.Want(transport.Now);
        }

        DialIfDue();
    }

    /// <summary>Does what time asks for.</summary>
    public void Tick()
    {
        var lost = new List<ReadOnlyMemory<byte>>();
        LinkDue due;
        NodeIncarnation incarnation;
        LinkSocket? socket;
        lock (_gate)
        {
            due = _peer.Tick(transport.Now, lost);
            incarnation = _peer.Incarnation;
            socket = _socket;
        }

        if (due.HasFlag(LinkDue.Write))
        {
            socket?.AskForWork();
        }

        if (due.HasFlag(LinkDue.Abort))
        {
            Log.Silent(transport.Logger, peer);
            NodeLinkTelemetry.Failed("silent");
            socket?.Abort();
        }

        if (due.HasFlag(LinkDue.TellUnreachable))
        {
            Tell(incarnation, isReachable: false);
        }

        Lose(lost);
        if (due.HasFlag(LinkDue.Dial))
        {
            DialIfDue();
        }
    }

    /// <summary>How things stand when the node says hello, before it has proven anything.</summary>
    public int BeginAccept()
    {
        lock (_gate)
        {
            return _peer.BeginAccept();
        }
    }

    /// <summary>Takes a connection whose dialer has proven itself. Null when it is not wanted.</summary>
    public LinkUp? TryAccept(int ticket, NodeIncarnation incarnation, LinkPosition offered)
    {
        LinkUp up;
        lock (_gate)
        {
            if (_stopped || !_peer.MayAccept(ticket))
            {
                return null;
            }

            up = _peer.Accept(incarnation, offered, NewStreamName(), transport.Now);
            _socket?.Abort();
            _socket = null;
        }

        OnUp(up, incarnation);
        return up;
    }

    /// <summary>The connection was lost before it could carry anything.</summary>
    public void Drop(int connection)
    {
        lock (_gate)
        {
            _peer.Drop(connection, transport.Now);
        }
    }

    /// <summary>Carries frames over a connection that stands, to its end.</summary>
    public async Task RunAsync(LinkSocket socket, int connection)
    {
        lock (_gate)
        {
            if (!_peer.IsCurrent(connection) || _stopped)
            {
                return;
            }

            _socket?.Abort();
            _socket = socket;
        }

        socket.AskForWork();
        var writing = WriteAsync(socket, connection);
        await ReadAsync(socket, connection);
        socket.Abort();
        await writing;
        OnDown(socket, connection);
    }

    /// <summary>Says goodbye and takes nothing more.</summary>
    public async Task StopAsync(CancellationToken deadline)
    {
        LinkSocket? socket;
        lock (_gate)
        {
            _stopped = true;
            socket = _socket;
        }

        // What waits is written first, by the loop that writes.
        socket?.AskForWork();
        while (socket is not null && !deadline.IsCancellationRequested && Status is { IsConnected: true })
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), transport.Time, CancellationToken.None);
        }

        socket?.Abort();
    }

    private async Task WriteAsync(LinkSocket socket, int connection)
    {
        var packet = new FrameWriter(4096);
        try
        {
            while (await socket.WaitForWorkAsync())
            {
                while (Fill(packet, connection))
                {
                    await socket.SendAsync(packet.Written, CancellationToken.None);
                }

                if (Volatile.Read(ref _stopped))
                {
                    await SayGoodbyeAsync(socket, packet);
                    return;
                }
            }
        }
        catch (LinkSocketException)
        {
            socket.Abort();
        }
    }

    private static async Task SayGoodbyeAsync(LinkSocket socket, FrameWriter packet)
    {
        packet.Clear();
        LinkPackets.WriteGoodbye(packet);
        await socket.SendAsync(packet.Written, CancellationToken.None);
        await socket.CloseAsync(CancellationToken.None);
    }

    private bool Fill(FrameWriter packet, int connection)
    {
        packet.Clear();
        int frames;
        lock (_gate)
        {
            frames = _peer.Write(connection, packet, transport.Now);
        }

        if (packet.Length == 0)
        {
            return false;
        }

        NodeLinkTelemetry.Sent(peer, frames, packet.Length);
        return true;
    }

    private async Task ReadAsync(LinkSocket socket, int connection)
    {
        try
        {
            var maxBytes = transport.Options.MaxFrameBytes + transport.Options.PacketBytes + LinkPackets.Overhead;
            while (await socket.ReceiveAsync(maxBytes, CancellationToken.None) is { } packet && Take(socket, connection, packet))
            {
            }
        }
        catch (LinkSocketException error)
        {
            Log.Lost(transport.Logger, peer, error.Message);
        }
    }

    /// <summary>Hands on the frames of a packet. False when the connection is to end.</summary>
    private bool Take(LinkSocket socket, int connection, ReadOnlyMemory<byte> packet)
    {
        LinkReceipt receipt;
        TimeSpan? roundTrip;
        lock (_delivery)
        {
            _arrived.Clear();
            NodeIncarnation from;
            lock (_gate)
            {
                receipt = _peer.Receive(connection, packet, _arrived, transport.Now);
                from = _peer.Incarnation;
                roundTrip = _peer.RoundTrip;
            }

            foreach (var frame in _arrived)
            {
                transport.Deliver(from, frame);
            }

            NodeLinkTelemetry.Received(peer, _arrived.Count, packet.Length);
        }

        NoteRoundTrip(roundTrip);
        if (receipt == LinkReceipt.Write)
        {
            socket.AskForWork();
        }

        if (receipt == LinkReceipt.Violation)
        {
            NodeLinkTelemetry.Failed("violation");
            Log.Violation(transport.Logger, peer);
        }

        return receipt is LinkReceipt.Taken or LinkReceipt.Write;
    }

    private void NoteRoundTrip(TimeSpan? roundTrip)
    {
        if (roundTrip is { } measured && roundTrip != _lastRoundTrip)
        {
            _lastRoundTrip = roundTrip;
            NodeLinkTelemetry.RoundTrip(peer, measured);
        }
    }

    private void OnUp(in LinkUp up, NodeIncarnation incarnation)
    {
        NodeLinkTelemetry.Connected(peer);
        NodeLinkTelemetry.Again(peer, up.Again);
        Log.Connected(transport.Logger, incarnation);
        Lose(up.Lost);
        Tell(incarnation, isReachable: true);
    }

    /// <summary>Tells nothing that has changed since it was found: whoever changed it tells that.</summary>
    private void Tell(NodeIncarnation incarnation, bool isReachable)
    {
        lock (_telling)
        {
            if (Status.IsUnreachable == isReachable)
            {
                return;
            }

            if (!isReachable)
            {
                LogUnreachable(incarnation);
            }

            transport.TellReachability(new NodeReachability(peer, incarnation, isReachable));
        }
    }

    private void OnDown(LinkSocket socket, int connection)
    {
        lock (_gate)
        {
            _peer.Drop(connection, transport.Now);
            if (ReferenceEquals(_socket, socket))
            {
                _socket = null;
            }
        }

        // Not from here: a node that closes each connection at once would make this a loop without a pause.
        if (!Volatile.Read(ref _stopped))
        {
            transport.Wake();
        }
    }

    private void Lose(List<ReadOnlyMemory<byte>> frames)
    {
        if (frames.Count > 0)
        {
            NodeLinkTelemetry.Dropped(peer, "lost", frames.Count);
            frames.ForEach(frame => transport.Lose(peer, frame));
        }
    }

    /// <summary>A node that never took a link may just be starting, or be the row of one that died: nothing to warn of.</summary>
    private void LogUnreachable(NodeIncarnation incarnation)
    {
        if (incarnation == default)
        {
            Log.NotReachedYet(transport.Logger, peer);
        }
        else
        {
            Log.Unreachable(transport.Logger, peer);
        }
    }

    private static ulong NewStreamName()
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        RandomNumberGenerator.Fill(bytes);
        return Math.Max(1, BitConverter.ToUInt64(bytes));
    }

    private static partial class Log
    {
        [LoggerMessage(340, LogLevel.Information, "The link to {Peer} stands")]
        public static partial void Connected(ILogger logger, NodeIncarnation peer);

        [LoggerMessage(341, LogLevel.Information, "The link to {Peer} was lost: {Reason}")]
        public static partial void Lost(ILogger logger, NodeId peer, string reason);

        [LoggerMessage(342, LogLevel.Warning, "Node {Peer} says nothing; its connection is cut")]
        public static partial void Silent(ILogger logger, NodeId peer);

        [LoggerMessage(343, LogLevel.Warning, "Node {Peer} cannot be reached")]
        public static partial void Unreachable(ILogger logger, NodeId peer);

        [LoggerMessage(347, LogLevel.Information, "Node {Peer} has not taken a link yet")]
        public static partial void NotReachedYet(ILogger logger, NodeId peer);

        [LoggerMessage(344, LogLevel.Error, "Node {Peer} breaks the link protocol; its connection is cut")]
        public static partial void Violation(ILogger logger, NodeId peer);

        [LoggerMessage(345, LogLevel.Debug, "No connection to {Peer}: {Reason}")]
        public static partial void DialFailed(ILogger logger, NodeId peer, string reason);

        [LoggerMessage(346, LogLevel.Warning, "Node {Peer} does not take the link: {Refusal}")]
        public static partial void Refused(ILogger logger, NodeId peer, LinkRefusal refusal);
    }
}
