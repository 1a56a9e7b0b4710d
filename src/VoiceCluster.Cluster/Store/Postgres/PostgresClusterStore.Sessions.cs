using System.Collections.Immutable;
using Npgsql;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Protocol.Lvsp;

namespace VoiceCluster.Cluster.Store.Postgres;

/// <content>LVSP sessions.</content>
public sealed partial class PostgresClusterStore
{
    /// <inheritdoc />
    public Task<bool> CreateSessionAsync(LvspSessionRecord session, int limit, CancellationToken cancellation) => WriteSession(
        session.SessionId,
        [
            PostgresParameters.Command(PostgresSql.LockRealm, PostgresParameters.Of(PostgresSql.RealmLocks), PostgresParameters.Of(session.Realm.Name)),
            PostgresParameters.Command(
                SessionSql.RemoveExpiredSessions, PostgresParameters.Of(session.Realm.Name), PostgresParameters.Of(_time.GetUtcNow())),
            PostgresParameters.Command(
                SessionSql.CreateSession, [.. SessionParameters(session), PostgresParameters.Of(limit)]),
        ],
        ReadWhetherAnyAsync,
        cancellation);

    /// <inheritdoc />
    public Task<LvspResumeResult> ResumeSessionAsync(LvspResume resume, DateTimeOffset now, CancellationToken cancellation) =>
        InTransactionAsync(connection => ResumeAsync(connection, resume, now, cancellation), cancellation);

    /// <inheritdoc />
    public Task<bool> MergeAsync(LvspUnstored unstored, DateTimeOffset now, CancellationToken cancellation) =>
        InTransactionAsync(connection => MergeAsync(connection, unstored, now, cancellation), cancellation);

    /// <inheritdoc />
    public Task<long?> HoldAsync(LvspSessionRecord session, long stored, CancellationToken cancellation) => WriteSession(
        session.SessionId,
        [
            Restore(session, stored),
            PostgresParameters.Command(
                SessionSql.HoldSession,
                PostgresParameters.Of(session.SessionId),
                PostgresParameters.Of(session.Generation),
                PostgresParameters.Of(session.Holder.Node.Value),
                PostgresParameters.Of(session.Holder.Name)),
        ],
        static async (reader, token) => await reader.ReadAsync(token) ? reader.GetInt64(0) : (long?)null,
        cancellation);

    /// <inheritdoc />
    public Task<LvspAppended?> AppendAsync(string sessionId, LvspAppend append, DateTimeOffset now, CancellationToken cancellation)
    {
        var body = append.Info.ToArray();
        return WriteSession(
            sessionId,
            [
                PostgresParameters.Command(
                    SessionSql.Append,
                    PostgresParameters.Of(sessionId),
                    PostgresParameters.Of(now),
                    PostgresParameters.Of(body),
                    PostgresParameters.Of(append.Id)),
            ],
            async (reader, token) => await reader.ReadAsync(token) ? ReadAppended(reader, body) : null,
            cancellation);
    }

    /// <inheritdoc />
    public Task<ImmutableArray<LvspNumberedFrame>> ReadAsync(string sessionId, long after, CancellationToken cancellation) => Read(
        PostgresParameters.Command(SessionSql.ReadOutbox, PostgresParameters.Of(sessionId), PostgresParameters.Of(after)),
        static (reader, token) => ReadAllAsync(reader, static row => ReadOutboxEntry(row).Numbered, token),
        cancellation);

    /// <inheritdoc />
    public Task AcknowledgeAsync(string sessionId, long sequence, CancellationToken cancellation) => WriteSession(
        sessionId,
        [PostgresParameters.Command(SessionSql.Acknowledge, PostgresParameters.Of(sessionId), PostgresParameters.Of(sequence))],
        ReadWhetherAnyAsync,
        cancellation);

