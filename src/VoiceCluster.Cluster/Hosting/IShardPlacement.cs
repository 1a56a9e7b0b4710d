using VoiceCluster.Cluster.Store;
using VoiceCluster.Domain.Identities;

namespace VoiceCluster.Cluster.Hosting;

/// <summary>What membership tells the host about shards. Called often and from any thread: answers come from memory.</summary>
public interface IShardPlacement
{
    /// <summary>The node that should own a shard that nobody owns.</summary>
    NodeId PreferredOwner(ShardId shard);

    /// <summary>Whether this life of a node is known to be over, so that its shards may be taken.</summary>
    bool IsDead(NodeIncarnation node);

    /// <summary>Tells the other nodes of a claim of this node's before the shard's first entity starts; bounded by the token.</summary>
    ValueTask AnnounceAsync(ShardClaim claim, CancellationToken cancellation);
}
