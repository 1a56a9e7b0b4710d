using System.Collections.Frozen;
using VoiceCluster.Cluster.Store;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Domain.Placement;

namespace VoiceCluster.Cluster.Hosting;

/// <summary>Shards by rendezvous hashing over the nodes that membership names. Safe for calls from any thread.</summary>
public sealed class RendezvousPlacement : IShardPlacement
{
    private readonly Func<ShardClaim, CancellationToken, ValueTask> _announce;
    private volatile ShardOwners _owners;
    private volatile FrozenSet<NodeIncarnation> _dead = FrozenSet<NodeIncarnation>.Empty;

    /// <summary>A node that knows of no other: whatever it needs it takes, and nobody is ever dead.</summary>
    public RendezvousPlacement(NodeId self)
        : this(self, static (_, _) => ValueTask.CompletedTask)
    {
    }

    /// <summary>A node that knows of no other yet.</summary>
    /// <param name="self">This node.</param>
    /// <param name="announce">Tells the others of a claim.</param>
    public RendezvousPlacement(NodeId self, Func<ShardClaim, CancellationToken, ValueTask> announce)
    {
        _announce = announce;
        _owners = new ShardOwners([self], ShardId.Count);
    }

    /// <summary>Takes what membership says; to be called when that has changed.</summary>
    /// <param name="owners">The nodes that may own shards: live and not draining, or all live ones when all drain. At least one.</param>
    /// <param name="dead">Lives of nodes that are known to be over.</param>
    /// <exception cref="ArgumentException">There is no node.</exception>
    public void Update(IEnumerable<NodeId> owners, IEnumerable<NodeIncarnation> dead)
    {
        _owners = new ShardOwners(owners, ShardId.Count);
        _dead = dead.ToFrozenSet();
    }

    /// <inheritdoc />
    public NodeId PreferredOwner(ShardId shard) => _owners[shard.Value];

    /// <inheritdoc />
    public bool IsDead(NodeIncarnation node) => _dead.Contains(node);

    /// <inheritdoc />
    public ValueTask AnnounceAsync(ShardClaim claim, CancellationToken cancellation) => _announce(claim, cancellation);
}