    /// <inheritdoc />
    public Task SetFormAsync(string sessionId, LvspForm form, CancellationToken cancellation) => WriteSession(
        sessionId,
        [PostgresParameters.Command(SessionSql.SetForm, PostgresParameters.Of(sessionId), PostgresParameters.Of((short)form))],
        ReadWhetherAnyAsync,
        cancellation);

    /// <inheritdoc />
    public Task DetachAsync(string sessionId, long generation, DateTimeOffset expiresAt, CancellationToken cancellation) => WriteSession(
        sessionId,
        [
            PostgresParameters.Command(
                SessionSql.Detach, PostgresParameters.Of(sessionId), PostgresParameters.Of(generation), PostgresParameters.Of(expiresAt)),
        ],
        ReadWhetherAnyAsync,
        cancellation);

    /// <inheritdoc />
    public Task DetachHoldersAsync(NodeId node, DateTimeOffset expiresAt, CancellationToken cancellation) => WriteSession(
        node.Value,
        [PostgresParameters.Command(SessionSql.DetachHolders, PostgresParameters.Of(node.Value), PostgresParameters.Of(expiresAt))],
        ReadWhetherAnyAsync,
        cancellation);

    /// <inheritdoc />
    public Task DetachLostHoldersAsync(DateTimeOffset expiresAt, CancellationToken cancellation) => WriteSession(
        "",
        [PostgresParameters.Command(SessionSql.DetachLostHolders, PostgresParameters.Of(expiresAt))],
        ReadWhetherAnyAsync,
        cancellation);

    /// <inheritdoc />
    public Task<LvspSessionRecord?> FindSessionAsync(
        Realm realm,
        string? preferredSessionId,
        DateTimeOffset now,
        CancellationToken cancellation) => Read(
        PostgresParameters.Command(
            SessionSql.FindSession, PostgresParameters.Of(realm.Name), PostgresParameters.Of(preferredSessionId), PostgresParameters.Of(now)),
        static async (reader, token) => await reader.ReadAsync(token) ? ReadSession(reader) : null,
        cancellation);

    /// <summary>Several statements of which one decides on the next.</summary>
    private async Task<TResult> InTransactionAsync<TResult>(Func<NpgsqlConnection, Task<TResult>> work, CancellationToken cancellation)
    {
        if (_availability.Reason is { } reason)
        {
            throw new StoreUnavailableException(reason);
        }

        try
        {
            await using var connection = await _database.OpenConnectionAsync(cancellation);
            await using var transaction = await connection.BeginTransactionAsync(cancellation);
            var result = await work(connection);
            await transaction.CommitAsync(cancellation);
            return result;
        }
        catch (Exception error) when (error is not OperationCanceledException || !cancellation.IsCancellationRequested)
        {
            if (PostgresErrors.IsOutage(error))
            {
                _availability.Lost(error);
            }

            throw new StoreUnavailableException("The database did not carry out a transaction.", error);
        }
    }

    private static async Task<bool> MergeAsync(
        NpgsqlConnection connection,
        LvspUnstored unstored,
        DateTimeOffset now,
        CancellationToken cancellation)
    {
        await ExecuteAsync(connection, Restore(unstored.Session, unstored.After), cancellation);
        if (!await LockHeldAsync(connection, unstored.Session, cancellation))
        {
            return false;
        }

        var id = unstored.Session.SessionId;
        var unsent = await ReadEntriesAsync(
            connection, id, unstored.After, static row => new LvspAppend(row.IsDBNull(3) ? 0 : row.GetInt64(3), row.GetFieldValue<byte[]>(2)), cancellation);
        LvspAppend[] appends = [.. unstored.Appends, .. unstored.Follow(unsent)];
        await ExecuteAsync(
            connection,
            PostgresParameters.Command(
                SessionSql.ReplaceOutbox,
                PostgresParameters.Of(id),
                PostgresParameters.Of(unstored.IsGapless ? unstored.After : 0),
                PostgresParameters.Of(unstored.First),
                PostgresParameters.Of(appends.LongLength),
                PostgresParameters.Of(unstored.IsGapless ? 0 : unstored.First - 1)),
            cancellation);
        await ExecuteAsync(
            connection,
            PostgresParameters.Command(
                SessionSql.InsertOutbox,
                PostgresParameters.Of(id),
                PostgresParameters.Of(unstored.First),
                PostgresParameters.Of(now),
                PostgresParameters.Of([.. appends.Select(append => append.Info.ToArray())]),
                PostgresParameters.Of([.. appends.Select(append => append.Id)])),
            cancellation);
        return true;
    }

