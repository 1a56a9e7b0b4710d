using System.Collections.Immutable;
using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Domain.Identities;

namespace VoiceCluster.Cluster.Store;

/// <summary>Plans in memory. Not safe for concurrent calls.</summary>
internal sealed class PlanRows
{
    private static readonly TimeSpan KeptFor = TimeSpan.FromMinutes(1);

    private readonly Dictionary<(WorkerId Worker, string Channel), Row> _rows = [];
    private long _revision;

    public void Store(ShardId shard, long epoch, string channel, ImmutableArray<PlanToStore> plans, DateTimeOffset now)
    {
        foreach (var plan in plans)
        {
            var known = _rows.GetValueOrDefault((plan.Worker, channel));
            if (known is null || (known.Epoch, known.Version).CompareTo((epoch, plan.Version)) <= 0)
            {
                // The caller may use its buffer again.
                var stored = new StoredPlan(++_revision, plan.Worker.Index, plan.Bytes.ToArray());
                _rows[(plan.Worker, channel)] = new Row(shard, epoch, plan.Version, stored, plan.IsWithdrawal ? now : null);
            }
        }
    }

    public ImmutableArray<StoredPlan> Read(NodeIncarnation node, long after) =>
    [
        .. _rows.Where(row => row.Key.Worker.Node == node && row.Value.Plan.Revision > after)
            .Select(row => row.Value.Plan)
            .OrderBy(plan => plan.Revision)
            .Take(IPlanStore.PlansPerReading),
    ];

    public void Sweep(NodeIncarnation node, Func<NodeId, bool> isGone, Func<ShardId, long> findEpoch, DateTimeOffset now)
    {
        foreach (var ((worker, channel), row) in _rows.ToList())
        {
            if (worker.Node == node && row.WithdrawnAt is null && row.Epoch < findEpoch(row.Shard))
            {
                _rows[(worker, channel)] = row with { WithdrawnAt = now };
            }
            else if (row.WithdrawnAt < now - KeptFor || (worker.Node.Node == node.Node && worker.Node != node) || isGone(worker.Node.Node))
            {
                _rows.Remove((worker, channel));
            }
        }
    }

    private sealed record Row(ShardId Shard, long Epoch, long Version, StoredPlan Plan, DateTimeOffset? WithdrawnAt);
}
