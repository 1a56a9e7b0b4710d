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

    // Held while others are told, so that what they hear last is what is so.
    private readonly Lock _telling = new();
    private readonly LinkPeer _peer = new(transport.Identity.Node.Node, peer, transport.Options);
    private LinkSocket? _socket;
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
