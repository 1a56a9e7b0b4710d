using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Cluster.Membership;
using VoiceCluster.Cluster.Store;
using VoiceCluster.Cluster.Transport;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Domain.Membership;
using VoiceCluster.Domain.Placement;
using VoiceCluster.TestKit;

namespace VoiceCluster.Cluster.Tests.Specification;

/// <summary>Real hosts whose shards follow membership, on a store and a clock that the test holds.</summary>
public sealed class MembershipTests : IAsyncLifetime
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(250);

    private readonly ManualTimeProvider _time = new(DateTimeOffset.UtcNow);
    private readonly InProcessNetwork _network = new();
    private readonly Journal _journal = new();
    private readonly InMemoryClusterStore _store;
    private readonly List<Member> _members = [];

    public MembershipTests() => _store = new InMemoryClusterStore(_time);

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        foreach (var member in _members)
        {
            member.Node.Store.Open();
            await _time.AdvanceUntilAsync(member.Node.Host.StopAsync(TimeSpan.FromSeconds(1)), Step);
        }
    }

    [Fact]
    public async Task Nodes_that_join_share_the_shards_and_each_has_one_owner()
    {
        var a = await StartAsync("a");
        await UntilAsync(() => a.Owned.Count == ShardId.Count);
        var b = await StartAsync("b");
        var c = await StartAsync("c");

        await UntilAsync(() => IsShared(a, b, c));
        new[] { a, b, c }.ShouldAllBe(member => member.Owned.Count > 40);
    }

    [Fact]
    public async Task Shards_of_a_node_that_died_without_a_word_go_to_the_others_after_its_row_expired()
    {
        var (a, b) = await StartPairAsync();

        b.Kill();

        await UntilAsync(() => a.Owned.Count == ShardId.Count);
    }

    [Fact]
    public async Task A_node_that_no_link_reaches_is_voted_out_sooner_and_comes_back_with_another_incarnation()
    {
        var (a, b) = await StartPairAsync();
        await PassAsync(TimeSpan.FromSeconds(8));
        var (lifeOfA, lifeOfB) = (a.Node.Id, b.Node.Id);

        // Each votes against the other; the first vote ends it.
        _network.Cut(lifeOfA.Node, lifeOfB.Node);
        ClusterNodeActor.TellReachability(a.Node.Host, lifeOfB.Node, isReachable: false);
        ClusterNodeActor.TellReachability(b.Node.Host, lifeOfA.Node, isReachable: false);
        await UntilAsync(() => a.Node.Id != lifeOfA || b.Node.Id != lifeOfB);
        var (kept, ended) = a.Node.Id == lifeOfA ? (a, b) : (b, a);
        await UntilAsync(() => kept.Owned.Count == ShardId.Count);
        await PassAsync(TimeSpan.FromSeconds(20));
        (kept.Owned.Count, ended.Owned.Count).ShouldBe((ShardId.Count, 0));

        _network.Mend(lifeOfA.Node, lifeOfB.Node);
        await UntilAsync(() => IsShared(a, b));
        ended.Node.Id.Node.ShouldBe(ended == a ? lifeOfA.Node : lifeOfB.Node);
    }

    [Fact]
    public async Task A_cut_that_the_actor_was_not_told_of_is_found_out_with_the_next_renewal()
    {
        var (a, b) = await StartPairAsync();
        await PassAsync(TimeSpan.FromSeconds(8));
        var (lifeOfA, lifeOfB) = (a.Node.Id, b.Node.Id);

        // Both go on to renew their rows, so that only a vote can end one.
        _network.Cut(lifeOfA.Node, lifeOfB.Node);

        await UntilAsync(() => a.Node.Id != lifeOfA || b.Node.Id != lifeOfB);
    }

    [Fact]
    public async Task With_the_store_away_nobody_is_taken_for_dead_and_shards_stay_where_they_are()
    {
        var (a, b) = await StartPairAsync();
        var (ofA, ofB) = (a.Owned, b.Owned);
        a.Node.Store.IsAway = b.Node.Store.IsAway = true;
        await PassAsync(TimeSpan.FromSeconds(60));
        a.Membership.IsProvisional.ShouldBeTrue();

        a.Node.Store.IsAway = false;
        await PassAsync(TimeSpan.FromSeconds(3));
        b.Node.Store.IsAway = false;
        await UntilAsync(() => !a.Membership.IsProvisional && !b.Membership.IsProvisional);
        await PassAsync(TimeSpan.FromSeconds(10));

        a.Owned.ShouldBe(ofA);
        b.Owned.ShouldBe(ofB);
        (a.Node.Id.Incarnation, b.Node.Id.Incarnation).ShouldBe((1, 1));
    }

    [Fact]
    public async Task A_draining_node_hands_its_shards_over_and_gets_them_back()
    {
        var (a, b) = await StartPairAsync();
        await a.Node.AskAsync(TestNode.Entity(1), new Save("kept"));

        b.Membership.Draining = true;
        await UntilAsync(() => a.Owned.Count == ShardId.Count && b.Owned.Count == 0);
        (await a.Node.AskAsync(TestNode.Entity(1), new Echo("x"))).State.ShouldBe("kept");

        b.Membership.Draining = false;
        await UntilAsync(() => IsShared(a, b));
    }

    [Fact]
    public async Task A_new_owner_starts_what_is_stored_without_being_asked()
    {
        var (a, b) = await StartPairAsync();
        var ofB = Enumerable.Range(1, 50).Select(guild => TestNode.Entity(1, (ulong)guild)).First(entity => b.Owned.Contains(entity.Shard));
        await a.Node.AskAsync(ofB, new Save("kept"));

        b.Kill();

        await UntilAsync(() => _journal.Count($"{ofB.Key}: started") == 2);
    }

    [Fact]
    public async Task Sessions_of_a_node_whose_judge_never_heard_that_it_ended_it_can_be_resumed()
    {
        var (a, b) = await StartPairAsync();
        var realm = new Realm("r");
        var held = new LvspSessionRecord(
            "s1", realm, "hash", Form: null, LitecordCompatible: false, Generation: 1, new GatewayAddress(b.Node.Id.Node, "lvsp-1"), ExpiresAt: null);
        (await _store.CreateSessionAsync(held, limit: 1, CancellationToken.None)).ShouldBeTrue();
        b.Kill();

        (await _store.VoteAsync(a.Node.Id, b.Node.Id, CancellationToken.None)).ShouldBeTrue();

        await _time.AdvanceUntilAsync(
            async () => (await _store.FindSessionAsync(realm, "s1", _time.GetUtcNow(), CancellationToken.None))!.ExpiresAt is not null, Step);
    }

    [Fact]
    public async Task A_renewal_whose_end_meets_a_full_mailbox_is_heard_of_all_the_same()
    {
        using var log = new HoldingLogger();
        var a = await StartAsync("a", log, shardPollInterval: TimeSpan.FromHours(1));
        await UntilAsync(() => a.Owned.Count == ShardId.Count);
        a.Node.Store.Close();
        log.HoldAt("lease");
        await _time.AdvanceUntilAsync(() => log.IsHolding, Step);
        for (var message = 0; message <= new EntityHostOptions().MailboxCapacity; message++)
        {
            ClusterNodeActor.TellDraining(a.Node.Host);
        }

        var dropped = a.Node.Host.ReadStatus().Dropped;
        a.Node.Store.Open();
        await UntilAsync(() => a.Node.Host.ReadStatus().Dropped > dropped);
        log.LetGo();

        await UntilAsync(() => !a.Membership.IsProvisional);
    }

    [Fact]
    public async Task A_second_process_with_the_name_of_a_living_node_is_refused_and_an_earlier_life_is_waited_out()
    {
        var a = await StartAsync("a");
        var second = new ClusterMembership(_store, new MembershipTimes(), () => "", _time);
        var joining = second.JoinAsync(new NodeIncarnation(new NodeId("a"), 2), CancellationToken.None);
        await Should.ThrowAsync<NodeNameTakenException>(() => _time.AdvanceUntilAsync(joining, Step));

        a.Kill();
        var again = second.JoinAsync(new NodeIncarnation(new NodeId("a"), 3), CancellationToken.None);
        await _time.AdvanceUntilAsync(again, Step);
    }

    /// <summary>Whether all shards are where they are to stay.</summary>
    private static bool IsShared(params Member[] members)
    {
        var owners = new ShardOwners(members.Select(member => member.Node.Id.Node), ShardId.Count);
        return members.Sum(member => member.Owned.Count) == ShardId.Count
            && members.All(member => member.Owned.All(shard => owners[shard.Value] == member.Node.Id.Node));
    }

    private async Task<(Member A, Member B)> StartPairAsync()
    {
        var a = await StartAsync("a");
        var b = await StartAsync("b");
        await UntilAsync(() => IsShared(a, b));
        return (a, b);
    }

    private async Task<Member> StartAsync(string name, ILogger<ClusterNodeActor>? logger = null, TimeSpan? shardPollInterval = null)
    {
        var id = new NodeIncarnation(new NodeId(name), 1);
        var placement = new MembershipPlacement(id.Node);
        var links = _network.Join(id);
        var node = new TestNode(id, _store, links, _time, _journal, new EntityHostOptions { Jitter = () => 0 }, placement);
        var membership = new ClusterMembership(node.Store, new MembershipTimes(), () => name, _time);
        var joinedAt = (await membership.JoinAsync(id, CancellationToken.None)).ShouldNotBeNull();
        var settings = new ClusterNodeSettings { JoinedAt = () => joinedAt, ShardPollInterval = shardPollInterval ?? TimeSpan.FromSeconds(5) };
        var member = new Member(node, membership);
        _members.Add(member);
        node.Host.Spawn(ClusterNodeActor.Name, () =>
            new ClusterNodeActor(node.Store, node.Host, links, membership, placement, settings, logger ?? NullLogger<ClusterNodeActor>.Instance));
        return member;
    }

    private Task PassAsync(TimeSpan duration) => _time.PassAsync(duration, Step);

    private Task UntilAsync(Func<bool> condition) => _time.AdvanceUntilAsync(condition, TimeSpan.FromMilliseconds(50));

    private sealed record Member(TestNode Node, ClusterMembership Membership)
    {
        public IReadOnlyList<ShardId> Owned => Node.Host.GetOwnedShards();

        /// <summary>From the others' view: no renewal gets through any more.</summary>
        public void Kill() => Node.Store.Close();
    }

    /// <summary>Holds whoever logs a certain line, until it is let go.</summary>
    private sealed class HoldingLogger : ILogger<ClusterNodeActor>, IDisposable
    {
        private readonly ManualResetEventSlim _letGo = new();
        private volatile string? _line;
        private volatile bool _isHolding;

        public bool IsHolding => _isHolding;

        public void HoldAt(string line) => _line = line;

        public void LetGo() => _letGo.Set();

        public void Dispose() => _letGo.Dispose();

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (!_isHolding && _line is { } line && formatter(state, exception).Contains(line, StringComparison.Ordinal))
            {
                _isHolding = true;
                _letGo.Wait(TimeSpan.FromMinutes(1));
            }
        }
    }
}
