using System.Text;
using VoiceCluster.Cluster.Store;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Protocol.Lvsp;

namespace VoiceCluster.Cluster.Tests.Specification;

public abstract partial class ClusterSpecification
{
    private static readonly GatewayAddress HolderA = new(new NodeId("a"), "lvsp-1");
    private static readonly GatewayAddress HolderB = new(new NodeId("b"), "lvsp-2");

    private DateTimeOffset Now => Time.GetUtcNow();

    [Fact]
    public async Task A_session_numbers_its_frames_and_leaves_their_body_unchanged()
    {
        var store = await CreateSessionsAsync("s1");

        var first = (await AppendAsync(store, "s1", """{"type":1,"x":"\u00e9 ü"}""")).ShouldNotBeNull();
        var second = (await AppendAsync(store, "s1", "{}")).ShouldNotBeNull();

        first.Numbered.SequenceNumber.ShouldBe(1);
        TextOf(first.Numbered).ShouldBe("""{"op":6,"s":1,"d":{"type":1,"x":"\u00e9 ü"}}""");
        TextOf(second.Numbered).ShouldBe("""{"op":6,"s":2,"d":{}}""");
        second.Session.ShouldBe(Session("s1"));
    }

    [Fact]
    public async Task Appends_from_everywhere_get_numbers_without_gaps()
    {
        var stores = new[] { await CreateSessionsAsync("s1"), await CreateStoreAsync(Time) };

        var appended = await Task.WhenAll(Enumerable.Range(0, 100).Select(i => Task.Run(() => AppendAsync(stores[i % 2], "s1", "{}"))));

        appended.Select(frame => frame!.Numbered.SequenceNumber).Order().ShouldBe(Enumerable.Range(1, 100).Select(i => (long)i));
    }

