using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Cluster.Store;
using VoiceCluster.Cluster.Transport;
using VoiceCluster.Domain.Identities;
using VoiceCluster.TestKit;

namespace VoiceCluster.Cluster.Tests.Specification;

/// <summary>
/// What the actor host, the store and the node links have to do together, whatever stands behind the two ports. Every pair of ports inherits
/// these tests as they are.
/// </summary>
public abstract partial class ClusterSpecification : IAsyncLifetime
{
    private readonly List<TestNode> _nodes = [];

    /// <summary>The clock of the hosts. It starts at the real time, so that a store with a clock of its own roughly agrees.</summary>
    protected ManualTimeProvider Time { get; } = new(DateTimeOffset.UtcNow);

    protected Journal Journal { get; } = new();

    protected EntityHostOptions Options { get; set; } = new() { Jitter = () => 0 };

    public virtual Task InitializeAsync() => Task.CompletedTask;

    public virtual async Task DisposeAsync()
    {
        foreach (var node in _nodes)
        {
            node.Store.Open();
            await Time.AdvanceUntilAsync(node.Host.StopAsync(TimeSpan.FromSeconds(1)), TimeSpan.FromMilliseconds(200));
        }
    }

    /// <summary>Another node's access to the one store of this test.</summary>
    protected abstract ValueTask<IClusterStore> CreateStoreAsync(TimeProvider time);

    /// <summary>A node's links to all others of this test; ready when it returns.</summary>
    protected abstract ValueTask<INodeTransport> CreateTransportAsync(NodeIncarnation node);

    /// <summary>Cuts what links two nodes.</summary>
    protected abstract ValueTask CutAsync(NodeIncarnation one, NodeIncarnation other);

    /// <summary>Mends what was cut; ready when it returns.</summary>
    protected abstract ValueTask MendAsync(NodeIncarnation one, NodeIncarnation other);

    protected async Task<TestNode> StartNodeAsync(string name = "a", long incarnation = 1, IShardPlacement? placement = null)
    {
        var id = new NodeIncarnation(new NodeId(name), incarnation);
        var store = await CreateStoreAsync(Time);
        var transport = await CreateTransportAsync(id);
        var node = new TestNode(id, store, transport, Time, Journal, Options, placement);
        _nodes.Add(node);
        return node;
    }

    protected static string NameOf(EntityAddress entity) => entity.Key;
}
