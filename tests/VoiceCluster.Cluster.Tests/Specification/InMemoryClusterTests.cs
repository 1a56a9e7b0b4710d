using VoiceCluster.Cluster.Store;
using VoiceCluster.Cluster.Transport;
using VoiceCluster.Domain.Identities;

namespace VoiceCluster.Cluster.Tests.Specification;

/// <summary>The specification on the ports of a single process.</summary>
public sealed class InMemoryClusterTests : ClusterSpecification
{
    private readonly InProcessNetwork _network = new();
    private InMemoryClusterStore? _store;

    protected override ValueTask<IClusterStore> CreateStoreAsync(TimeProvider time) =>
        ValueTask.FromResult<IClusterStore>(_store ??= new InMemoryClusterStore(time));

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