    [Fact]
    public async Task What_is_told_to_no_session_is_told_to_nobody()
    {
        var store = await CreateSessionsAsync("s1");
        (await AppendAsync(store, "s2", "{}")).ShouldBeNull();
        (await store.ReadAsync("s2", 0, None)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_realm_has_no_more_attached_sessions_than_its_limit_and_detached_ones_give_way()
    {
        var store = await CreateSessionsAsync("s1", "s2");
        (await store.CreateSessionAsync(Session("s3"), limit: 2, None)).ShouldBeFalse();
        (await store.CreateSessionAsync(Session("other") with { Realm = new Realm("other") }, limit: 1, None)).ShouldBeTrue();

        await store.DetachAsync("s1", 1, Now.AddMinutes(5), None);
        (await store.CreateSessionAsync(Session("s3"), limit: 2, None)).ShouldBeTrue();

        (await ResumeByIdAsync(store, "s1", 0)).ShouldBeOfType<LvspResumeResult.Unknown>();
        (await ResumeByIdAsync(store, "s2", 0)).ShouldBeOfType<LvspResumeResult.Resumed>();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(5)]
    public async Task A_resume_hands_over_exactly_the_rest(long seen)
    {
        var store = await CreateSessionsAsync("s1");
        await AppendManyAsync(store, "s1", 5);
        await store.DetachAsync("s1", 1, Now.AddMinutes(5), None);

        var resumed = (await ResumeByTokenAsync(store, "s1", seen)).ShouldBeOfType<LvspResumeResult.Resumed>();

        resumed.Session.ShouldBe(Session("s1") with { Generation = 2, Holder = HolderB });
        resumed.Highest.ShouldBe(5);
        resumed.Previous.ShouldBeNull();
        resumed.Replay.Select(frame => frame.SequenceNumber).ShouldBe(Enumerable.Range(1, 5).Select(i => (long)i).Where(i => i > seen));
        resumed.Replay.Select(TextOf).ShouldAllBe(text => text.EndsWith(""","d":{}}""", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_resume_of_an_attached_session_names_who_still_has_it()
    {
        var store = await CreateSessionsAsync("s1");

        var resumed = (await ResumeByIdAsync(store, "s1", 0)).ShouldBeOfType<LvspResumeResult.Resumed>();
        resumed.Previous.ShouldBe(HolderA);

        // The old holder notices its closed socket late; the session is not its any more.
        await store.DetachAsync("s1", 1, Now.AddMinutes(5), None);
        (await FindAsync(store, null)).ShouldBe(Session("s1") with { Generation = 2, Holder = HolderB });
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(4)]
    public async Task A_resume_from_a_number_that_was_never_sent_cannot_replay_and_changes_nothing(long seen)
    {
        var store = await CreateSessionsAsync("s1");
        await AppendManyAsync(store, "s1", 3);

        (await ResumeByIdAsync(store, "s1", seen)).ShouldBeOfType<LvspResumeResult.CannotReplay>();

        (await FindAsync(store, "s1")).ShouldBe(Session("s1"));
    }

    [Fact]
    public async Task What_was_acknowledged_is_forgotten()
    {
        var store = await CreateSessionsAsync("s1");
        await AppendManyAsync(store, "s1", 4);

        await store.AcknowledgeAsync("s1", 2, None);

        (await ResumeByIdAsync(store, "s1", 1)).ShouldBeOfType<LvspResumeResult.CannotReplay>();
        (await ResumeByIdAsync(store, "s1", 2)).ShouldBeOfType<LvspResumeResult.Resumed>().Replay.Length.ShouldBe(2);
        await store.AcknowledgeAsync("s1", 99, None);
        (await ResumeByIdAsync(store, "s1", 4)).ShouldBeOfType<LvspResumeResult.Resumed>().Replay.ShouldBeEmpty();
    }

    [Fact]
    public async Task The_last_1024_messages_are_kept()
    {
        var store = await CreateSessionsAsync("s1");
        await AppendManyAsync(store, "s1", 1025);

        (await ResumeByIdAsync(store, "s1", 0)).ShouldBeOfType<LvspResumeResult.CannotReplay>();
        (await ResumeByIdAsync(store, "s1", 1)).ShouldBeOfType<LvspResumeResult.Resumed>().Replay.Length.ShouldBe(1024);
    }

    [Fact]
    public async Task Messages_are_kept_for_five_minutes()
    {
        var store = await CreateSessionsAsync("s1");
        await AppendAsync(store, "s1", "{}");
        Time.Advance(TimeSpan.FromMinutes(4));
        await AppendAsync(store, "s1", "{}");
        Time.Advance(TimeSpan.FromMinutes(1) + TimeSpan.FromSeconds(1));

        (await ResumeByIdAsync(store, "s1", 0)).ShouldBeOfType<LvspResumeResult.CannotReplay>();
        (await ResumeByIdAsync(store, "s1", 1)).ShouldBeOfType<LvspResumeResult.Resumed>().Replay.Length.ShouldBe(1);
    }

    [Fact]
    public async Task A_detached_session_is_unknown_once_it_has_expired()
    {
        var store = await CreateSessionsAsync("s1");
        await store.DetachAsync("s1", 1, Now.AddMinutes(1), None);
        (await AppendAsync(store, "s1", "{}")).ShouldNotBeNull();
        (await FindAsync(store, "s1")).ShouldNotBeNull().ExpiresAt.ShouldNotBeNull();

        Time.Advance(TimeSpan.FromMinutes(1));

        (await FindAsync(store, "s1")).ShouldBeNull();
        (await AppendAsync(store, "s1", "{}")).ShouldBeNull();
        (await ResumeByTokenAsync(store, "s1", 0)).ShouldBeOfType<LvspResumeResult.Unknown>();
    }

    [Fact]
    public async Task A_session_is_resumed_by_its_token_or_by_its_id_within_its_realm()
    {
        var store = await CreateSessionsAsync("s1");

        (await store.ResumeSessionAsync(new LvspResume("unknown", null, null, 0, HolderB), Now, None)).ShouldBeOfType<LvspResumeResult.Unknown>();
        (await store.ResumeSessionAsync(new LvspResume(null, new Realm("other"), "s1", 0, HolderB), Now, None)).ShouldBeOfType<LvspResumeResult.Unknown>();
        (await store.ResumeSessionAsync(new LvspResume(null, null, "s1", 0, HolderB), Now, None)).ShouldBeOfType<LvspResumeResult.Unknown>();
        (await store.ResumeSessionAsync(new LvspResume(null, Realm, null, 0, HolderB), Now, None)).ShouldBeOfType<LvspResumeResult.Unknown>();
        (await ResumeByIdAsync(store, "s1", 0)).ShouldBeOfType<LvspResumeResult.Resumed>().Session.Generation.ShouldBe(2);
        (await ResumeByTokenAsync(store, "s1", 0)).ShouldBeOfType<LvspResumeResult.Resumed>().Session.Generation.ShouldBe(3);
    }

    [Fact]
    public async Task A_holder_reads_what_it_has_not_sent()
    {
        var store = await CreateSessionsAsync("s1");
        await AppendManyAsync(store, "s1", 4);

        (await store.ReadAsync("s1", 2, None)).Select(frame => frame.SequenceNumber).ShouldBe([3, 4]);
        (await store.ReadAsync("s1", 4, None)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_session_remembers_the_form_it_used_last()
    {
        var store = await CreateSessionsAsync("s1");
        (await FindAsync(store, "s1")).ShouldNotBeNull().Form.ShouldBeNull();

        await store.SetFormAsync("s1", LvspForm.Litecord, None);

        (await FindAsync(store, "s1")).ShouldNotBeNull().Form.ShouldBe(LvspForm.Litecord);
    }

    [Fact]
    public async Task The_preferred_session_is_found_else_an_attached_one_else_any()
    {
        var store = await CreateSessionsAsync("s1", "s2");
        (await FindAsync(store, "s1")).ShouldNotBeNull().SessionId.ShouldBe("s1");
        (await store.FindSessionAsync(new Realm("other"), "s1", Now, None)).ShouldBeNull();

        await store.DetachAsync("s2", 1, Now.AddMinutes(5), None);
        (await FindAsync(store, "gone")).ShouldNotBeNull().SessionId.ShouldBe("s1");
        (await FindAsync(store, "s2")).ShouldNotBeNull().SessionId.ShouldBe("s2");

        await store.DetachAsync("s1", 1, Now.AddMinutes(1), None);
        Time.Advance(TimeSpan.FromMinutes(2));
        (await FindAsync(store, "s1")).ShouldNotBeNull().SessionId.ShouldBe("s2");
    }

    private static LvspSessionRecord Session(string id) =>
        new(id, Realm, $"hash of {id}", Form: null, LitecordCompatible: false, Generation: 1, HolderA, ExpiresAt: null);

    private static string TextOf(LvspNumberedFrame frame) => Encoding.UTF8.GetString(frame.Frame.Span);

    private async Task<IClusterStore> CreateSessionsAsync(params string[] ids)
    {
        var store = await CreateStoreAsync(Time);
        foreach (var id in ids)
        {
            (await store.CreateSessionAsync(Session(id), limit: 10, None)).ShouldBeTrue();
        }

        return store;
    }

    private Task<LvspAppended?> AppendAsync(IClusterStore store, string id, string info) =>
        store.AppendAsync(id, LvspAppend.Of(Encoding.UTF8.GetBytes(info)), Now, None);

    private async Task AppendManyAsync(IClusterStore store, string id, int count)
    {
        for (var i = 0; i < count; i++)
        {
            await AppendAsync(store, id, "{}");
        }
    }

    private Task<LvspResumeResult> ResumeByTokenAsync(IClusterStore store, string id, long seen) =>
        store.ResumeSessionAsync(new LvspResume($"hash of {id}", null, null, seen, HolderB, IsSettled: true), Now, None);

    private Task<LvspResumeResult> ResumeByIdAsync(IClusterStore store, string id, long seen) =>
        store.ResumeSessionAsync(new LvspResume(null, Realm, id, seen, HolderB, IsSettled: true), Now, None);

    private Task<LvspSessionRecord?> FindAsync(IClusterStore store, string? preferred) =>
        store.FindSessionAsync(Realm, preferred, Now, None);
}
