namespace VoiceCluster.Cluster.Store.Postgres;

/// <summary>Every statement that nodes send, and the names in them. Parameters are positional.</summary>
/// <remarks>
/// A writer of a shard holds the shard's advisory lock shared, whoever changes its owner holds it alone. So a claim that was found in force
/// stays so until the writer has committed, and no row is locked for it. The lock is a statement of its own in front: the next one then
/// reads what the last holder left.
/// </remarks>
internal static class PostgresSql
{
    /// <summary>The schema that holds every table, so that the database can be shared with a backend's.</summary>
    public const string Schema = "voicecluster";

    /// <summary>What a node listens to: shards that changed hands and nodes that came or went.</summary>
    public const string Channel = "voicecluster";

    /// <summary>First half of the advisory locks' keys, which everything in the database shares.</summary>
    public const int ShardLocks = 0x5643_0001;

    /// <summary>As <see cref="ShardLocks"/>, for a realm's number of sessions.</summary>
    public const int RealmLocks = 0x5643_0002;

    /// <summary>As <see cref="ShardLocks"/>, for who lives: votes are counted one after another.</summary>
    public const int NodeLocks = 0x5643_0003;

    /// <summary>The one lock of whoever changes the schema.</summary>
    public const long MigrationLock = 0x5643_0000_0000_0000;

    public const string Ping = "select 1";

    public const string LockShardShared = "select pg_advisory_xact_lock_shared($1, $2)";

    public const string LockShard = "select pg_advisory_xact_lock($1, $2)";

    public const string LockRealm = "select pg_advisory_xact_lock($1, hashtext($2))";

    private const string NodeColumns =
        "node, incarnation, state, draining, extract(epoch from clock_timestamp() - renewed_at)::double precision, description";

    /// <summary>$1 and $2 the node, $3 its description, $4 the expiry in seconds. The row in the way, if it was not taken in.</summary>
    public const string Join =
        $"""
        with joined as (
            insert into voicecluster.nodes as held (node, incarnation, state, draining, joined_at, renewed_at, description)
            values ($1, $2, 1, false, clock_timestamp(), clock_timestamp(), $3)
            on conflict (node) do update
            set incarnation = excluded.incarnation, state = 1, draining = false,
                joined_at = excluded.joined_at, renewed_at = excluded.renewed_at, description = excluded.description
            where (held.state = 1) = (held.incarnation = excluded.incarnation)
               or (held.state = 1 and held.renewed_at < clock_timestamp() - make_interval(secs => $4))
            returning pg_notify('voicecluster', 'nodes'))
        select {NodeColumns} from voicecluster.nodes where node = $1 and not exists (select from joined)
        """;

    /// <summary>$1 and $2 the node, $3 whether it drains, $4 its description.</summary>
    public const string Renew =
        """
        with before as (select draining from voicecluster.nodes where node = $1 and incarnation = $2 and state = 1),
        renewed as (
            update voicecluster.nodes set renewed_at = clock_timestamp(), draining = $3, description = $4
            where node = $1 and incarnation = $2 and state = 1
            returning 1)
        select pg_notify('voicecluster', 'nodes')::text from before, renewed where before.draining <> $3
        """;

    public const string ReadNodes = $"select {NodeColumns} from voicecluster.nodes order by node";

    /// <summary>$1 and $2 the node.</summary>
    public const string Leave =
        """
        with ended as (
            update voicecluster.nodes set state = 2 where node = $1 and incarnation = $2 and state = 1 returning node, pg_notify('voicecluster', 'nodes')),
        votes as (
            delete from voicecluster.node_votes where suspect in (select node from ended) or voter in (select node from ended))
        select count(*) from ended
        """;

    /// <summary>$1 and $2 the suspect, $3 and $4 the voter.</summary>
    public const string PutVote =
        """
        with vote as (
            insert into voicecluster.node_votes (suspect, suspect_incarnation, voter, voter_incarnation, voted_at)
            values ($1, $2, $3, $4, clock_timestamp())
            on conflict (suspect, voter) do update
            set suspect_incarnation = excluded.suspect_incarnation,
                voter_incarnation = excluded.voter_incarnation,
                voted_at = excluded.voted_at
            returning 1)
        select count(*) from vote
        """;

