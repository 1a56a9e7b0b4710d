using Microsoft.Extensions.Logging.Abstractions;
using VoiceCluster.Client.Postgres;
using VoiceCluster.Cluster.Store;
using VoiceCluster.Cluster.Store.Postgres;

namespace VoiceCluster.Cluster.Tests.Specification;

/// <summary>The stores of the nodes of one specification, on a database of its own.</summary>
internal sealed class PostgresStores : IAsyncDisposable
{
    /// <summary>Made time runs much faster than a database: what waits for the store must not run out of it.</summary>
    public static readonly TimeSpan ClaimDeadline = TimeSpan.FromMinutes(10);

    private readonly List<PostgresClusterStore> _stores = [];
    private string? _database;

    public async ValueTask<IClusterStore> CreateAsync(TimeProvider time)
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

    public async ValueTask DisposeAsync()
    {
        foreach (var store in _stores)
        {
            await store.DisposeAsync();
        }
    }
}
