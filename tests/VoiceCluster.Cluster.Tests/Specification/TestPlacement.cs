using System.Collections.Concurrent;
using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Cluster.Store;
using VoiceCluster.Domain.Identities;

namespace VoiceCluster.Cluster.Tests.Specification;

/// <summary>Membership as the test tells it: every shard belongs to one node.</summary>
public sealed class TestPlacement(string preferred) : IShardPlacement
{
    private readonly ConcurrentDictionary<NodeIncarnation, byte> _dead = [];

    public string Preferred { get; set; } = preferred;

    public ConcurrentQueue<ShardClaim> Announced { get; } = [];

    public void Bury(NodeIncarnation node) => _dead[node] = 0;

    public NodeId PreferredOwner(ShardId shard) => new(Preferred);

    public bool IsDead(NodeIncarnation node) => _dead.ContainsKey(node);

    public ValueTask AnnounceAsync(ShardClaim claim, CancellationToken cancellation)
    {
        Announced.Enqueue(claim);
        return ValueTask.CompletedTask;
    }
}
