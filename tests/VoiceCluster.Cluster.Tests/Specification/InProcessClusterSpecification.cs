using VoiceCluster.Cluster.Transport;
using VoiceCluster.Domain.Identities;

namespace VoiceCluster.Cluster.Tests.Specification;

/// <summary>The specification over the links of a single process, on some store.</summary>
public abstract class InProcessClusterSpecification : ClusterSpecification
{
    private readonly InProcessNetwork _network = new();

    protected override ValueTask<INodeTransport> CreateTransportAsync(NodeIncarnation node) =>
        ValueTask.FromResult<INodeTransport>(_network.Join(node));

    protected override ValueTask CutAsync(NodeIncarnation one, NodeIncarnation other)
    {
        _network.Cut(one.Node, other.Node);
        return ValueTask.CompletedTask;
    }

    protected override ValueTask MendAsync(NodeIncarnation one, NodeIncarnation other)
    {
        _network.Mend(one.Node, other.Node);
        return ValueTask.CompletedTask;
    }
}
