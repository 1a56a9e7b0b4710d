using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using VoiceCluster.Client.Postgres;
using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Cluster.Store;
using VoiceCluster.Cluster.Store.Postgres;
using VoiceCluster.Domain.Identities;
using VoiceCluster.TestKit;

namespace VoiceCluster.Cluster.Tests.Store;

/// <summary>The specification on a database, and what only a database can do wrong.</summary>
[NeedsPostgres]
public sealed class PostgresStoreTests : StoreSpecification, IAsyncLifetime
{
    private static readonly NodeIncarnation NodeA = new(new NodeId("a"), 1);

    private readonly List<PostgresClusterStore> _stores = [];
    private string _database = null!;

    private static CancellationToken None => CancellationToken.None;

    public async Task InitializeAsync() => _database = await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();

    public async Task DisposeAsync()
    {
        foreach (var store in _stores)
        {
            await store.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_store_that_has_not_started_is_away()
    {
        await using var store = Make(new PostgresStoreOptions { ConnectionString = _database });

        await Should.ThrowAsync<StoreUnavailableException>(() => store.LoadAsync(EntityKind.VoiceState, "x", None));
    }

    [Fact]
    public async Task A_server_that_goes_away_is_noticed_and_one_that_comes_back_is_used_again()
    {
        await using var server = await PostgresServer.StartAsync();
        var store = await StartAsync(new PostgresStoreOptions
        {
            ConnectionString = await server.CreateDatabaseAsync(),
            ProbeInterval = TimeSpan.FromMilliseconds(20),
        });
        var claim = await store.ClaimShardAsync(new ShardId(1), NodeA, null, None);

        await server.StopAsync();
        await Should.ThrowAsync<StoreUnavailableException>(() => store.ClaimShardAsync(new ShardId(1), NodeA, null, None));
        await Eventually.HoldsAsync(() => store.Outage is not null);
        await Should.ThrowAsync<StoreUnavailableException>(() => store.LoadAsync(EntityKind.VoiceState, "x", None));
        await Should.ThrowAsync<StoreUnavailableException>(() =>
            store.ResumeSessionAsync(new LvspResume("x", null, null, 0, default), Time.GetUtcNow(), None));

        await server.RestartAsync();
        await Eventually.HoldsAsync(() => store.Outage is null);
        (await store.ClaimShardAsync(new ShardId(1), NodeA, null, None)).ShouldBe(claim);
    }

    [Fact]
    public async Task A_start_without_a_server_gives_up_and_says_where_it_looked_but_no_password()
    {
        await using var store = Make(new PostgresStoreOptions
        {
            ConnectionString = "Host=/nowhere;Database=voice;Username=u;Password=hidden",
            StartTimeout = TimeSpan.FromMilliseconds(100),
        });

        var error = await Should.ThrowAsync<StoreUnavailableException>(() => store.StartAsync(None));

        error.Message.ShouldContain("/nowhere:5432/voice");
        error.ToString().ShouldNotContain("hidden");
        store.Outage.ShouldNotBeNull();
    }

    [Fact]
    public async Task A_database_that_does_not_exist_is_not_waited_for()
    {
        await using var store = Make(new PostgresStoreOptions { ConnectionString = _database.Replace("Database=", "Database=no_", StringComparison.Ordinal) });

        (await Should.ThrowAsync<StoreUnavailableException>(() => store.StartAsync(None))).Message.ShouldContain("does not exist");
    }

    [Fact]
    public async Task Nodes_that_start_together_on_an_empty_database_make_one_schema()
    {
        await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Task.Run(() => StartAsync())));

        (await ScalarAsync("select count(*) from voicecluster.migrations")).ShouldBe((long)PostgresSchema.Embedded.Count);
    }

    [Fact]
    public async Task A_schema_that_a_later_release_has_extended_is_used_and_left_as_it_is()
    {
        await StartAsync();
        await ExecuteAsync("insert into voicecluster.migrations (number, minimum, name) values (9000, 1, 'later')");

        var store = await StartAsync();

        (await store.ClaimShardAsync(new ShardId(1), NodeA, null, None)).Epoch.ShouldBe(1);
    }

    [Fact]
    public async Task A_schema_that_needs_a_later_release_is_refused_and_the_message_says_so()
    {
        await StartAsync();
        await ExecuteAsync("insert into voicecluster.migrations (number, minimum, name) values (9000, 8000, 'later')");

        await using var store = Make(new PostgresStoreOptions { ConnectionString = _database });
        var error = await Should.ThrowAsync<SchemaTooNewException>(() => store.StartAsync(None));

        error.Message.ShouldContain("9000");
        error.Message.ShouldContain("8000");
        error.Message.ShouldContain($"{PostgresSchema.Embedded[^1].Number}");
    }

