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
            stores[i % 2].AppendAsync(i % 4 < 2 ? "s1" : "s2", AppendOf($$"""{"x":{{i}}}"""), Now, None))));

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
                new LvspResume(null, Realm, "s1", 0, new GatewayAddress(new NodeId("a"), $"{i}"), IsSettled: true), Now, None))));

        resumed.Select(result => result.Session.Generation).Order().ShouldBe(Enumerable.Range(2, 10).Select(i => (long)i));
        var winner = resumed.MaxBy(result => result.Session.Generation)!;
        (await stores[1].FindSessionAsync(Realm, "s1", Now, None)).ShouldBe(winner.Session);
    }

    [Fact]
    public async Task A_resume_and_appends_at_the_same_time_lose_nothing_and_tell_nothing_twice()
    {
        var stores = new[] { await OpenAsync(), await OpenAsync() };
        await CreateAsync(stores[0], "s1");
        var appending = Task.WhenAll(Enumerable.Range(0, 100).Select(_ => Task.Run(() => stores[0].AppendAsync("s1", AppendOf("{}"), Now, None))));

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
        await AppendAsync(store, "1", "2", "unsent");
        var uncertain = AppendOf("\"uncertain\"");
        await store.AppendAsync("s1", uncertain, Now, None);
        await AppendAsync(store, "4");

        (await store.MergeAsync(new LvspUnstored(SessionOf("s1"), 2, 3, [uncertain, AppendOf("\"4\"")]), Now, None)).ShouldBeTrue();

        (await BodiesAsync(store)).ShouldBe(["1:1", "2:2", "3:uncertain", "4:4", "5:unsent", "6:4"]);
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
    public async Task An_append_that_is_repeated_keeps_its_number_and_is_kept_once()
    {
        var stores = new[] { await OpenAsync(), await OpenAsync() };
        await CreateAsync(stores[0], "s1");
        var append = AppendOf("\"twice\"");

        var first = await stores[0].AppendAsync("s1", append, Now, None);
        await AppendAsync(stores[0], "other");
        var again = await stores[1].AppendAsync("s1", append, Now, None);

        again.ShouldNotBeNull().Numbered.SequenceNumber.ShouldBe(first!.Numbered.SequenceNumber);
        TextOf(again.Numbered).ShouldBe(TextOf(first.Numbered));
        again.Session.ShouldBe(first.Session);
        (await BodiesAsync(stores[0])).ShouldBe(["1:twice", "2:other"]);
    }

    [Fact]
    public async Task A_merge_whose_answer_was_lost_can_be_repeated()
    {
        var store = await OpenAsync();
        await CreateAsync(store, "s1");
        await AppendAsync(store, "1", "unsent");
        var unstored = UnstoredOf(after: 1, first: 2, "2", "2");
        await store.MergeAsync(unstored, Now, None);
        await AppendAsync(store, "later");

        (await store.MergeAsync(unstored, Now, None)).ShouldBeTrue();

        (await BodiesAsync(store)).ShouldBe(["1:1", "2:2", "3:2", "4:unsent", "5:later"]);
    }

    [Fact]
    public async Task A_holder_takes_a_session_back_that_was_taken_for_lost()
    {
        var store = await OpenAsync();
        await CreateAsync(store, "s1");
        await AppendAsync(store, "1");
        await store.DetachHoldersAsync(Holder.Node, Now.AddMinutes(1), None);
        await AppendAsync(store, "2");

        (await store.HoldAsync(SessionOf("s1"), stored: 1, None)).ShouldBe(2);

        (await store.FindSessionAsync(Realm, "s1", Now.AddMinutes(2), None)).ShouldBe(SessionOf("s1"));
        (await BodiesAsync(store)).ShouldBe(["1:1", "2:2"]);
    }

    [Fact]
    public async Task Sessions_whose_holders_do_not_live_are_taken_for_lost_and_those_of_the_living_are_not()
    {
        var store = await OpenAsync();
        await JoinAsync(store, Node("a"), Node("b"));
        await CreateAsync(store, "s1");
        await AppendAsync(store, "1");

        await store.DetachLostHoldersAsync(Now.AddMinutes(1), None);
        (await store.FindSessionAsync(Realm, "s1", Now, None)).ShouldNotBeNull().ExpiresAt.ShouldBeNull();

        (await store.VoteAsync(Node("b"), Node("a"), None)).ShouldBeTrue();
        await store.DetachLostHoldersAsync(Now.AddMinutes(1), None);
        await store.DetachLostHoldersAsync(Now.AddMinutes(2), None);
        (await store.FindSessionAsync(Realm, "s1", Now, None)).ShouldNotBeNull().ExpiresAt.ShouldNotBeNull().ShouldBe(Now.AddMinutes(1), TimeSpan.FromSeconds(5));
        (await ResumeAsync(store, 2)).ShouldBeOfType<LvspResumeResult.Unknown>();
        (await ResumeAsync(store, 1)).ShouldBeOfType<LvspResumeResult.Resumed>();
    }

    [Fact]
    public async Task A_holder_takes_a_session_back_that_has_expired_and_whose_row_is_gone()
    {
        var store = await OpenAsync();
        await CreateAsync(store, "s1");
        await AppendAsync(store, "1", "2");
        await store.DetachHoldersAsync(Holder.Node, Now.AddMinutes(-1), None);
        (await store.CreateSessionAsync(SessionOf("s2"), limit: 1, None)).ShouldBeTrue();
        (await store.AppendAsync("s1", AppendOf("{}"), Now, None)).ShouldBeNull();

        (await store.HoldAsync(SessionOf("s1"), stored: 2, None)).ShouldBe(2);

        await AppendAsync(store, "3");
        (await BodiesAsync(store)).ShouldBe(["3:3"]);
        (await ResumeAsync(store, 1)).ShouldBeOfType<LvspResumeResult.CannotReplay>().IsAhead.ShouldBeFalse();
        (await ResumeAsync(store, 2)).ShouldBeOfType<LvspResumeResult.Resumed>().Replay.Length.ShouldBe(1);
    }

    [Fact]
    public async Task What_was_sent_without_the_store_is_kept_even_when_the_row_is_gone()
    {
        var store = await OpenAsync();

        (await store.MergeAsync(UnstoredOf(after: 7, first: 8, "8", "9"), Now, None)).ShouldBeTrue();

        (await BodiesAsync(store)).ShouldBe(["8:8", "9:9"]);
        (await ResumeAsync(store, 7)).ShouldBeOfType<LvspResumeResult.Resumed>().Highest.ShouldBe(9);
    }

    [Fact]
    public async Task A_holder_whose_session_was_resumed_elsewhere_does_not_get_it_back()
    {
        var store = await OpenAsync();
        await CreateAsync(store, "s1");
        var resumed = (LvspResumeResult.Resumed)await ResumeAsync(store, 0);

        (await store.HoldAsync(SessionOf("s1"), stored: 0, None)).ShouldBeNull();

        (await store.FindSessionAsync(Realm, "s1", Now, None)).ShouldBe(resumed.Session);
    }

    [Fact]
    public async Task A_session_that_another_holds_is_not_resumed_before_that_one_was_asked()
    {
        var store = await OpenAsync();
        await CreateAsync(store, "s1");
        var resume = new LvspResume(null, Realm, "s1", 0, new GatewayAddress(new NodeId("b"), "other"));

        (await store.ResumeSessionAsync(resume, Now, None)).ShouldBeOfType<LvspResumeResult.Held>().Session.ShouldBe(SessionOf("s1"));

        var resumed = (await store.ResumeSessionAsync(resume with { IsSettled = true }, Now, None)).ShouldBeOfType<LvspResumeResult.Resumed>();
        resumed.Session.Generation.ShouldBe(2);
        resumed.Previous.ShouldBe(Holder);
    }

    [Fact]
    public async Task Numbers_that_only_a_lost_holder_can_have_given_out_resume_nothing_even_after_others_have_appended()
    {
        var store = await OpenAsync();
        await CreateAsync(store, "s1");
        await AppendAsync(store, "1", "2");
        await store.DetachHoldersAsync(Holder.Node, Now.AddMinutes(1), None);
        await AppendAsync(store, "3", "4");

        (await ResumeAsync(store, 3)).ShouldBeOfType<LvspResumeResult.Unknown>();

        (await ResumeAsync(store, 2)).ShouldBeOfType<LvspResumeResult.Resumed>().Replay.Length.ShouldBe(2);
        (await ResumeAsync(store, 4)).ShouldBeOfType<LvspResumeResult.Resumed>();
    }

    [Fact]
    public async Task Numbers_above_those_of_a_session_that_was_left_in_order_cannot_be_replayed()
    {
        var store = await OpenAsync();
        await CreateAsync(store, "s1");
        await AppendAsync(store, "1");
        await store.DetachHoldersAsync(Holder.Node, Now.AddMinutes(1), None);
        await store.HoldAsync(SessionOf("s1"), stored: 1, None);
        await store.DetachAsync("s1", 1, Now.AddMinutes(1), None);

        (await ResumeAsync(store, 2)).ShouldBeOfType<LvspResumeResult.CannotReplay>().IsAhead.ShouldBeTrue();
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
        await store.AppendAsync("s1", AppendOf("{}"), Now, None);
        await store.DetachAsync("s1", 1, Now.AddMinutes(1), None);

        (await store.CreateSessionAsync(SessionOf("s2"), limit: 1, None)).ShouldBeTrue();

        (await store.ReadAsync("s1", 0, None)).ShouldBeEmpty();
        (await store.AppendAsync("s1", AppendOf("{}"), Now, None)).ShouldBeNull();
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
        new(SessionOf("s1"), after, first, [.. bodies.Select(body => AppendOf($"\"{body}\""))]);

    private Task<LvspResumeResult> ResumeAsync(IClusterStore store, long seen) =>
        store.ResumeSessionAsync(new LvspResume(null, Realm, "s1", seen, Holder), Now, None);

    private static LvspAppend AppendOf(string info) => LvspAppend.Of(Encoding.UTF8.GetBytes(info));

    private static async Task<string[]> BodiesAsync(IClusterStore store) =>
    [
        .. (await store.ReadAsync("s1", 0, None)).Select(frame => $"{frame.SequenceNumber}:{TextOf(frame).Split('"')[^2]}"),
    ];

    private async Task AppendAsync(IClusterStore store, params string[] bodies)
    {
        foreach (var body in bodies)
        {
            await store.AppendAsync("s1", AppendOf($"\"{body}\""), Now, None);
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

    protected override Task AgeWithdrawalsAsync()
    {
        Time.Advance(TimeSpan.FromSeconds(61));
        return Task.CompletedTask;
    }
}
