using System.Collections.Immutable;
using VoiceCluster.Domain.Identities;

namespace VoiceCluster.Cluster.Store.Postgres;

/// <summary>The plans that nodes without a link to a channel's owner read.</summary>
public sealed partial class PostgresClusterStore
{
    /// <inheritdoc />
    public Task<bool> StorePlansAsync(ShardClaim claim, string channel, ImmutableArray<PlanToStore> plans, CancellationToken cancellation) => Write(
        claim.Shard,
        [
            PostgresParameters.Command(
                PostgresSql.LockShardShared, PostgresParameters.Of(PostgresSql.ShardLocks), PostgresParameters.Of(claim.Shard.Value)),
            PostgresParameters.Command(
                PlanSql.PutPlans,
                [
                    .. OwnerParameters(claim),
                    PostgresParameters.Of(PostgresText.Escape(channel)),
                    PostgresParameters.Of([.. plans.Select(plan => plan.Worker.Node.Node.Value)]),
                    PostgresParameters.Of([.. plans.Select(plan => plan.Worker.Node.Incarnation)]),
                    PostgresParameters.Of([.. plans.Select(plan => (short)plan.Worker.Index)]),
                    PostgresParameters.Of([.. plans.Select(plan => plan.Version)]),
                    PostgresParameters.Of([.. plans.Select(plan => (short)(plan.IsWithdrawal ? 1 : 0))]),

                    // The caller may use its buffers again when it gives up waiting.
                    PostgresParameters.Of([.. plans.Select(plan => plan.Bytes.ToArray())]),
                ]),
        ],
        ReadWhetherAnyAsync,
        cancellation);

    /// <inheritdoc />
    public Task<ImmutableArray<StoredPlan>> ReadPlansAsync(NodeIncarnation node, long after, CancellationToken cancellation) => Read(
        PostgresParameters.Command(
            PlanSql.ReadPlans,
            PostgresParameters.Of(node.Node.Value),
            PostgresParameters.Of(node.Incarnation),
            PostgresParameters.Of(after),
            PostgresParameters.Of(IPlanStore.PlansPerReading)),
        static (reader, token) => ReadAllAsync(
            reader,
            static row => new StoredPlan(row.GetInt64(0), row.GetInt16(1), row.GetFieldValue<byte[]>(2)),
            token),
        cancellation);

    /// <inheritdoc />
    public Task SweepPlansAsync(NodeIncarnation node, CancellationToken cancellation) => Read(
        PostgresParameters.Command(
            PlanSql.SweepPlans, PostgresParameters.Of(node.Node.Value), PostgresParameters.Of(node.Incarnation)),
        static (_, _) => ValueTask.FromResult(true),
        cancellation);
}
