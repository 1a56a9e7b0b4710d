using VoiceCluster.Cluster.Links;
using VoiceCluster.Cluster.Transport;
using VoiceCluster.Domain.Identities;

namespace VoiceCluster.Cluster.Tests.Links;

/// <summary>Both ends of a link, with connections between them that take their time and break, in an order that a seed decides.</summary>
internal sealed class LinkPair
{
    private readonly Random _random;
    private readonly List<Wire> _wires = [];

    public LinkPair(int seed, LinkOptions options)
    {
        _random = new Random(seed);
        A = new Side(new NodeIncarnation(new NodeId("a"), 1), new NodeId("b"), options);
        B = new Side(new NodeIncarnation(new NodeId("b"), 2), new NodeId("a"), options);
    }

    public Side A { get; }

    public Side B { get; }

    public TimeSpan Now { get; private set; }

    /// <summary>Connections that stand at one end or are being made.</summary>
    public IReadOnlyList<Wire> Wires => _wires;

    /// <summary>Does one thing of those that could happen next.</summary>
    public void Step(bool mayBreak)
    {
        Now += TimeSpan.FromMilliseconds(_random.Next(3));
        switch (_random.Next(mayBreak ? 40 : 39))
        {
            case < 4:
                Tick(_random.Next(2) == 0 ? A : B);
                break;
            case 39 when _wires.Count > 0:
                Close(_wires[_random.Next(_wires.Count)]);
                break;
            case var move when _wires.Count > 0:
                Move(_wires[_random.Next(_wires.Count)], toAccepter: move % 2 == 0);
                break;
        }
    }

    public void Send(Side side, int number)
    {
        if (side.Peer.TrySend(BitConverter.GetBytes(number), Now) == SendResult.Queued)
        {
            side.Sent.Add(number);
        }
    }

    public void Tick(Side side)
    {
        var lost = new List<ReadOnlyMemory<byte>>();
        var due = side.Peer.Tick(Now, lost);
        side.Lost.AddRange(lost.Select(frame => BitConverter.ToInt32(frame.Span)));
        foreach (var wire in _wires.Where(wire => wire.NumberOf(side) != 0).ToList())
        {
            Write(wire, side);
            if (due.HasFlag(LinkDue.Abort) && side.Peer.IsCurrent(wire.NumberOf(side)))
            {
                Close(wire);
            }
        }

        if (side.Peer.TryBeginDial(Now, out var dial))
        {
            var wire = new Wire(side, side == A ? B : A, dial);
            _wires.Add(wire);
            wire.ToAccepter.Enqueue(() => Hello(wire));
        }
    }

    private void Move(Wire wire, bool toAccepter)
    {
        if ((toAccepter ? wire.ToAccepter : wire.ToDialer).TryDequeue(out var arrive))
        {
            arrive();
        }
    }

    private void Hello(Wire wire)
    {
        var ticket = wire.Accepter.Peer.BeginAccept();
        wire.ToDialer.Enqueue(() => Challenge(wire, ticket));
    }

    private void Challenge(Wire wire, int ticket)
    {
        if (wire.Dialer.Peer.TryCommitDial(wire.Dial, wire.Accepter.Node, out var position))
        {
            wire.ToAccepter.Enqueue(() => Proof(wire, ticket, position));
        }
        else
        {
            Close(wire);
        }
    }

    private void Proof(Wire wire, int ticket, LinkPosition offered)
    {
        if (!wire.Accepter.Peer.MayAccept(ticket))
        {
            wire.ToDialer.Enqueue(() => Close(wire));
            return;
        }

        var up = wire.Accepter.Peer.Accept(wire.Dialer.Node, offered, (ulong)_random.NextInt64(1, long.MaxValue), Now);
        Note(wire.Accepter, up);
        wire.AccepterNumber = up.Connection;
        wire.ToDialer.Enqueue(() => Welcome(wire, up.Position));
    }

    private void Welcome(Wire wire, LinkPosition position)
    {
        if (wire.Dialer.Peer.CompleteDial(wire.Dial, wire.Accepter.Node, position, Now) is { } up)
        {
            Note(wire.Dialer, up);
            wire.DialerNumber = up.Connection;
        }
        else
        {
            Close(wire);
        }
    }

    private void Write(Wire wire, Side side)
    {
        var packet = new FrameWriter();
        side.Peer.Write(wire.NumberOf(side), packet, Now);
        if (packet.Length > 0)
        {
            var bytes = packet.ToArray();
            var way = side == wire.Dialer ? wire.ToAccepter : wire.ToDialer;
            way.Enqueue(() => Packet(wire, side == wire.Dialer ? wire.Accepter : wire.Dialer, bytes));
        }
    }

    private void Packet(Wire wire, Side side, byte[] bytes)
    {
        var frames = new List<ReadOnlyMemory<byte>>();
        var receipt = side.Peer.Receive(wire.NumberOf(side), bytes, frames, Now);
        receipt.ShouldNotBe(LinkReceipt.Violation);
        side.Received.AddRange(frames.Select(frame => BitConverter.ToInt32(frame.Span)));
        if (receipt == LinkReceipt.Outdated)
        {
            Close(wire);
        }
    }

    private void Close(Wire wire)
    {
        _wires.Remove(wire);
        wire.Dialer.Peer.FailDial(wire.Dial, Now);
        wire.Dialer.Peer.Drop(wire.DialerNumber, Now);
        wire.Accepter.Peer.Drop(wire.AccepterNumber, Now);
    }

    /// <summary>What another connection replaces is closed, as by the shell.</summary>
    private void Note(Side side, LinkUp up)
    {
        side.Lost.AddRange(up.Lost.Select(frame => BitConverter.ToInt32(frame.Span)));
        side.Again += up.Again;
        foreach (var old in _wires.Where(wire => wire.NumberOf(side) is not 0 and var number && number != up.Connection).ToList())
        {
            Close(old);
        }
    }

    internal sealed class Side(NodeIncarnation node, NodeId peer, LinkOptions options)
    {
        public NodeIncarnation Node => node;

        public LinkPeer Peer { get; } = new(node.Node, peer, options);

        public List<int> Sent { get; } = [];

        public List<int> Received { get; } = [];

        public List<int> Lost { get; } = [];

        public int Again { get; set; }
    }

    internal sealed class Wire(Side dialer, Side accepter, int dial)
    {
        public Side Dialer => dialer;

        public Side Accepter => accepter;

        public int Dial => dial;

        public int DialerNumber { get; set; }

        public int AccepterNumber { get; set; }

        public Queue<Action> ToAccepter { get; } = [];

        public Queue<Action> ToDialer { get; } = [];

        public int NumberOf(Side side) => side == dialer ? DialerNumber : AccepterNumber;
    }
}
