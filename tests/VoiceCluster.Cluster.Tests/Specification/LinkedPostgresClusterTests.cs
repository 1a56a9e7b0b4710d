using Microsoft.Extensions.Logging.Abstractions;
using VoiceCluster.Cluster.Store;
using VoiceCluster.Cluster.Store.Postgres;
using VoiceCluster.TestKit.Postgres;

namespace VoiceCluster.Cluster.Tests.Specification;

/// <summary>The specification as a cluster runs it: a database, and real sockets between the nodes.</summary>
[NeedsPostgres]
public sealed class LinkedPostgresClusterTests : LinkedClusterSpecification
{
    private readonly List<PostgresClusterStore> _stores = [];
    private string? _database;

    /// <summary>Made time runs much faster than a database: what waits for the store must not run out of it.</summary>
    public LinkedPostgresClusterTests() => Options = Options with { ClaimDeadline = TimeSpan.FromMinutes(10) };

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        foreach (var store in _stores)
        {
            await store.DisposeAsync();
        }
    }

    protected override async ValueTask<IClusterStore> CreateStoreAsync(TimeProvider time)
    {
        _database ??= await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();
        var store = new PostgresClusterStore(
            new PostgresStoreOptions { ConnectionString = _database },
            time,
            NullLogger<PostgresClusterStore>.Instance);
        _stores.Add(store);
        await store.StartAsync(CancellationToken.None);
        return store;
    }
}
