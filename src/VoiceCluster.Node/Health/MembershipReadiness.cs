using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Cluster.Membership;
using VoiceCluster.Domain.Membership;

namespace VoiceCluster.Node.Health;

/// <summary>Whether this node has arrived in the cluster: links lead to it, and what it is to own it owns. Safe from any thread.</summary>
/// <remarks>
/// Whoever restarts nodes one after another waits for this before the next: until then the cluster does without this one. Once it has arrived it stays so for that
/// life; shards that change hands later, because another node came or went, are no reason to send work elsewhere.
/// </remarks>
internal sealed class MembershipReadiness(EntityHost host, MembershipPlacement placement)
{
    /// <summary>The condition of <c>/readyz</c>.</summary>
    public const string Condition = "cluster";

    private long _arrived;

    /// <summary>Why no new work is taken; null when it is.</summary>
    public string? Judge()
    {
        var life = host.Node;
        if (Volatile.Read(ref _arrived) == life.Incarnation)
        {
            return null;
        }

        if (!IsReached(placement.Table, life.Incarnation))
        {
            return "links between this node and the others do not stand yet";
        }

        var missing = CountMissing();
        if (missing > 0)
        {
            return $"{missing} of this node's shards have not come to it yet";
        }

        Volatile.Write(ref _arrived, life.Incarnation);
        return null;
    }

    private bool IsReached(MembershipTable table, long incarnation) =>
        table.Live.Any(row => row.Node.Node == host.Node.Node && row.Node.Incarnation == incarnation && row.Reached);

    private int CountMissing()
    {
        var owned = host.GetOwnedShards().ToHashSet();
        var owners = placement.Owners;
        return Enumerable.Range(0, owners.Count).Count(shard => owners[shard] == host.Node.Node && !owned.Contains(new ShardId(shard)));
    }
}
