using VoiceCluster.Client.Postgres;
using VoiceCluster.Cluster.Store;

namespace VoiceCluster.Cluster.Tests.Specification;

/// <summary>The specification as a cluster runs it: a database, and real sockets between the nodes.</summary>
[NeedsPostgres]
public sealed class LinkedPostgresClusterTests : LinkedClusterSpecification
{
    private readonly PostgresStores _stores = new();

    public LinkedPostgresClusterTests() => Options = Options with { ClaimDeadline = PostgresStores.ClaimDeadline };

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        await _stores.DisposeAsync();
    }

    protected override ValueTask<IClusterStore> CreateStoreAsync(TimeProvider time) => _stores.CreateAsync(time);
}
