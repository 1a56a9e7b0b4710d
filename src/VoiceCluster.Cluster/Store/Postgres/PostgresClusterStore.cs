using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Npgsql;
using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Domain.Identities;

namespace VoiceCluster.Cluster.Store.Postgres;

/// <summary>The store of a cluster: a PostgreSQL database, version 15 or later.</summary>
/// <remarks>
/// <para>Order of use: construct, <see cref="StartAsync"/>, then anything, dispose. Before the start everything fails as unavailable.</para>
/// <para>
/// Requests that come while others are on their way share the next transaction (see <see cref="StoreLane"/>). Those of one shard or one
/// LVSP session go one way, so that transactions of one node do not wait for each other.
/// </para>
/// </remarks>
public sealed partial class PostgresClusterStore : IClusterStore, IAsyncDisposable
{
    /// <summary>Sessions come after shards in every transaction; see <see cref="StoreRequest.Order"/>.</summary>
    private const long SessionOrder = 1L << 32;

    private readonly PostgresStoreOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly NpgsqlDataSource _database;
    private readonly PostgresAvailability _availability;
    private readonly StoreLane[] _writers;
    private readonly StoreLane[] _readers;
    private readonly StoreLane _members;
    private readonly CancellationTokenSource _stop = new();
    private Task _probing = Task.CompletedTask;
    private Task _listening = Task.CompletedTask;
    private uint _nextReader;
    private int _disposed;

    /// <summary>Opens no connection yet.</summary>
    /// <param name="options">Where the database is.</param>
    /// <param name="time">Tells which sessions have expired when a new one asks for room.</param>
    /// <param name="logger">Told of outages; never of the connection string.</param>
    public PostgresClusterStore(PostgresStoreOptions options, TimeProvider time, ILogger<PostgresClusterStore> logger)
    {
        _options = options;
        _time = time;
        _logger = logger;
        Address = PostgresAddress.Describe(options.ConnectionString);
        _database = CreateDataSource(options);
        _availability = new PostgresAvailability(Address, logger);
        _writers = [.. Enumerable.Range(0, options.WriteLanes).Select(_ => new StoreLane(_database, _availability, options, logger))];
        _readers = [.. Enumerable.Range(0, options.ReadLanes).Select(_ => new StoreLane(_database, _availability, options, logger))];
        _members = new StoreLane(_database, _availability, options, logger);
    }

    /// <summary>Host, port and database, to be shown.</summary>
    public string Address { get; }

    /// <summary>Why the database cannot be used at the moment; null when it can.</summary>
    public string? Outage => _availability.Reason;

    /// <summary>Waits for the database, brings its schema up to date, and begins to watch it.</summary>
    /// <exception cref="StoreUnavailableException">It was away for longer than a start waits.</exception>
    /// <exception cref="SchemaTooNewException">The database needs a newer release.</exception>
    public async Task StartAsync(CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(_options.StartTimeout);
        await MigrateAsync(limit.Token);
        _availability.Found();
        _probing = Task.Run(() => ProbeAsync(_stop.Token), CancellationToken.None);
        _listening = Task.Run(() => ListenAsync(_stop.Token), CancellationToken.None);
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        await _stop.CancelAsync();
        await _probing;
        await _listening;
        foreach (var lane in _writers.Concat(_readers).Append(_members))
        {
            await lane.DisposeAsync();
        }

        await _database.DisposeAsync();
        _stop.Dispose();
    }

    /// <inheritdoc />
    public async Task<ShardClaim> ClaimShardAsync(
        ShardId shard,
        NodeIncarnation node,
        NodeIncarnation? replacing,
        CancellationToken cancellation)
    {
        var claim = await Write(
            shard,
            [
                PostgresParameters.Command(PostgresSql.LockShard, PostgresParameters.Of(PostgresSql.ShardLocks), PostgresParameters.Of(shard.Value)),
                PostgresParameters.Command(
                    ShardSql.ClaimShard,
                    PostgresParameters.Of((short)shard.Value),
                    PostgresParameters.Of(node.Node.Value),
                    PostgresParameters.Of(node.Incarnation),
                    PostgresParameters.Of(replacing?.Node.Value),
                    PostgresParameters.Of(replacing?.Incarnation)),
            ],
            (reader, token) => ReadClaimAsync(shard, reader, token),
            cancellation);

        // Only a row that somebody took away by hand in between leaves no claim.
        return claim ?? throw new StoreUnavailableException($"Shard {shard.Value} could not be claimed.");
    }