    private static async Task<bool> LockHeldAsync(NpgsqlConnection connection, LvspSessionRecord session, CancellationToken cancellation)
    {
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(PostgresParameters.Command(
            SessionSql.LockHeldSession, PostgresParameters.Of(session.SessionId), PostgresParameters.Of(session.Generation)));
        PostgresTelemetry.Sent(1);
        await using var reader = await batch.ExecuteReaderAsync(cancellation);
        return await reader.ReadAsync(cancellation);
    }

    private static NpgsqlBatchCommand Restore(LvspSessionRecord session, long stored) => PostgresParameters.Command(
        SessionSql.RestoreSession,
        [.. SessionParameters(session), PostgresParameters.Of(session.Generation), PostgresParameters.Of(stored)]);

    private static NpgsqlParameter[] SessionParameters(LvspSessionRecord session) =>
    [
        PostgresParameters.Of(session.SessionId),
        PostgresParameters.Of(session.Realm.Name),
        PostgresParameters.Of(session.TokenHash),
        PostgresParameters.Of((short?)session.Form),
        PostgresParameters.Of(session.LitecordCompatible),
        PostgresParameters.Of(session.Holder.Node.Value),
        PostgresParameters.Of(session.Holder.Name),
    ];

    private static async Task<LvspResumeResult> ResumeAsync(
        NpgsqlConnection connection,
        LvspResume resume,
        DateTimeOffset now,
        CancellationToken cancellation)
    {
        if (await LockResumedAsync(connection, resume, now, cancellation) is not { } row)
        {
            return new LvspResumeResult.Unknown();
        }

        var (session, highest, forgotten, lostAbove) = row;
        if (session.ExpiresAt is null && session.Holder != resume.Holder && !resume.IsSettled)
        {
            return new LvspResumeResult.Held(session);
        }

        if (resume.Sequence > lostAbove)
        {
            return new LvspResumeResult.Unknown();
        }

        var kept = await ReadKeptAsync(connection, session.SessionId, Math.Max(forgotten, highest - LvspOutbox.MaxMessages), now, cancellation);
        if (resume.Sequence < highest - kept.Count || resume.Sequence > highest)
        {
            return new LvspResumeResult.CannotReplay(resume.Sequence > highest);
        }

        await ExecuteAsync(
            connection,
            PostgresParameters.Command(
                SessionSql.TakeSession,
                PostgresParameters.Of(session.SessionId),
                PostgresParameters.Of(resume.Holder.Node.Value),
                PostgresParameters.Of(resume.Holder.Name)),
            cancellation);
        return new LvspResumeResult.Resumed(
            session with { Generation = session.Generation + 1, Holder = resume.Holder, ExpiresAt = null },
            highest,
            [.. kept.Where(frame => frame.SequenceNumber > resume.Sequence)],
            session.ExpiresAt is null ? session.Holder : null);
    }