    /// <summary>$1 and $2 the suspect, $3 the expiry in seconds.</summary>
    public const string BuryByVotes =
        """
        with live as (
            select node, incarnation from voicecluster.nodes
            where state = 1 and renewed_at >= clock_timestamp() - make_interval(secs => $3)),
        votes as (
            select count(*) as given from voicecluster.node_votes join live on voter = node and voter_incarnation = incarnation
            where suspect = $1 and suspect_incarnation = $2),
        ended as (
            update voicecluster.nodes set state = 3
            from votes
            where node = $1 and incarnation = $2 and state = 1
              and given >= case when (select count(*) from live) <= 2 then 1 else 2 end
            returning node, pg_notify('voicecluster', 'nodes')),
        cleared as (
            delete from voicecluster.node_votes where suspect in (select node from ended) or voter in (select node from ended))
        select count(*) from ended
        """;

    /// <summary>$1 suspect, $2 voter.</summary>
    public const string WithdrawVote =
        """
        with gone as (delete from voicecluster.node_votes where suspect = $1 and voter = $2 returning 1)
        select count(*) from gone
        """;

    /// <summary>$1 and $2 the suspect, $3 and $4 the judge, $5 the expiry in seconds.</summary>
    public const string BuryExpired =
        """
        with ended as (
            update voicecluster.nodes set state = 3
            where node = $1 and incarnation = $2 and state = 1
              and renewed_at < clock_timestamp() - make_interval(secs => $5)
              and exists (
                  select from voicecluster.nodes as judge
                  where judge.node = $3 and judge.incarnation = $4 and judge.state = 1
                    and judge.renewed_at >= clock_timestamp() - make_interval(secs => $5))
            returning node, pg_notify('voicecluster', 'nodes')),
        cleared as (
            delete from voicecluster.node_votes where suspect in (select node from ended) or voter in (select node from ended))
        select count(*) from ended
        """;

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

    /// <summary>$1 node, $2 incarnation, $3 a revision.</summary>
    public const string ReadPlans =
        """
        select revision, worker, plan from voicecluster.plans
        where node = $1 and incarnation = $2 and revision > $3 order by revision limit 1024
        """;

    /// <summary>$1 node, $2 incarnation.</summary>
    public const string SweepPlans =
        """
        with gone as (
            delete from voicecluster.plans
            where withdrawn_at < clock_timestamp() - interval '1 minute'
               or (node = $1 and incarnation <> $2)
               or not exists (
                   select from voicecluster.nodes
                   where nodes.node = plans.node and nodes.renewed_at >= clock_timestamp() - interval '1 minute')
            returning 1)
        select count(*) from gone
        """;

    private const string SessionColumns =
        "session_id, realm, token_hash, form, litecord_compatible, generation, holder_node, holder_name, expires_at, highest, forgotten, lost_above";

    /// <summary>$1 realm, $2 now.</summary>
    public const string RemoveExpiredSessions =
        """
        with gone as (delete from voicecluster.lvsp_sessions where realm = $1 and expires_at <= $2 returning 1)
        select count(*) from gone
        """;

    /// <summary>$1 id, $2 realm, $3 token hash, $4 form, $5 compatible, $6 and $7 holder, $8 limit. Detached sessions make room.</summary>
    public const string CreateSession =
        """
        with sessions as (
            select session_id, expires_at from voicecluster.lvsp_sessions where realm = $2),
        room as (
            select 1 where (select count(*) from sessions where expires_at is null) < $8),
        evicted as (
            delete from voicecluster.lvsp_sessions
            where session_id in (
                select session_id from sessions
                where expires_at is not null and exists (select from room)
                order by expires_at
                limit greatest(0, (select count(*) from sessions) - $8 + 1))),
        created as (
            insert into voicecluster.lvsp_sessions
                (session_id, realm, token_hash, form, litecord_compatible, generation, holder_node, holder_name, expires_at, highest, forgotten)
            select $1, $2, $3, $4, $5, 1, $6, $7, null, 0, 0 from room
            on conflict do nothing
            returning 1)
        select count(*) from created
        """;

    /// <summary>$1 token hash or null, $2 id and $3 realm or nulls, $4 now.</summary>
    public const string LockResumedSession =
        $"""
        select {SessionColumns} from voicecluster.lvsp_sessions
        where (token_hash = $1 or (session_id = $2 and realm = $3)) and (expires_at is null or expires_at > $4)
        order by creation desc limit 1
        for update
        """;

    /// <summary>$1 id, $2 and $3 the new holder.</summary>
    public const string TakeSession =
        """
        update voicecluster.lvsp_sessions
        set generation = generation + 1, holder_node = $2, holder_name = $3, expires_at = null, lost_above = null
        where session_id = $1
        """;

    /// <summary>$1 id, $2 realm, $3 token hash, $4 form, $5 compatible, $6 and $7 holder, $8 generation, $9 the last number stored.</summary>
    public const string RestoreSession =
        """
        insert into voicecluster.lvsp_sessions
            (session_id, realm, token_hash, form, litecord_compatible, generation, holder_node, holder_name, expires_at, highest, forgotten)
        select $1, $2, $3, $4, $5, $8, $6, $7, null, $9, $9
        where not exists (select from voicecluster.lvsp_sessions where session_id = $1)
        on conflict do nothing
        returning 1
        """;

