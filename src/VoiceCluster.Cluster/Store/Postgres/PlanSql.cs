namespace VoiceCluster.Cluster.Store.Postgres;

/// <summary>Statements about <c>plans</c>.</summary>
internal static class PlanSql
{
    /// <summary>
    /// $1 shard, $2 and $3 its owner, $4 the epoch; $5 channel; for each plan $6 node, $7 incarnation, $8 worker, $9 version, $10 whether it withdraws, $11 itself.
    /// </summary>
    public const string PutPlans =
        """
        with claim as (
            select 1 from voicecluster.shards
            where shard = $1 and owner_node = $2 and owner_incarnation = $3 and epoch = $4 and in_force),
        put as (
            insert into voicecluster.plans as held (node, incarnation, worker, channel, shard, epoch, version, plan, withdrawn_at)
            select node, incarnation, worker, $5, $1, $4, version, plan, case when withdrawn = 1 then clock_timestamp() end
            from unnest($6::text[], $7::bigint[], $8::smallint[], $9::bigint[], $10::smallint[], $11::bytea[])
                as entry (node, incarnation, worker, version, withdrawn, plan)
            where exists (select from claim)
            on conflict (node, incarnation, worker, channel) do update
            set shard = excluded.shard, epoch = excluded.epoch, version = excluded.version, plan = excluded.plan,
                withdrawn_at = excluded.withdrawn_at, revision = default
            where (held.epoch, held.version) <= (excluded.epoch, excluded.version))
        select count(*) from claim
        """;

    /// <summary>$1 node, $2 incarnation, $3 a revision, $4 how many at most.</summary>
    public const string ReadPlans =
        """
        select revision, worker, plan from voicecluster.plans
        where node = $1 and incarnation = $2 and revision > $3 order by revision limit $4
        """;

    /// <summary>$1 node, $2 incarnation.</summary>
    public const string SweepPlans =
        """
        with overtaken as (
            update voicecluster.plans set withdrawn_at = clock_timestamp()
            where node = $1 and incarnation = $2 and withdrawn_at is null
              and epoch < (select shards.epoch from voicecluster.shards where shards.shard = plans.shard)
            returning 1),
        gone as (
            delete from voicecluster.plans
            where withdrawn_at < clock_timestamp() - interval '1 minute'
               or (node = $1 and incarnation <> $2)
               or not exists (
                   select from voicecluster.nodes
                   where nodes.node = plans.node and nodes.renewed_at >= clock_timestamp() - interval '1 minute')
            returning 1)
        select count(*) from gone
        """;
}