    /// <inheritdoc />
    public Task ReleaseShardAsync(ShardClaim claim, CancellationToken cancellation) => Write(
        claim.Shard,
        [
            PostgresParameters.Command(PostgresSql.LockShard, PostgresParameters.Of(PostgresSql.ShardLocks), PostgresParameters.Of(claim.Shard.Value)),
            PostgresParameters.Command(ShardSql.ReleaseShard, OwnerParameters(claim)),
        ],
        static (_, _) => ValueTask.FromResult(true),
        cancellation);

    /// <inheritdoc />
    public Task<StoredEntity?> LoadAsync(EntityKind kind, string key, CancellationToken cancellation) => Read(
        PostgresParameters.Command(EntitySql.LoadEntity, PostgresParameters.Of((short)kind), PostgresParameters.Of(PostgresText.Escape(key))),
        async (reader, token) => await reader.ReadAsync(token)
            ? new StoredEntity(kind, key, ReadText(reader, 0), await reader.GetFieldValueAsync<byte[]>(1, token))
            : null,
        cancellation);

    /// <inheritdoc />
    public Task<ImmutableArray<StoredEntity>> LoadGroupAsync(EntityKind kind, string group, CancellationToken cancellation) => Read(
        PostgresParameters.Command(EntitySql.LoadGroup, PostgresParameters.Of((short)kind), PostgresParameters.Of(PostgresText.Escape(group))),
        (reader, token) => ReadAllAsync(
            reader,
            row => new StoredEntity(kind, PostgresText.Unescape(row.GetString(0)), group, row.GetFieldValue<byte[]>(1)),
            token),
        cancellation);

    /// <inheritdoc />
    public Task<ImmutableArray<EntityAddress>> ListShardAsync(ShardId shard, CancellationToken cancellation) => Read(
        PostgresParameters.Command(EntitySql.ListShard, PostgresParameters.Of((short)shard.Value)),
        (reader, token) => ReadAllAsync(
            reader,
            row => new EntityAddress((EntityKind)row.GetInt16(0), shard, PostgresText.Unescape(row.GetString(1))),
            token),
        cancellation);

    /// <inheritdoc />
    public Task<bool> CommitAsync(ShardClaim claim, EntityCommit commit, CancellationToken cancellation)
    {
        if (commit.Entity.Shard != claim.Shard)
        {
            throw new ArgumentException("The entity is not in the shard of the claim.", nameof(commit));
        }

        return Write(
            claim.Shard,
            [
                PostgresParameters.Command(
                    PostgresSql.LockShardShared, PostgresParameters.Of(PostgresSql.ShardLocks), PostgresParameters.Of(claim.Shard.Value)),
                commit.State is { } state ? Put(claim, commit, state) : Remove(claim, commit),
            ],
            ReadWhetherAnyAsync,
            cancellation);
    }

    /// <inheritdoc />
    public Task<ImmutableArray<string>> LookupAsync(DirectoryIndex index, string key, CancellationToken cancellation) => Read(
        PostgresParameters.Command(EntitySql.Lookup, PostgresParameters.Of((short)index), PostgresParameters.Of(PostgresText.Escape(key))),
        static (reader, token) => ReadAllAsync(reader, static row => PostgresText.Unescape(row.GetString(0)), token),
        cancellation);

