namespace VoiceCluster.Cluster.Store.Postgres;

/// <summary>Statements about <c>nodes</c> and <c>node_votes</c>.</summary>
internal static class MembershipSql
{
    private const string NodeColumns =
        "node, incarnation, state, draining, extract(epoch from clock_timestamp() - renewed_at)::double precision, description, " +
        "unreached_incarnation is distinct from incarnation, clock_timestamp()";

    /// <summary>$1 and $2 the node, $3 its description, $4 the expiry in seconds. The row in the way, if it was not taken in.</summary>
    public const string Join =
        $"""
        with joined as (
            insert into voicecluster.nodes as held (node, incarnation, state, draining, joined_at, renewed_at, description, unreached_incarnation)
            values ($1, $2, 1, false, clock_timestamp(), clock_timestamp(), $3, $2)
            on conflict (node) do update
            set incarnation = excluded.incarnation, state = 1, draining = false,
                joined_at = excluded.joined_at, renewed_at = excluded.renewed_at, description = excluded.description,
                unreached_incarnation = excluded.unreached_incarnation
            where (held.state = 1) = (held.incarnation = excluded.incarnation)
               or (held.state = 1 and held.renewed_at < clock_timestamp() - make_interval(secs => $4))
            returning pg_notify('voicecluster', 'nodes'))
        select {NodeColumns} from voicecluster.nodes where node = $1 and not exists (select from joined)
        """;

    /// <summary>$1 and $2 the node, $3 whether it drains, $4 its description, $5 whether links lead to it.</summary>
    public const string Renew =
        """
        with before as (
            select draining, unreached_incarnation is distinct from incarnation as reached
            from voicecluster.nodes where node = $1 and incarnation = $2 and state = 1),
        renewed as (
            update voicecluster.nodes
            set renewed_at = clock_timestamp(), draining = $3, description = $4, unreached_incarnation = case when $5 then null else $2 end
            where node = $1 and incarnation = $2 and state = 1
            returning 1)
        select pg_notify('voicecluster', 'nodes')::text from before, renewed where before.draining <> $3 or before.reached <> $5
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
            where suspect = $1 and suspect_incarnation = $2 and voted_at >= clock_timestamp() - make_interval(secs => $3)),
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
}
