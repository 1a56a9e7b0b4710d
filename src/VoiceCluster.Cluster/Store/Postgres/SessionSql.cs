namespace VoiceCluster.Cluster.Store.Postgres;

/// <summary>Statements about <c>lvsp_sessions</c> and <c>lvsp_outbox</c>.</summary>
internal static class SessionSql
{
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

    /// <summary>$1 expiry.</summary>
    public const string DetachLostHolders =
        """
        with sessions as (
            update voicecluster.lvsp_sessions set expires_at = $1, lost_above = highest
            where expires_at is null and not exists (select from voicecluster.nodes where node = holder_node and state = 1) returning 1)
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