    private static async Task<(LvspSessionRecord Session, long Highest, long Forgotten, long? LostAbove)?> LockResumedAsync(
        NpgsqlConnection connection,
        LvspResume resume,
        DateTimeOffset now,
        CancellationToken cancellation)
    {
        // A token alone tells which session it began; an id counts within its proven realm only.
        var byToken = resume.TokenHash is not null;
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(PostgresParameters.Command(
            SessionSql.LockResumedSession,
            PostgresParameters.Of(resume.TokenHash),
            PostgresParameters.Of(byToken || resume.SessionId is null ? null : PostgresText.Escape(resume.SessionId)),
            PostgresParameters.Of(byToken ? null : resume.Realm?.Name),
            PostgresParameters.Of(now)));
        PostgresTelemetry.Sent(1);
        await using var reader = await batch.ExecuteReaderAsync(cancellation);
        return await reader.ReadAsync(cancellation)
            ? (ReadSession(reader), reader.GetInt64(9), reader.GetInt64(10), reader.IsDBNull(11) ? null : reader.GetInt64(11))
            : null;
    }

    /// <summary>The frames without a gap up to the highest that are young enough.</summary>
    private static async Task<List<LvspNumberedFrame>> ReadKeptAsync(
        NpgsqlConnection connection,
        string sessionId,
        long after,
        DateTimeOffset now,
        CancellationToken cancellation)
    {
        var entries = await ReadEntriesAsync(connection, sessionId, after, ReadOutboxEntry, cancellation);
        return [.. entries.SkipWhile(entry => now - entry.AppendedAt > LvspOutbox.MaxAge).Select(entry => entry.Numbered)];
    }

    private static async Task<ImmutableArray<TRow>> ReadEntriesAsync<TRow>(
        NpgsqlConnection connection,
        string sessionId,
        long after,
        Func<NpgsqlDataReader, TRow> row,
        CancellationToken cancellation)
    {
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(PostgresParameters.Command(SessionSql.ReadOutbox, PostgresParameters.Of(sessionId), PostgresParameters.Of(after)));
        PostgresTelemetry.Sent(1);
        await using var reader = await batch.ExecuteReaderAsync(cancellation);
        return await ReadAllAsync(reader, row, cancellation);
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, NpgsqlBatchCommand command, CancellationToken cancellation)
    {
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(command);
        PostgresTelemetry.Sent(1);
        await batch.ExecuteNonQueryAsync(cancellation);
    }

    private static LvspAppended ReadAppended(NpgsqlDataReader reader, byte[] body)
    {
        var sequence = reader.GetInt64(12);
        return new LvspAppended(ReadSession(reader), new LvspNumberedFrame(sequence, LvspServerFrames.Info(sequence, body)));
    }

    private static LvspOutboxEntry ReadOutboxEntry(NpgsqlDataReader reader)
    {
        var sequence = reader.GetInt64(0);
        var frame = LvspServerFrames.Info(sequence, reader.GetFieldValue<byte[]>(2));
        return new LvspOutboxEntry(reader.GetFieldValue<DateTimeOffset>(1), new LvspNumberedFrame(sequence, frame));
    }

    private static LvspSessionRecord ReadSession(NpgsqlDataReader reader) => new(
        reader.GetString(0),
        new Realm(reader.GetString(1)),
        reader.GetString(2),
        reader.IsDBNull(3) ? null : (LvspForm)reader.GetInt16(3),
        reader.GetBoolean(4),
        reader.GetInt64(5),
        new GatewayAddress(new NodeId(reader.GetString(6)), reader.GetString(7)),
        reader.IsDBNull(8) ? null : reader.GetFieldValue<DateTimeOffset>(8));

    private Task<TAnswer> WriteSession<TAnswer>(
        string sessionId,
        NpgsqlBatchCommand[] commands,
        Func<NpgsqlDataReader, CancellationToken, ValueTask<TAnswer>> read,
        CancellationToken cancellation)
    {
        // A hash that every node agrees on: transactions of two nodes, too, have to take sessions in one order.
        var hash = sessionId.Aggregate(2166136261u, static (hash, character) => unchecked((hash ^ character) * 16777619u));
        return Post(_writers[hash % _writers.Length], SessionOrder + hash, commands, read, cancellation);
    }
}