    [Fact]
    public void Migrations_are_numbered_without_gaps_and_need_no_more_than_they_make()
    {
        PostgresSchema.Embedded.Select(migration => migration.Number).ShouldBe(Enumerable.Range(1, PostgresSchema.Embedded.Count));
        PostgresSchema.Embedded.ShouldAllBe(migration => migration.Minimum >= 1 && migration.Minimum <= migration.Number);
        PostgresSchema.Embedded.Select(migration => migration.Minimum).ShouldBeInOrder(SortDirection.Ascending);
    }

    [Fact]
    public async Task Claims_hold_against_late_writes_even_where_the_database_has_another_isolation_by_default()
    {
        await ExecuteAsync($"alter database {new NpgsqlConnectionStringBuilder(_database).Database} set default_transaction_isolation = 'repeatable read'");

        await What_an_owner_wrote_last_is_what_the_next_one_loads();
    }

    [Fact]
    public async Task A_request_that_the_database_refuses_fails_alone()
    {
        var store = await StartAsync(new PostgresStoreOptions { ConnectionString = _database, WriteLanes = 1 });
        var claims = Enumerable.Range(0, 40).Select(i => store.ClaimShardAsync(new ShardId(i), NodeA, null, None)).ToArray();
        var refused = store.AppendAsync("\0", LvspAppend.Of("{}"u8.ToArray()), Time.GetUtcNow(), None);
        var later = Enumerable.Range(40, 40).Select(i => store.ClaimShardAsync(new ShardId(i), NodeA, null, None)).ToArray();

        (await Task.WhenAll(claims.Concat(later))).ShouldAllBe(claim => claim.Epoch == 1);
        await Should.ThrowAsync<StoreUnavailableException>(() => refused);
        store.Outage.ShouldBeNull();
    }

    [Fact]
    public async Task Requests_beyond_what_may_wait_fail_at_once()
    {
        var store = await StartAsync(new PostgresStoreOptions { ConnectionString = _database, ReadLanes = 1, LaneCapacity = 4 });
        var loads = Enumerable.Range(0, 500).Select(_ => store.LoadAsync(EntityKind.VoiceState, "x", None)).ToArray();

        await Task.WhenAll(loads).ContinueWith(_ => { }, TaskScheduler.Default);

        loads.Count(load => load.IsCompletedSuccessfully).ShouldBeGreaterThan(0);
        loads.Where(load => load.IsFaulted).ShouldNotBeEmpty();
        loads.ShouldAllBe(load => !load.IsFaulted || load.Exception!.InnerException is StoreUnavailableException);
    }

    [Fact]
    public async Task Nothing_that_is_logged_holds_the_password()
    {
        var log = new List<string>();
        var connection = new NpgsqlConnectionStringBuilder(_database) { Password = "very-hidden" }.ConnectionString;
        await using var store = new PostgresClusterStore(
            new PostgresStoreOptions { ConnectionString = connection }, Time, new CollectingLogger(log));

        await store.StartAsync(None);

        log.ShouldNotBeEmpty();
        log.ShouldAllBe(line => !line.Contains("very-hidden", StringComparison.Ordinal));
        new PostgresStoreOptions { ConnectionString = connection }.ToString().ShouldNotContain("very-hidden");
    }

    protected override async Task<IClusterStore> OpenAsync() => await StartAsync();

    protected override async Task ExpireMembersAsync()
    {
        await ExecuteAsync("update voicecluster.nodes set renewed_at = renewed_at - interval '6 seconds'");
        await ExecuteAsync("update voicecluster.node_votes set voted_at = voted_at - interval '6 seconds'");
    }

    protected override Task AgeWithdrawalsAsync() => ExecuteAsync("update voicecluster.plans set withdrawn_at = withdrawn_at - interval '61 seconds'");

    private PostgresClusterStore Make(PostgresStoreOptions options) => new(options, Time, NullLogger<PostgresClusterStore>.Instance);

    private async Task<PostgresClusterStore> StartAsync(PostgresStoreOptions? options = null)
    {
        var store = Make(options ?? new PostgresStoreOptions { ConnectionString = _database });
        lock (_stores)
        {
            _stores.Add(store);
        }

        await store.StartAsync(None);
        return store;
    }

    private async Task ExecuteAsync(string sql) => await ScalarAsync(sql);

    private async Task<object?> ScalarAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(_database + ";Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync();
    }

    private sealed class CollectingLogger(List<string> lines) : ILogger<PostgresClusterStore>
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            lock (lines)
            {
                lines.Add($"{formatter(state, exception)} {exception}");
            }
        }
    }
}
