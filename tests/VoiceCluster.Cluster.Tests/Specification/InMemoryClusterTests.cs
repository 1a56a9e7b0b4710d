using VoiceCluster.Cluster.Store;

namespace VoiceCluster.Cluster.Tests.Specification;

/// <summary>The specification on the ports of a single process.</summary>
public sealed class InMemoryClusterTests : InProcessClusterSpecification
{
    private InMemoryClusterStore? _store;

    protected override ValueTask<IClusterStore> CreateStoreAsync(TimeProvider time) =>
        ValueTask.FromResult<IClusterStore>(_store ??= new InMemoryClusterStore(time));
}
