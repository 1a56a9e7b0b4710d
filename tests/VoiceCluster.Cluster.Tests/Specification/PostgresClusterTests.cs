using VoiceCluster.Client.Postgres;
using VoiceCluster.Cluster.Store;

namespace VoiceCluster.Cluster.Tests.Specification;

/// <summary>The specification on a database, with a store of its own for each node.</summary>
[NeedsPostgres]
public sealed class PostgresClusterTests : InProcessClusterSpecification
{
    private readonly PostgresStores _stores = new();

    public PostgresClusterTests() => Options = Options with { ClaimDeadline = PostgresStores.ClaimDeadline };

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        await _stores.DisposeAsync();
    }

    protected override ValueTask<IClusterStore> CreateStoreAsync(TimeProvider time) => _stores.CreateAsync(time);
}
