using System.Collections.Immutable;
using System.Text;
using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Cluster.Store;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Protocol.Lvsp;
using VoiceCluster.Protocol.Primitives;
using VoiceCluster.TestKit;

namespace VoiceCluster.Cluster.Tests.Store;

/// <summary>What a store has to hold when many use it at once. Every store inherits these tests as they are.</summary>
public abstract partial class StoreSpecification
{
    private static readonly Realm Realm = new("r");
    private static readonly GatewayAddress Holder = new(new NodeId("a"), "lvsp-1");
    private static readonly EntityAddress Entity = EntityOf(1);

    protected ManualTimeProvider Time { get; } = new(DateTimeOffset.UtcNow);

    private static CancellationToken None => CancellationToken.None;

    private DateTimeOffset Now => Time.GetUtcNow();

    /// <summary>Another node's access to the one store of this test.</summary>
    protected abstract Task<IClusterStore> OpenAsync();

    /// <summary>Lets every row of membership expire.</summary>
    protected abstract Task ExpireMembersAsync();

    [Fact]
    public async Task Of_many_who_replace_one_owner_one_wins_and_all_hear_of_it()
    {
        var stores = new[] { await OpenAsync(), await OpenAsync() };
        var shard = new ShardId(9);
        await stores[0].ClaimShardAsync(shard, Node("dead"), null, None);

        var claims = await Task.WhenAll(Enumerable.Range(0, 20).Select(i =>
            Task.Run(() => stores[i % 2].ClaimShardAsync(shard, Node($"n{i}"), Node("dead"), None))));

        claims.Distinct().ShouldHaveSingleItem().Epoch.ShouldBe(2);
    }

    [Fact]
    public async Task Epochs_only_rise_while_shards_change_hands_all_the_time()
    {
        var store = await OpenAsync();
        var shard = new ShardId(9);

        var epochs = await Task.WhenAll(Enumerable.Range(0, 4).Select(node => Task.Run(async () =>
        {
            var mine = new List<long>();
            for (var i = 0; i < 25; i++)
            {
                var claim = await store.ClaimShardAsync(shard, Node($"n{node}"), null, None);
                if (claim.Owner == Node($"n{node}"))
                {
                    mine.Add(claim.Epoch);
                    await store.ReleaseShardAsync(claim, None);
                }
            }

            return mine;
        })));

        epochs.ShouldAllBe(mine => mine.SequenceEqual(mine.Distinct().Order()));
        epochs.SelectMany(mine => mine).ShouldBeUnique();
    }

    [Fact]
    public async Task What_an_owner_wrote_last_is_what_the_next_one_loads()
    {
        var old = await OpenAsync();
        var next = await OpenAsync();
        for (var round = 0; round < 10; round++)
        {
            var entity = EntityOf((ulong)(100 + round));
            var claim = await old.ClaimShardAsync(entity.Shard, Node("a", round), Node("b", round - 1), None);
            using var begun = new SemaphoreSlim(0);
            var writing = Task.Run(async () =>
            {
                var last = -1;
                while (await old.CommitAsync(claim, CommitOf(entity, $"{last + 1}"), None))
                {
                    last++;
                    begun.Release();
                }

                return last;
            });
            await begun.WaitAsync();

            await next.ClaimShardAsync(entity.Shard, Node("b", round), Node("a", round), None);
            var loaded = await next.LoadAsync(entity.Kind, entity.Key, None);

            Encoding.UTF8.GetString(loaded.ShouldNotBeNull().State.Span).ShouldBe($"{await writing}");
        }
    }

    [Fact]
    public async Task Writes_of_many_entities_at_once_all_land()
    {
        var stores = new[] { await OpenAsync(), await OpenAsync() };
        var entities = Enumerable.Range(0, 200).Select(i => EntityOf(1, guild: (ulong)i)).ToArray();

        var written = await Task.WhenAll(entities.Select((entity, i) => Task.Run(async () =>
        {
            var claim = await stores[i % 2].ClaimShardAsync(entity.Shard, Node("a"), null, None);
            return await stores[i % 2].CommitAsync(claim, CommitOf(entity, entity.Key, "everybody"), None);
        })));

        written.ShouldAllBe(isWritten => isWritten);
        (await stores[0].LookupAsync(DirectoryIndex.Session, "everybody", None)).Length.ShouldBe(entities.Length);
        var found = await stores[1].ListShardAsync(entities[0].Shard, None);
        found.ShouldBe(entities.Where(entity => entity.Shard == entities[0].Shard), ignoreOrder: true);
    }