    private static NpgsqlDataSource CreateDataSource(PostgresStoreOptions options)
    {
        var connection = new NpgsqlConnectionStringBuilder(options.ConnectionString)
        {
            ApplicationName = "VoiceCluster",
            Timeout = Seconds(options.ConnectTimeout),

            // The server ends a statement that takes too long; only one that does not even do that is given up from here.
            CommandTimeout = Seconds(options.CommandTimeout) + 1,

            // A server that does not answer does not answer a cancellation either.
            CancellationTimeout = 500,
            MaxPoolSize = options.WriteLanes + options.ReadLanes + 6,

            // A listener notices a server that is gone.
            KeepAlive = 5,
            MaxAutoPrepare = 64,
            AutoPrepareMinUsages = 2,

            // Nothing here changes a connection's state.
            NoResetOnClose = true,
        };
        var builder = new NpgsqlDataSourceBuilder(connection.ConnectionString);
        builder.UsePhysicalConnectionInitializer(
            opened => Initialize(opened, options).ExecuteNonQuery(),
            async opened => await Initialize(opened, options).ExecuteNonQueryAsync());
        return builder.Build();
    }

    /// <summary>What is read by a statement has to be what the last writer left; a database may have another default.</summary>
    private static NpgsqlCommand Initialize(NpgsqlConnection connection, PostgresStoreOptions options)
    {
        var limit = (int)options.CommandTimeout.TotalMilliseconds;
        return new NpgsqlCommand(
            $"set default_transaction_isolation = 'read committed'; set statement_timeout = {limit}; set idle_in_transaction_session_timeout = {limit * 2}",
            connection);
    }

    private static int Seconds(TimeSpan time) => Math.Max(1, (int)Math.Ceiling(time.TotalSeconds));

    private async Task MigrateAsync(CancellationToken cancellation)
    {
        while (true)
        {
            try
            {
                await using var connection = await _database.OpenConnectionAsync(cancellation);
                await using var unlimited = new NpgsqlCommand("set statement_timeout = 0", connection);
                await unlimited.ExecuteNonQueryAsync(cancellation);
                await new PostgresSchema(PostgresSchema.Embedded, _logger).MigrateAsync(connection, cancellation);
                NpgsqlConnection.ClearPool(connection);
                return;
            }
            catch (Exception error) when (error is NpgsqlException or OperationCanceledException or TimeoutException)
            {
                await WaitToRetryAsync(error, cancellation);
            }
        }
    }

