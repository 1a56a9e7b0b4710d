using System.Collections.Immutable;
using VoiceCluster.Domain.Identities;

namespace VoiceCluster.Cluster.Store;

/// <summary>The newest plan of each channel for each worker of another node than the channel's owner: for nodes that have no link to it.</summary>
public interface IPlanStore
{
    /// <summary>How many plans one reading gives at most.</summary>
    const int PlansPerReading = 1024;

    /// <summary>Keeps plans of one channel, in one transaction, which an epoch older than the shard's refuses. One that is older than what is kept changes nothing.</summary>
    /// <returns>False when the claim is not in force any more; nothing was kept.</returns>
    Task<bool> StorePlansAsync(ShardClaim claim, string channel, ImmutableArray<PlanToStore> plans, CancellationToken cancellation);

    /// <summary>What was kept for a node's workers since.</summary>
    /// <param name="node">The node, in the life in which its workers were started.</param>
    /// <param name="after">A revision that was read before; those that were on their way then may have lower ones. 0 for all.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>In the order of their revisions; not more than <see cref="PlansPerReading"/>, the rest comes with the next call.</returns>
    Task<ImmutableArray<StoredPlan>> ReadPlansAsync(NodeIncarnation node, long after, CancellationToken cancellation);

    /// <summary>Removes what nobody reads any more: plans that withdrew a channel a minute ago, of earlier lives of the node, and of nodes that are gone for a minute.</summary>
    /// <remarks>
    /// A plan for the node that an earlier owner of the shard made counts as withdrawn from now on, unless the present owner puts another in its place: it may have had no time to withdraw it.
    /// </remarks>
    Task SweepPlansAsync(NodeIncarnation node, CancellationToken cancellation);
}

/// <summary>One worker's plan.</summary>
/// <param name="Worker">Whose.</param>
/// <param name="Version">Rises with each plan of the channel.</param>
/// <param name="IsWithdrawal">Whether it names no session.</param>
/// <param name="Bytes">The plan.</param>
public sealed record PlanToStore(WorkerId Worker, long Version, bool IsWithdrawal, ReadOnlyMemory<byte> Bytes);

/// <summary>A plan as it is kept.</summary>
/// <param name="Revision">Rises with each write of any plan.</param>
/// <param name="Worker">Which of the node's workers.</param>
/// <param name="Bytes">The plan.</param>
public sealed record StoredPlan(long Revision, int Worker, ReadOnlyMemory<byte> Bytes);
