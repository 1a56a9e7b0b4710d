using Microsoft.Extensions.Logging.Abstractions;
using VoiceCluster.Cluster.Store;
using VoiceCluster.Cluster.Store.Postgres;
using VoiceCluster.Cluster.Transport;
using VoiceCluster.Domain.Identities;
using VoiceCluster.TestKit.Postgres;

namespace VoiceCluster.Cluster.Tests.Specification;

/// <summary>The specification on a database, with a store of its own for each node.</summary>
[NeedsPostgres]
public sealed class PostgresClusterTests : ClusterSpecification
{
    private readonly InProcessNetwork _network = new();
    private readonly List<PostgresClusterStore> _stores = [];
    private string? _database;

    /// <summary>Made time runs much faster than a database: what waits for the store must not run out of it.</summary>
    public PostgresClusterTests() => Options = Options with { ClaimDeadline = TimeSpan.FromMinutes(10) };

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
