using VoiceCluster.Cluster.Transport;
using VoiceCluster.Domain.Identities;

namespace VoiceCluster.Simulation.Machinery;

/// <summary>Links between processes: ordered, at most once, found broken by either end only after a while, each end for itself.</summary>
internal sealed class SimulatedNetwork(Agenda agenda, Chance chance)
{
    private readonly Dictionary<NodeId, SimulatedTransport> _processes = [];
    private readonly Dictionary<(NodeId From, NodeId To), Direction> _directions = [];
    private readonly HashSet<(NodeId From, NodeId To)> _cuts = [];

    /// <summary>How much longer than usual every frame takes.</summary>
    public TimeSpan Delay { get; set; }

    /// <summary>Called with every frame that a process has been handed.</summary>
    public Action<SimulatedTransport, ReadOnlyMemory<byte>> Delivered { get; set; } = static (_, _) => { };

    /// <summary>Called with every frame that a link took.</summary>
    public Action<SimulatedTransport, NodeId, ReadOnlyMemory<byte>> Sending { get; set; } = static (_, _, _) => { };

    /// <summary>Connects a new process; links to the others come up one after another.</summary>
    public SimulatedTransport Join(NodeIncarnation node, Action<Action> run, Action<NodeId, bool> reachability)
    {
        var transport = new SimulatedTransport(this, node, run, reachability);
        _processes[node.Node] = transport;
        foreach (var other in _processes.Keys.Where(other => other != node.Node).ToArray())
        {
            Reset(node.Node, other);
        }

        return transport;
    }

    /// <summary>The process is gone, and with it what its links carried.</summary>
    public void Leave(SimulatedTransport transport)
    {
        transport.IsGone = true;
        _processes.Remove(transport.Node.Node);
        foreach (var other in _processes.Keys.ToArray())
        {
            Break(transport.Node.Node, other);
        }
    }

    /// <summary>Stops what one node sends another from arriving; the other way round it still does, for a while.</summary>
    public void Cut(NodeId from, NodeId to)
    {
        if (_cuts.Add((from, to)))
        {
            NoticeLater(from, to);
            NoticeLater(to, from);
        }
    }

    public void Mend(NodeId from, NodeId to)
    {
        if (_cuts.Remove((from, to)) && !IsCut(from, to))
        {
            Flush(from, to);
            Flush(to, from);
            ConnectLater(from, to);
        }
    }

    public void MendAll()
    {
        foreach (var (from, to) in _cuts.ToArray())
        {
            Mend(from, to);
        }
    }

    /// <summary>Since when the one has a link to the other, as far as it knows; null when it has none.</summary>
    public TimeSpan? LinkedSince(NodeId from, NodeId to) =>
        _directions.TryGetValue((from, to), out var direction) && direction.IsUp ? direction.Since : null;

    internal SendResult TrySend(SimulatedTransport from, NodeId to, ReadOnlyMemory<byte> frame)
    {
        if (from.IsGone || !_directions.TryGetValue((from.Node.Node, to), out var direction) || !direction.IsUp)
        {
            return SendResult.Unreachable;
        }

        Sending(from, to, frame);
        direction.Frames.Enqueue(frame.ToArray());
        if (!_cuts.Contains((from.Node.Node, to)))
        {
            DeliverLater(from.Node.Node, to, direction);
        }

        return SendResult.Queued;
    }

    private bool IsCut(NodeId one, NodeId other) => _cuts.Contains((one, other)) || _cuts.Contains((other, one));

    private void Reset(NodeId one, NodeId other)
    {
        Break(one, other);
        ConnectLater(one, other);
    }

    private void ConnectLater(NodeId one, NodeId other) => agenda.After(chance.Between(20, 900), () => Connect(one, other));

    private void Connect(NodeId one, NodeId other)
    {
        if (IsCut(one, other) || !_processes.TryGetValue(one, out var first) || !_processes.TryGetValue(other, out var second))
        {
            return;
        }

        if (IsUp(one, other) && IsUp(other, one))
        {
            return;
        }

        Break(one, other);
        _directions[(one, other)] = new Direction(agenda.Now);
        _directions[(other, one)] = new Direction(agenda.Now);
        first.TellReachability(other, isReachable: true);
        second.TellReachability(one, isReachable: true);
    }

    private bool IsUp(NodeId from, NodeId to) => _directions.TryGetValue((from, to), out var direction) && direction.IsUp;

