using System.Collections.Immutable;
using System.Globalization;
using Npgsql;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Domain.Membership;

namespace VoiceCluster.Cluster.Store.Postgres;

/// <content>Membership, on a connection of its own way: a renewal must not wait behind joins.</content>
public sealed partial class PostgresClusterStore
{
    /// <inheritdoc />
    public event Action<StoreNotice>? Noticed;

    private double ExpirySeconds => _options.Times.Expiry.TotalSeconds;

    /// <inheritdoc />
    public Task<MemberRow?> JoinAsync(NodeIncarnation node, string description, CancellationToken cancellation) => Member(
        [
            LockNodes(),
            PostgresParameters.Command(
                MembershipSql.Join,
                [.. NodeParameters(node), PostgresParameters.Of(description), PostgresParameters.Of(ExpirySeconds)]),
        ],
        static async (reader, token) => await reader.ReadAsync(token) ? ReadMember(reader) : null,
        cancellation);

    /// <inheritdoc />
    public Task<MembershipTable?> RenewAsync(NodeIncarnation node, MemberNews news, CancellationToken cancellation) => Member(
        [
            PostgresParameters.Command(
                MembershipSql.Renew,
                [.. NodeParameters(node), PostgresParameters.Of(news.Draining), PostgresParameters.Of(news.Description), PostgresParameters.Of(news.Reached)]),
            PostgresParameters.Command(MembershipSql.ReadNodes),
        ],
        async (reader, token) =>
        {
            var rows = await ReadAllAsync(reader, static row => (Member: ReadMember(row), ReadAt: row.GetFieldValue<DateTimeOffset>(7)), token);
            return rows.Any(row => row.Member.Node == node && row.Member.Standing == MemberStanding.Live)
                ? new MembershipTable([.. rows.Select(row => row.Member)]) { ReadAt = rows[0].ReadAt }
                : null;
        },
        cancellation);

    /// <inheritdoc />
    public Task LeaveAsync(NodeIncarnation node, CancellationToken cancellation) => Member(
        [LockNodes(), PostgresParameters.Command(MembershipSql.Leave, NodeParameters(node))],
        ReadWhetherAnyAsync,
        cancellation);

    /// <inheritdoc />
    public Task<bool> VoteAsync(NodeIncarnation voter, NodeIncarnation suspect, CancellationToken cancellation) => Member(
        [
            LockNodes(),
            PostgresParameters.Command(MembershipSql.PutVote, [.. NodeParameters(suspect), .. NodeParameters(voter)]),
            PostgresParameters.Command(MembershipSql.BuryByVotes, [.. NodeParameters(suspect), PostgresParameters.Of(ExpirySeconds)]),
        ],
        ReadWhetherAnyAsync,
        cancellation);

    /// <inheritdoc />
    public Task WithdrawVoteAsync(NodeIncarnation voter, NodeIncarnation suspect, CancellationToken cancellation) => Member(
        [
            PostgresParameters.Command(
                MembershipSql.WithdrawVote, PostgresParameters.Of(suspect.Node.Value), PostgresParameters.Of(voter.Node.Value)),
        ],
        ReadWhetherAnyAsync,
        cancellation);

    /// <inheritdoc />
    public Task<bool> BuryAsync(NodeIncarnation judge, NodeIncarnation suspect, CancellationToken cancellation) => Member(
        [
            LockNodes(),
            PostgresParameters.Command(
                MembershipSql.BuryExpired, [.. NodeParameters(suspect), .. NodeParameters(judge), PostgresParameters.Of(ExpirySeconds)]),
        ],
        ReadWhetherAnyAsync,
        cancellation);

    /// <inheritdoc />
    public Task<ImmutableArray<ShardRow>> ReadShardsAsync(CancellationToken cancellation) => Member(
        [PostgresParameters.Command(ShardSql.ReadShards)],
        static (reader, token) => ReadAllAsync(
            reader,
            static row => new ShardRow(
                row.GetInt16(0),
                new NodeIncarnation(new NodeId(row.GetString(1)), row.GetInt64(2)),
                row.GetInt64(3),
                row.GetBoolean(4)),
            token),
        cancellation);

    private static NpgsqlBatchCommand LockNodes() =>
        PostgresParameters.Command(PostgresSql.LockShard, PostgresParameters.Of(PostgresSql.NodeLocks), PostgresParameters.Of(0));

    private static NpgsqlParameter[] NodeParameters(NodeIncarnation node) =>
        [PostgresParameters.Of(node.Node.Value), PostgresParameters.Of(node.Incarnation)];

    private static MemberRow ReadMember(NpgsqlDataReader row) => new(
        new NodeIncarnation(new NodeId(row.GetString(0)), row.GetInt64(1)),
        (MemberStanding)row.GetInt16(2),
        row.GetBoolean(3),
        TimeSpan.FromSeconds(row.GetDouble(4)),
        row.GetString(5),
        row.GetBoolean(6));

    private Task<TAnswer> Member<TAnswer>(
        NpgsqlBatchCommand[] commands,
        Func<NpgsqlDataReader, CancellationToken, ValueTask<TAnswer>> read,
        CancellationToken cancellation) =>
        Post(_members, order: 0, commands, read, cancellation);

    /// <summary>Listens for changes; a listener that was cut off says that all may have changed.</summary>
    private async Task ListenAsync(CancellationToken cancellation)
    {
        while (!cancellation.IsCancellationRequested)
        {
            try
            {
                await using var connection = await _database.OpenConnectionAsync(cancellation);
                connection.Notification += (_, notice) => Tell(notice.Payload);
                await using var listen = new NpgsqlCommand($"listen {PostgresSql.Channel}", connection);
                await listen.ExecuteNonQueryAsync(cancellation);
                Noticed?.Invoke(default);
                while (true)
                {
                    await connection.WaitAsync(cancellation);
                }
            }
            catch (Exception)
            {
                // The database is away, which the probe tells of, or the store stops.
                await Task.Delay(_options.ProbeInterval, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private void Tell(string payload)
    {
        var words = payload.Split(' ');
        if (words is ["shard", var shard, var epoch, var incarnation, var inForce, var node]
            && int.TryParse(shard, CultureInfo.InvariantCulture, out var number)
            && long.TryParse(epoch, CultureInfo.InvariantCulture, out var newEpoch)
            && long.TryParse(incarnation, CultureInfo.InvariantCulture, out var owner))
        {
            Noticed?.Invoke(new StoreNotice(new ShardRow(number, new NodeIncarnation(new NodeId(node), owner), newEpoch, inForce == "true")));
            return;
        }

        Noticed?.Invoke(default);
    }
}