    private async Task WaitToRetryAsync(Exception error, CancellationToken cancellation)
    {
        // A wrong password, a missing right or a broken migration does not mend itself.
        var isPermanent = error is PostgresException { SqlState: [var first, var second, ..] } && (first, second) is not (('5', _) or ('0', '8'));
        if (isPermanent || cancellation.IsCancellationRequested)
        {
            throw new StoreUnavailableException($"PostgreSQL at {Address} cannot be used: {DescribeSafely(error)}", error);
        }

        Log.Waiting(_logger, Address, DescribeSafely(error));
        await Task.Delay(_options.ProbeInterval, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>The server's own words hold no password; a driver's might.</summary>
    private static string DescribeSafely(Exception error) => error switch
    {
        PostgresException refused => refused.MessageText,
        { InnerException: { } inner } => $"{error.GetType().Name}, {inner.GetType().Name}",
        _ => error.GetType().Name,
    };

    /// <summary>Finds out about outages that nobody runs into, and about their end.</summary>
    private async Task ProbeAsync(CancellationToken cancellation)
    {
        while (!cancellation.IsCancellationRequested)
        {
            await Task.Delay(_options.ProbeInterval, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            try
            {
                await using var connection = await _database.OpenConnectionAsync(cancellation);
                await using var command = new NpgsqlCommand(PostgresSql.Ping, connection);
                await command.ExecuteNonQueryAsync(cancellation);
                _availability.Found();
            }
            catch (Exception error) when (!cancellation.IsCancellationRequested)
            {
                _availability.Lost(error);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private static NpgsqlParameter[] OwnerParameters(ShardClaim claim) =>
    [
        PostgresParameters.Of((short)claim.Shard.Value),
        PostgresParameters.Of(claim.Owner.Node.Value),
        PostgresParameters.Of(claim.Owner.Incarnation),
        PostgresParameters.Of(claim.Epoch),
    ];

    private static NpgsqlBatchCommand Put(ShardClaim claim, EntityCommit commit, ReadOnlyMemory<byte> state)
    {
        var directory = commit.Directory.IsDefault ? [] : commit.Directory;
        return PostgresParameters.Command(
            EntitySql.PutEntity,
            [
                .. OwnerParameters(claim),
                PostgresParameters.Of((short)commit.Entity.Kind),
                PostgresParameters.Of(PostgresText.Escape(commit.Entity.Key)),
                PostgresParameters.Of(commit.Group is null ? null : PostgresText.Escape(commit.Group)),

                // The caller may use its buffer again when it gives up waiting.
                PostgresParameters.Of(state.ToArray()),
                PostgresParameters.Of([.. directory.Select(entry => (short)entry.Index)]),
                PostgresParameters.Of([.. directory.Select(entry => PostgresText.Escape(entry.Key))]),
                PostgresParameters.Of([.. directory.Select(entry => PostgresText.Escape(entry.Value))]),
            ]);
    }

    private static NpgsqlBatchCommand Remove(ShardClaim claim, EntityCommit commit) => PostgresParameters.Command(
        EntitySql.RemoveEntity,
        [.. OwnerParameters(claim), PostgresParameters.Of((short)commit.Entity.Kind), PostgresParameters.Of(PostgresText.Escape(commit.Entity.Key))]);

    private Task<TAnswer> Write<TAnswer>(
        ShardId shard,
        NpgsqlBatchCommand[] commands,
        Func<NpgsqlDataReader, CancellationToken, ValueTask<TAnswer>> read,
        CancellationToken cancellation) =>
        Post(_writers[shard.Value % _writers.Length], shard.Value, commands, read, cancellation);

    private Task<TAnswer> Read<TAnswer>(
        NpgsqlBatchCommand command,
        Func<NpgsqlDataReader, CancellationToken, ValueTask<TAnswer>> read,
        CancellationToken cancellation) =>
        Post(_readers[Interlocked.Increment(ref _nextReader) % _readers.Length], order: 0, [command], read, cancellation);

    private static Task<TAnswer> Post<TAnswer>(
        StoreLane lane,
        long order,
        NpgsqlBatchCommand[] commands,
        Func<NpgsqlDataReader, CancellationToken, ValueTask<TAnswer>> read,
        CancellationToken cancellation)
    {
        var request = new StoreRequest<TAnswer>(order, commands, read, cancellation);
        lane.Post(request);
        return request.Answer;
    }

    private static async ValueTask<ShardClaim?> ReadClaimAsync(ShardId shard, NpgsqlDataReader reader, CancellationToken cancellation) =>
        await reader.ReadAsync(cancellation)
            ? new ShardClaim(shard, new NodeIncarnation(new NodeId(reader.GetString(0)), reader.GetInt64(1)), reader.GetInt64(2))
            : null;

    private static async ValueTask<bool> ReadWhetherAnyAsync(NpgsqlDataReader reader, CancellationToken cancellation) =>
        await reader.ReadAsync(cancellation) && reader.GetInt64(0) > 0;

    private static async ValueTask<ImmutableArray<TRow>> ReadAllAsync<TRow>(
        NpgsqlDataReader reader,
        Func<NpgsqlDataReader, TRow> row,
        CancellationToken cancellation)
    {
        var rows = ImmutableArray.CreateBuilder<TRow>();
        while (await reader.ReadAsync(cancellation))
        {
            rows.Add(row(reader));
        }

        return rows.DrainToImmutable();
    }

    private static string? ReadText(NpgsqlDataReader reader, int ordinal) =>
        reader.IsDBNull(ordinal) ? null : PostgresText.Unescape(reader.GetString(ordinal));

    private static partial class Log
    {
        [LoggerMessage(64, LogLevel.Warning, "Waiting for PostgreSQL at {Address}: {Reason}")]
        public static partial void Waiting(ILogger logger, string address, string reason);
    }
}
