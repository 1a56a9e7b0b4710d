using VoiceCluster.Cluster.Transport;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Gateways.NodeLinks;
using VoiceCluster.Gateways.Tests.NodeLinks;
using VoiceCluster.TestKit;

namespace VoiceCluster.Cluster.Tests.Specification;

/// <summary>The host's specification over real sockets, on some store.</summary>
public abstract class LinkedClusterSpecification : ClusterSpecification
{
    private readonly LinkBed _bed = new();
    private readonly Dictionary<NodeId, NodeLinkTransport> _transports = [];

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        await _bed.DisposeAsync();
    }

    protected override async ValueTask<INodeTransport> CreateTransportAsync(NodeIncarnation node) =>
        _transports[node.Node] = await _bed.StartAsync(node);

    protected override async ValueTask CutAsync(NodeIncarnation one, NodeIncarnation other)
    {
        _bed.Cut(one.Node, other.Node);
        await WaitAsync(one.Node, other.Node, link => !link.IsConnected);
        _bed.Time.Skip(_bed.Options.UnreachableAfter);
        await WaitAsync(one.Node, other.Node, link => link.IsUnreachable);
    }

    protected override async ValueTask MendAsync(NodeIncarnation one, NodeIncarnation other)
    {
        _bed.Mend(one.Node, other.Node);
        await WaitAsync(one.Node, other.Node, link => link.IsConnected);
    }

    private async Task WaitAsync(NodeId one, NodeId other, Func<NodeLinkStatus, bool> condition)
    {
        _transports[one].Open(other);
        _transports[other].Open(one);
        await Eventually.HoldsAsync(() => IsSo(one, other) && IsSo(other, one));

        bool IsSo(NodeId from, NodeId to) => _transports[from].Links.Any(link => link.Peer == to && condition(link));
    }
}