    [Theory]
    [InlineData("\0")]
    [InlineData("a\ud800b")]
    [InlineData("\udc00\ud800")]
    [InlineData("quote ' \" \\ \\0000 %s $1 😀")]
    public async Task Names_that_peers_chose_are_found_again_whatever_is_in_them(string name)
    {
        var store = await OpenAsync();
        var claim = await store.ClaimShardAsync(Entity.Shard, Node("a"), null, None);
        ImmutableArray<DirectoryEntry> entries = [new(DirectoryIndex.Session, name, $"value {name}"), new(DirectoryIndex.Session, "other", "x")];

        (await store.CommitAsync(claim, new EntityCommit(Entity, name, "state"u8.ToArray(), entries), None)).ShouldBeTrue();

        (await store.LookupAsync(DirectoryIndex.Session, name, None)).ShouldBe([$"value {name}"]);
        (await store.LoadGroupAsync(Entity.Kind, name, None)).ShouldHaveSingleItem().Key.ShouldBe(Entity.Key);
        (await store.LoadAsync(Entity.Kind, Entity.Key, None)).ShouldNotBeNull().Group.ShouldBe(name);
    }

    [Fact]
    public async Task Every_append_gets_the_number_that_its_frame_has_and_no_number_is_left_out()
    {
        var stores = new[] { await OpenAsync(), await OpenAsync() };
        await CreateAsync(stores[0], "s1");
        await CreateAsync(stores[0], "s2");

        var appended = await Task.WhenAll(Enumerable.Range(0, 200).Select(i => Task.Run(() =>
            stores[i % 2].AppendAsync(i % 4 < 2 ? "s1" : "s2", Encoding.UTF8.GetBytes($$"""{"x":{{i}}}"""), Now, None))));

        foreach (var session in appended.GroupBy(frame => frame!.Session.SessionId))
        {
            var stored = await stores[0].ReadAsync(session.Key, 0, None);
            stored.Select(frame => frame.SequenceNumber).ShouldBe(Enumerable.Range(1, 100).Select(i => (long)i));
            stored.Select(TextOf).ShouldBe(session.OrderBy(frame => frame!.Numbered.SequenceNumber).Select(frame => TextOf(frame!.Numbered)));
        }
    }

    [Fact]
    public async Task Of_many_who_resume_at_once_each_has_a_generation_of_its_own_and_the_highest_holds_the_session()
    {
        var stores = new[] { await OpenAsync(), await OpenAsync() };
        await CreateAsync(stores[0], "s1");

        var resumed = await Task.WhenAll(Enumerable.Range(0, 10).Select(i => Task.Run(async () =>
            (LvspResumeResult.Resumed)await stores[i % 2].ResumeSessionAsync(
                new LvspResume(null, Realm, "s1", 0, new GatewayAddress(new NodeId("a"), $"{i}")), Now, None))));

        resumed.Select(result => result.Session.Generation).Order().ShouldBe(Enumerable.Range(2, 10).Select(i => (long)i));
        var winner = resumed.MaxBy(result => result.Session.Generation)!;
        (await stores[1].FindSessionAsync(Realm, "s1", Now, None)).ShouldBe(winner.Session);
    }

    [Fact]
    public async Task A_resume_and_appends_at_the_same_time_lose_nothing_and_tell_nothing_twice()
    {
        var stores = new[] { await OpenAsync(), await OpenAsync() };
        await CreateAsync(stores[0], "s1");
        var appending = Task.WhenAll(Enumerable.Range(0, 100).Select(_ => Task.Run(() => stores[0].AppendAsync("s1", "{}"u8.ToArray(), Now, None))));

        var resumed = (LvspResumeResult.Resumed)await stores[1].ResumeSessionAsync(new LvspResume(null, Realm, "s1", 0, Holder), Now, None);
        await appending;
        var later = await stores[1].ReadAsync("s1", resumed.Highest, None);

        resumed.Replay.Concat(later).Select(frame => frame.SequenceNumber).ShouldBe(Enumerable.Range(1, 100).Select(i => (long)i));
    }

    [Fact]
    public async Task What_a_holder_sent_without_the_store_keeps_its_numbers_and_what_nobody_sent_moves_behind_it()
    {
        var store = await OpenAsync();
        await CreateAsync(store, "s1");
        await AppendAsync(store, "1", "2", "unsent", "uncertain", "unsent too");

        (await store.MergeAsync(UnstoredOf(after: 2, first: 3, "uncertain", "4"), Now, None)).ShouldBeTrue();

        (await BodiesAsync(store)).ShouldBe(["1:1", "2:2", "3:uncertain", "4:4", "5:unsent", "6:unsent too"]);
        await AppendAsync(store, "next");
        (await BodiesAsync(store))[^1].ShouldBe("7:next");
    }

    [Fact]
    public async Task A_holder_that_gave_its_oldest_up_leaves_a_session_that_replays_from_what_it_still_had()
    {
        var store = await OpenAsync();
        await CreateAsync(store, "s1");
        await AppendAsync(store, "1", "2");

        (await store.MergeAsync(UnstoredOf(after: 2, first: 10, "10", "11"), Now, None)).ShouldBeTrue();

        var resume = new LvspResume(null, Realm, "s1", 8, Holder);
        (await store.ResumeSessionAsync(resume, Now, None)).ShouldBeOfType<LvspResumeResult.CannotReplay>();
        (await store.ResumeSessionAsync(resume with { Sequence = 9 }, Now, None)).ShouldBeOfType<LvspResumeResult.Resumed>().Replay.Length.ShouldBe(2);
    }

