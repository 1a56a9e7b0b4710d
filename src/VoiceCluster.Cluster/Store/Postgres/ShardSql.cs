namespace VoiceCluster.Cluster.Store.Postgres;

/// <summary>Statements about <c>shards</c>.</summary>
internal static class ShardSql
{
    public const string ReadShards = "select shard, owner_node, owner_incarnation, epoch, in_force from voicecluster.shards";

    /// <summary>$1 shard, $2 and $3 the claimant, $4 and $5 the owner to be replaced or nulls.</summary>
    public const string ClaimShard =
        """
        with taken as (
            insert into voicecluster.shards as held (shard, owner_node, owner_incarnation, epoch, in_force)
            values ($1, $2, $3, 1, true)
            on conflict (shard) do update
            set owner_node = excluded.owner_node,
                owner_incarnation = excluded.owner_incarnation,
                epoch = held.epoch + 1,
                in_force = true
            where not held.in_force
               or ((held.owner_node, held.owner_incarnation) = ($4, $5)
                   and (held.owner_node, held.owner_incarnation) <> ($2, $3)
                   and not exists (select from voicecluster.nodes where node = $4 and incarnation = $5 and state = 1))
            returning owner_node, owner_incarnation, epoch)
        select owner_node, owner_incarnation, epoch,
               pg_notify('voicecluster', concat_ws(' ', 'shard', $1, epoch, owner_incarnation, 'true', owner_node))::text
        from taken
        union all
        select owner_node, owner_incarnation, epoch, null from voicecluster.shards
        where shard = $1 and in_force and not exists (select from taken)
        """;

    /// <summary>$1 shard, $2 and $3 the owner, $4 its epoch.</summary>
    public const string ReleaseShard =
        """
        with released as (
            update voicecluster.shards set in_force = false
            where shard = $1 and owner_node = $2 and owner_incarnation = $3 and epoch = $4 and in_force
            returning shard, epoch, owner_node, owner_incarnation)
        select pg_notify('voicecluster', concat_ws(' ', 'shard', shard, epoch, owner_incarnation, 'false', owner_node))::text from released
        """;
}
