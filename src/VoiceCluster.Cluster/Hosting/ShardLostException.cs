namespace VoiceCluster.Cluster.Hosting;

/// <summary>
/// The store refused a write because this node does not own the shard any more. An actor throws it when
/// <see cref="Store.IEntityStore.CommitAsync"/> says so: the host then gives the whole shard up and sends its messages to the new owner.
/// </summary>
public sealed class ShardLostException(ShardId shard, long epoch)
    : Exception($"Shard {shard.Value} is not owned with epoch {epoch} any more.")
{
    /// <summary>The shard that was lost.</summary>
    public ShardId Shard { get; } = shard;

    /// <summary>The epoch that was refused.</summary>
    public long Epoch { get; } = epoch;
}