    [Fact]
    public async Task A_holder_that_has_lost_its_session_stores_nothing()
    {
        var store = await OpenAsync();
        await CreateAsync(store, "s1");
        await AppendAsync(store, "1");
        await store.ResumeSessionAsync(new LvspResume(null, Realm, "s1", 0, Holder), Now, None);

        (await store.MergeAsync(UnstoredOf(after: 1, first: 2, "2"), Now, None)).ShouldBeFalse();

        (await BodiesAsync(store)).ShouldBe(["1:1"]);
    }

    [Fact]
    public async Task Sessions_that_begin_at_the_same_time_keep_to_the_limit()
    {
        var stores = new[] { await OpenAsync(), await OpenAsync() };

        var begun = await Task.WhenAll(Enumerable.Range(0, 20).Select(i =>
            Task.Run(() => stores[i % 2].CreateSessionAsync(SessionOf($"s{i}"), limit: 5, None))));

        begun.Count(hasBegun => hasBegun).ShouldBe(5);
    }

    [Fact]
    public async Task A_session_id_is_used_once()
    {
        var store = await OpenAsync();
        await CreateAsync(store, "s1");

        (await store.CreateSessionAsync(SessionOf("s1"), limit: 10, None)).ShouldBeFalse();
    }

    [Fact]
    public async Task A_session_that_gave_way_leaves_nothing_behind()
    {
        var store = await OpenAsync();
        await CreateAsync(store, "s1");
        await store.AppendAsync("s1", "{}"u8.ToArray(), Now, None);
        await store.DetachAsync("s1", 1, Now.AddMinutes(1), None);

        (await store.CreateSessionAsync(SessionOf("s2"), limit: 1, None)).ShouldBeTrue();

        (await store.ReadAsync("s1", 0, None)).ShouldBeEmpty();
        (await store.AppendAsync("s1", "{}"u8.ToArray(), Now, None)).ShouldBeNull();
    }

    [Fact]
    public async Task A_call_that_was_cancelled_before_it_began_does_nothing()
    {
        var store = await OpenAsync();
        var cancelled = new CancellationToken(canceled: true);

        await Should.ThrowAsync<OperationCanceledException>(() => store.ClaimShardAsync(Entity.Shard, Node("a"), null, cancelled));

        (await store.ClaimShardAsync(Entity.Shard, Node("b"), null, None)).ShouldBe(new ShardClaim(Entity.Shard, Node("b"), 1));
    }

    private static NodeIncarnation Node(string name, long incarnation = 1) => new(new NodeId(name), incarnation);

    private static EntityAddress EntityOf(ulong user, ulong guild = 7) =>
        EntityAddress.Of(new VoiceStateKey(Realm, new Snowflake(guild), new Snowflake(user)));

    private static EntityCommit CommitOf(EntityAddress entity, string state, params string[] sessions) => new(
        entity,
        Group: null,
        Encoding.UTF8.GetBytes(state),
        [.. sessions.Select(session => new DirectoryEntry(DirectoryIndex.Session, session, entity.Key))]);

    private static LvspSessionRecord SessionOf(string id) =>
        new(id, Realm, $"hash of {id}", Form: null, LitecordCompatible: false, Generation: 1, Holder, ExpiresAt: null);

    private static string TextOf(LvspNumberedFrame frame) => Encoding.UTF8.GetString(frame.Frame.Span);

    private static LvspUnstored UnstoredOf(long after, long first, params string[] bodies) =>
        new("s1", Generation: 1, after, first, [.. bodies.Select(body => (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes($"\"{body}\""))]);

    private static async Task<string[]> BodiesAsync(IClusterStore store) =>
    [
        .. (await store.ReadAsync("s1", 0, None)).Select(frame => $"{frame.SequenceNumber}:{TextOf(frame).Split('"')[^2]}"),
    ];

    private async Task AppendAsync(IClusterStore store, params string[] bodies)
    {
        foreach (var body in bodies)
        {
            await store.AppendAsync("s1", Encoding.UTF8.GetBytes($"\"{body}\""), Now, None);
        }
    }

    private static async Task CreateAsync(IClusterStore store, string id) =>
        (await store.CreateSessionAsync(SessionOf(id), limit: 10, None)).ShouldBeTrue();
}

/// <summary>The specification in memory.</summary>
public sealed class InMemoryStoreTests : StoreSpecification
{
    private InMemoryClusterStore? _store;

    protected override Task<IClusterStore> OpenAsync() => Task.FromResult<IClusterStore>(_store ??= new InMemoryClusterStore(Time));

    protected override Task ExpireMembersAsync()
    {
        Time.Advance(TimeSpan.FromSeconds(6));
        return Task.CompletedTask;
    }
}
