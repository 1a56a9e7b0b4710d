using System.Collections.Concurrent;
using VoiceCluster.Domain.Identities;

namespace VoiceCluster.Cluster.Transport;

/// <summary>Connects the hosts of one process: a single node's, or several nodes' in a test.</summary>
/// <param name="linkCapacity">Frames that may wait on the way from one node to another.</param>
public sealed class InProcessNetwork(int linkCapacity = 8192)
{
    private readonly ConcurrentDictionary<NodeId, InProcessTransport> _nodes = [];
    private readonly ConcurrentDictionary<(NodeId From, NodeId To), InProcessLink> _links = [];

    /// <summary>Adds a node. A later life of a node takes the earlier one's place.</summary>
    public InProcessTransport Join(NodeIncarnation node)
    {
        var transport = new InProcessTransport(this, node);
        _nodes[node.Node] = transport;
        return transport;
    }

    /// <summary>Takes a node away, as if its process had died.</summary>
    public void Leave(NodeIncarnation node)
    {
        if (_nodes.TryGetValue(node.Node, out var transport) && transport.Node == node)
        {
            _nodes.TryRemove(new KeyValuePair<NodeId, InProcessTransport>(node.Node, transport));
        }
    }

    /// <summary>Cuts both directions between two nodes; what is on the way is lost.</summary>
    public void Cut(NodeId one, NodeId other)
    {
        Link(one, other).Cut();
        Link(other, one).Cut();
    }

    /// <summary>Mends what <see cref="Cut"/> cut.</summary>
    public void Mend(NodeId one, NodeId other)
    {
        Link(one, other).Mend();
        Link(other, one).Mend();
    }

    internal SendResult TrySend(InProcessTransport from, NodeId to, ReadOnlyMemory<byte> frame)
    {
        if (from.Node.Node == to || !_nodes.TryGetValue(to, out var target))
        {
            Telemetry.TransportDropped("unreachable");
            return SendResult.Unreachable;
        }

        return Link(from.Node.Node, to).TrySend(from, target, frame);
    }

    internal bool CanReach(NodeId from, NodeId to) => _nodes.ContainsKey(to) && !Link(from, to).IsCut;

    internal bool IsCutOff(NodeId from, NodeId to) => _nodes.ContainsKey(to) && Link(from, to).IsCut;

    private InProcessLink Link(NodeId from, NodeId to) =>
        _links.GetOrAdd((from, to), static (_, capacity) => new InProcessLink(capacity), linkCapacity);
}

/// <summary>One node's access to an <see cref="InProcessNetwork"/>.</summary>
public sealed class InProcessTransport : INodeTransport
{
    private readonly InProcessNetwork _network;
    private volatile Action<NodeIncarnation, ReadOnlyMemory<byte>>? _handler;
    private volatile Action<NodeId, ReadOnlyMemory<byte>>? _lost;

    internal InProcessTransport(InProcessNetwork network, NodeIncarnation node)
    {
        _network = network;
        Node = node;
    }

    /// <summary>Whose it is.</summary>
    public NodeIncarnation Node { get; }

    /// <inheritdoc />
    public SendResult TrySend(NodeId target, ReadOnlyMemory<byte> frame) => _network.TrySend(this, target, frame);

    /// <inheritdoc />
    public bool CanReach(NodeId node) => _network.CanReach(Node.Node, node);

    /// <inheritdoc />
    public bool IsCutOff(NodeId node) => _network.IsCutOff(Node.Node, node);

    /// <inheritdoc />
    public void Receive(Action<NodeIncarnation, ReadOnlyMemory<byte>> handler, Action<NodeId, ReadOnlyMemory<byte>>? lost = null)
    {
        _handler = handler;
        _lost = lost;
    }

    internal void Lose(NodeId target, ReadOnlyMemory<byte> frame) => _lost?.Invoke(target, frame);

    internal void Deliver(NodeIncarnation from, ReadOnlyMemory<byte> frame)
    {
        if (_handler is { } handler)
        {
            handler(from, frame);
        }
        else
        {
            Telemetry.TransportDropped("not_receiving");
        }
    }
}
