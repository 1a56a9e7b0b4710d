using System.Collections.Immutable;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Domain.Membership;

namespace VoiceCluster.Cluster.Store;

/// <summary>A row per node: who lives, by the store's own clock.</summary>
/// <remarks>Safe for calls from any thread. A store that is away throws <see cref="StoreUnavailableException"/>.</remarks>
public interface IMembershipStore
{
    /// <summary>Called when nodes came or went, or shards changed hands. May be missed: polling stands behind it. Must not wait.</summary>
    event Action<StoreNotice>? Noticed;

    /// <summary>Takes a node in, unless another process lives under its name or this life of it is over: no life comes back. Links are not known to lead to it before it says so.</summary>
    /// <returns>Null when it was taken in, else the row in its way, which is its own when this life is over.</returns>
    Task<MemberRow?> JoinAsync(NodeIncarnation node, string description, CancellationToken cancellation);

    /// <summary>Renews a node's row and reads the table.</summary>
    /// <returns>Null when this life of the node is over; nothing was renewed.</returns>
    Task<MembershipTable?> RenewAsync(NodeIncarnation node, MemberNews news, CancellationToken cancellation);

    /// <summary>Says that a node ends of its own accord.</summary>
    Task LeaveAsync(NodeIncarnation node, CancellationToken cancellation);

    /// <summary>
    /// Writes a vote and declares the suspect dead if there are two by living nodes, or one where no more than two live. A vote counts for one expiry time, or until it
    /// is taken back: whoever still thinks so by then votes again.
    /// </summary>
    /// <returns>Whether this vote ended the suspect's life.</returns>
    Task<bool> VoteAsync(NodeIncarnation voter, NodeIncarnation suspect, CancellationToken cancellation);

    /// <summary>Takes a vote back.</summary>
    Task WithdrawVoteAsync(NodeIncarnation voter, NodeIncarnation suspect, CancellationToken cancellation);

    /// <summary>Declares a node dead whose row has expired, if the judge's own has not.</summary>
    /// <returns>Whether this call ended the suspect's life.</returns>
    Task<bool> BuryAsync(NodeIncarnation judge, NodeIncarnation suspect, CancellationToken cancellation);

    /// <summary>Every shard that was ever owned.</summary>
    Task<ImmutableArray<ShardRow>> ReadShardsAsync(CancellationToken cancellation);
}

/// <summary>What a node says with each renewal of its row.</summary>
/// <param name="Draining">Whether it is to be given nothing new.</param>
/// <param name="Reached">Whether links lead to it.</param>
/// <param name="Description">What it says of itself, for others to read.</param>
public sealed record MemberNews(bool Draining, bool Reached, string Description);

/// <summary>Something changed that nodes want to know at once.</summary>
/// <param name="Shard">The shard that changed hands, as it is now; null when nodes came or went.</param>
public readonly record struct StoreNotice(ShardRow? Shard);