    /// <summary>One end finds out, by itself, that the other does not answer.</summary>
    private void NoticeLater(NodeId observer, NodeId other)
    {
        var direction = _directions.GetValueOrDefault((observer, other));
        agenda.After(chance.Between(50, 4_000), () =>
        {
            if (direction is { IsUp: true } && _directions.GetValueOrDefault((observer, other)) == direction && (IsCut(observer, other) || !_processes.ContainsKey(other)))
            {
                Lose(observer, other, direction);
                Lose(other, observer, _directions.GetValueOrDefault((other, observer)));
                ConnectLater(observer, other);
            }
        });
    }

    private void Break(NodeId one, NodeId other)
    {
        Lose(one, other, _directions.GetValueOrDefault((one, other)));
        Lose(other, one, _directions.GetValueOrDefault((other, one)));
    }

    private void Lose(NodeId from, NodeId to, Direction? direction)
    {
        if (direction is not { IsUp: true })
        {
            return;
        }

        direction.IsUp = false;
        var lost = direction.Frames.ToArray();
        direction.Frames.Clear();
        if (_processes.TryGetValue(from, out var sender))
        {
            // What had arrived without being acknowledged is given back too: nobody knows that it did.
            foreach (var frame in chance.OneIn(2) ? direction.Unacknowledged.Concat(lost) : lost)
            {
                sender.Lose(to, frame);
            }

            agenda.After(TimeSpan.FromSeconds(1), () => TellUnreachable(sender, to));
        }
    }

    /// <summary>A connection that is back within a second was never missed.</summary>
    private void TellUnreachable(SimulatedTransport sender, NodeId to)
    {
        if (!sender.IsGone && !IsUp(sender.Node.Node, to))
        {
            sender.TellReachability(to, isReachable: false);
        }
    }

    private void Flush(NodeId from, NodeId to)
    {
        if (_directions.TryGetValue((from, to), out var direction) && direction.IsUp)
        {
            foreach (var _ in direction.Frames)
            {
                DeliverLater(from, to, direction);
            }
        }
    }

    private void DeliverLater(NodeId from, NodeId to, Direction direction)
    {
        var arrival = agenda.Now + chance.Between(0.05, 3) + (Delay * chance.Share());
        direction.LastArrival = arrival > direction.LastArrival ? arrival : direction.LastArrival;
        agenda.At(direction.LastArrival, () => Deliver(from, to, direction));
    }

    private void Deliver(NodeId from, NodeId to, Direction direction)
    {
        if (!direction.IsUp || _cuts.Contains((from, to)) || direction.Frames.Count == 0)
        {
            return;
        }

        var sender = _processes[from];
        var receiver = _processes[to];
        if (receiver.IsHeld)
        {
            agenda.After(TimeSpan.FromMilliseconds(50), () => Deliver(from, to, direction));
            return;
        }

        var frame = direction.Frames.Dequeue();
        direction.Unacknowledged.Enqueue(frame);
        if (direction.Unacknowledged.Count > 4)
        {
            direction.Unacknowledged.Dequeue();
        }

        receiver.Deliver(sender.Node, frame);
        Delivered(receiver, frame);
    }

    private sealed class Direction(TimeSpan since)
    {
        public TimeSpan Since => since;

        public Queue<byte[]> Frames { get; } = new();

        public Queue<byte[]> Unacknowledged { get; } = new();

        public bool IsUp { get; set; } = true;

        public TimeSpan LastArrival { get; set; }
    }
}

/// <summary>One process' end of its links.</summary>
internal sealed class SimulatedTransport(SimulatedNetwork network, NodeIncarnation node, Action<Action> run, Action<NodeId, bool> reachability) : INodeTransport
{
    private Action<NodeIncarnation, ReadOnlyMemory<byte>>? _handler;
    private Action<NodeId, ReadOnlyMemory<byte>>? _lost;

    public NodeIncarnation Node { get; } = node;

    public bool IsGone { get; set; }

    /// <summary>The process is frozen: frames wait in its sockets.</summary>
    public bool IsHeld { get; set; }

    public SendResult TrySend(NodeId target, ReadOnlyMemory<byte> frame) =>
        target == Node.Node ? SendResult.Unreachable : network.TrySend(this, target, frame);

    public void Receive(Action<NodeIncarnation, ReadOnlyMemory<byte>> handler, Action<NodeId, ReadOnlyMemory<byte>>? lost = null) =>
        (_handler, _lost) = (handler, lost);

    public bool CanReach(NodeId target) => network.LinkedSince(Node.Node, target) is not null;

    public void Deliver(NodeIncarnation from, ReadOnlyMemory<byte> frame) => _handler?.Invoke(from, frame);

    public void Lose(NodeId to, ReadOnlyMemory<byte> frame) => run(() => _lost?.Invoke(to, frame));

    public void TellReachability(NodeId other, bool isReachable) => run(() => reachability(other, isReachable));
}
