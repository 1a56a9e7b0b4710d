using VoiceCluster.Cluster.Store;

namespace VoiceCluster.Cluster.Tests.Specification;

/// <summary>The specification over real sockets, with a store in memory.</summary>
public sealed class LinkedClusterTests : LinkedClusterSpecification
{
    private InMemoryClusterStore? _store;

    protected override ValueTask<IClusterStore> CreateStoreAsync(TimeProvider time) =>
        ValueTask.FromResult<IClusterStore>(_store ??= new InMemoryClusterStore(time));
}
