namespace VoiceCluster.Cluster.Store.Postgres;

/// <summary>Statements about <c>entities</c> and the <c>directory</c> that finds them.</summary>
internal static class EntitySql
{
    public const string LoadEntity = "select group_key, state from voicecluster.entities where kind = $1 and key = $2";

    public const string LoadGroup = "select key, state from voicecluster.entities where kind = $1 and group_key = $2";

    public const string ListShard = "select kind, key from voicecluster.entities where shard = $1";

    public const string Lookup = "select distinct value from voicecluster.directory where index = $1 and key = $2";

    /// <summary>$1 shard, $2 and $3 its owner, $4 the epoch; $5 kind, $6 key, $7 group, $8 state; $9, $10, $11 the directory's columns.</summary>
    public const string PutEntity =
        """
        with claim as (
            select 1 from voicecluster.shards
            where shard = $1 and owner_node = $2 and owner_incarnation = $3 and epoch = $4 and in_force),
        entity as (
            insert into voicecluster.entities (kind, key, shard, group_key, state)
            select $5, $6, $1, $7, $8 from claim
            on conflict (kind, key) do update
            set shard = excluded.shard, group_key = excluded.group_key, state = excluded.state),
        wanted as (
            select * from unnest($9::smallint[], $10::text[], $11::text[]) as entry (index, key, value)),
        gone as (
            delete from voicecluster.directory
            where kind = $5 and entity = $6 and exists (select from claim)
              and (index, key, value) not in (select index, key, value from wanted)),
        found as (
            insert into voicecluster.directory (index, key, kind, entity, value)
            select index, key, $5, $6, value from wanted where exists (select from claim)
            on conflict do nothing)
        select count(*) from claim
        """;

    /// <summary>$1 shard, $2 and $3 its owner, $4 the epoch; $5 kind, $6 key.</summary>
    public const string RemoveEntity =
        """
        with claim as (
            select 1 from voicecluster.shards
            where shard = $1 and owner_node = $2 and owner_incarnation = $3 and epoch = $4 and in_force),
        entity as (
            delete from voicecluster.entities where kind = $5 and key = $6 and exists (select from claim)),
        gone as (
            delete from voicecluster.directory where kind = $5 and entity = $6 and exists (select from claim))
        select count(*) from claim
        """;
}
