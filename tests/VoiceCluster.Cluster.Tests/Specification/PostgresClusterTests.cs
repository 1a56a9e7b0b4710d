using VoiceCluster.Client.Postgres;
using VoiceCluster.Cluster.Store;
using VoiceCluster.Cluster.Transport;
using VoiceCluster.Domain.Identities;

namespace VoiceCluster.Cluster.Tests.Specification;

/// <summary>The specification on a database, with a store of its own for each node.</summary>
[NeedsPostgres]
public sealed class PostgresClusterTests : ClusterSpecification
{
    private readonly InProcessNetwork _network = new();
    private readonly PostgresStores _stores = new();

    public PostgresClusterTests() => Options = Options with { ClaimDeadline = PostgresStores.ClaimDeadline };

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        await _stores.DisposeAsync();
    }

    protected override ValueTask<IClusterStore> CreateStoreAsync(TimeProvider time) => _stores.CreateAsync(time);

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