    /// <summary>$1 id, $2 generation, $3 and $4 the holder. Writes only what was taken for lost.</summary>
    public const string HoldSession =
        """
        with held as (
            update voicecluster.lvsp_sessions set expires_at = null, lost_above = null, holder_node = $3, holder_name = $4
            where session_id = $1 and generation = $2 and (expires_at is not null or lost_above is not null))
        select highest from voicecluster.lvsp_sessions where session_id = $1 and generation = $2
        """;

    /// <summary>$1 id, $2 now, $3 the body, $4 its id. One that is kept already is found. Old rows are cleared away with every 64th.</summary>
    public const string Append =
        $"""
        with known as (
            select sequence from voicecluster.lvsp_outbox where session_id = $1 and append_id = $4),
        taken as (
            update voicecluster.lvsp_sessions set highest = highest + 1
            where session_id = $1 and (expires_at is null or expires_at > $2) and not exists (select from known)
            returning {SessionColumns}),
        kept as (
            insert into voicecluster.lvsp_outbox (session_id, sequence, appended_at, info, append_id)
            select session_id, highest, $2, $3, $4 from taken),
        gone as (
            delete from voicecluster.lvsp_outbox
            where session_id = $1 and sequence <= (select highest from taken where highest % 64 = 0) - 1024)
        select {SessionColumns}, highest from taken
        union all
        select {SessionColumns}, sequence from voicecluster.lvsp_sessions, known where session_id = $1
        """;

    /// <summary>$1 id, $2 a number.</summary>
    public const string ReadOutbox =
        """
        select sequence, appended_at, info, append_id from voicecluster.lvsp_outbox
        where session_id = $1 and sequence > $2 order by sequence limit 1024
        """;

    /// <summary>$1 id, $2 generation.</summary>
    public const string LockHeldSession =
        "select 1 from voicecluster.lvsp_sessions where session_id = $1 and generation = $2 for update";

    /// <summary>$1 id, $2 the last number to be kept, $3 the next number, $4 how many follow, $5 the last number that is not kept any more.</summary>
    public const string ReplaceOutbox =
        """
        with session as (
            update voicecluster.lvsp_sessions
            set highest = $3 + $4 - 1, forgotten = greatest(forgotten, $5), expires_at = null, lost_above = null
            where session_id = $1)
        delete from voicecluster.lvsp_outbox where session_id = $1 and sequence > $2
        """;

    /// <summary>$1 id, $2 the first number, $3 now, $4 bodies, $5 their ids, 0 for none.</summary>
    public const string InsertOutbox =
        """
        insert into voicecluster.lvsp_outbox (session_id, sequence, appended_at, info, append_id)
        select $1, $2 + ordinal - 1, $3, body, nullif(append, 0)
        from unnest($4::bytea[], $5::bigint[]) with ordinality as entry (body, append, ordinal)
        """;

    /// <summary>$1 id, $2 what the client has seen.</summary>
    public const string Acknowledge =
        """
        with session as (
            update voicecluster.lvsp_sessions set forgotten = greatest(forgotten, least($2, highest)) where session_id = $1 returning 1),
        gone as (
            delete from voicecluster.lvsp_outbox where session_id = $1 and sequence <= $2)
        select count(*) from session
        """;

    public const string SetForm =
        """
        with session as (update voicecluster.lvsp_sessions set form = $2 where session_id = $1 returning 1)
        select count(*) from session
        """;

    /// <summary>$1 id, $2 generation, $3 expiry.</summary>
    public const string Detach =
        """
        with session as (
            update voicecluster.lvsp_sessions set expires_at = $3, lost_above = null
            where session_id = $1 and generation = $2 returning 1)
        select count(*) from session
        """;

    /// <summary>$1 node, $2 expiry.</summary>
    public const string DetachHolders =
        """
        with sessions as (
            update voicecluster.lvsp_sessions set expires_at = $2, lost_above = highest
            where holder_node = $1 and expires_at is null returning 1)
        select count(*) from sessions
        """;

    /// <summary>$1 realm, $2 preferred id or null, $3 now.</summary>
    public const string FindSession =
        $"""
        select {SessionColumns} from voicecluster.lvsp_sessions
        where realm = $1 and (expires_at is null or expires_at > $3)
        order by (session_id = $2) is true desc, expires_at is null desc, creation desc
        limit 1
        """;
}
