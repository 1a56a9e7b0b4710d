using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Cluster.Store;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Domain.Membership;

namespace VoiceCluster.Cluster.Tests.Store;

public abstract partial class StoreSpecification
{
    private static readonly TimeSpan NoticeDeadline = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task A_node_that_renews_stands_in_the_table_with_what_it_says_of_itself()
    {
        var stores = new[] { await OpenAsync(), await OpenAsync() };
        await JoinAsync(stores[0], Node("a"), Node("b"));

        await stores[0].RenewAsync(Node("a"), Says("a at 10.0.0.1:7400", draining: true), None);
        var table = (await stores[1].RenewAsync(Node("b"), Says("b"), None)).ShouldNotBeNull();

        table.Rows.Select(row => (row.Node, row.Standing, row.Draining, row.Description)).ShouldBe(
            [(Node("a"), MemberStanding.Live, true, "a at 10.0.0.1:7400"), (Node("b"), MemberStanding.Live, false, "b")]);
        table.Rows.ShouldAllBe(row => row.Age < TimeSpan.FromSeconds(60));
    }

    [Fact]
    public async Task A_life_is_reached_from_when_it_says_so_and_its_next_one_is_not()
    {
        var store = await OpenAsync();
        await JoinAsync(store, Node("a"));

        (await store.RenewAsync(Node("a"), Says(""), None)).ShouldNotBeNull().Rows.Single().Reached.ShouldBeFalse();
        (await store.RenewAsync(Node("a"), Says("", reached: true), None)).ShouldNotBeNull().Rows.Single().Reached.ShouldBeTrue();
        await store.LeaveAsync(Node("a"), None);
        await JoinAsync(store, Node("a", 2), Node("b"));

        var table = (await store.RenewAsync(Node("b"), Says("", reached: true), None)).ShouldNotBeNull();
        table.Rows.Select(row => (row.Node, row.Reached)).ShouldBe([(Node("a", 2), false), (Node("b"), true)]);
    }

    [Fact]
    public async Task A_second_process_with_a_living_nodes_name_is_not_taken_in_until_that_one_has_left_or_expired()
    {
        var store = await OpenAsync();
        await JoinAsync(store, Node("a"));

        (await store.JoinAsync(Node("a", 2), "", None)).ShouldNotBeNull().Node.ShouldBe(Node("a"));
        (await store.JoinAsync(Node("a"), "", None)).ShouldBeNull();
        await store.LeaveAsync(Node("a"), None);
        (await store.JoinAsync(Node("a", 2), "", None)).ShouldBeNull();
        (await store.RenewAsync(Node("a"), Says(""), None)).ShouldBeNull();
        await ExpireMembersAsync();
        (await store.JoinAsync(Node("a", 3), "", None)).ShouldBeNull();
        (await store.RenewAsync(Node("a", 2), Says(""), None)).ShouldBeNull();
    }

    [Fact]
    public async Task A_life_that_is_over_is_not_taken_in_again()
    {
        var store = await OpenAsync();
        await JoinAsync(store, Node("a"), Node("b"));
        await store.VoteAsync(Node("a"), Node("b"), None);
        await store.LeaveAsync(Node("a"), None);

        foreach (var (life, standing) in new[] { (Node("a"), MemberStanding.Left), (Node("b"), MemberStanding.Dead) })
        {
            var inTheWay = (await store.JoinAsync(life, "", None)).ShouldNotBeNull();
            (inTheWay.Node, inTheWay.Standing).ShouldBe((life, standing));
            (await store.RenewAsync(life, Says(""), None)).ShouldBeNull();
        }

        await JoinAsync(store, Node("a", 2), Node("b", 2));
    }

    [Fact]
    public async Task A_row_that_nobody_declared_dead_is_renewed_however_old_it_is()
    {
        var store = await OpenAsync();
        await JoinAsync(store, Node("a"));
        await ExpireMembersAsync();

        (await store.RenewAsync(Node("a"), Says(""), None)).ShouldNotBeNull().Live.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Of_three_nodes_two_have_to_vote()
    {
        var store = await OpenAsync();
        await JoinAsync(store, Node("a"), Node("b"), Node("c"));

        (await store.VoteAsync(Node("a"), Node("c"), None)).ShouldBeFalse();
        (await store.VoteAsync(Node("a"), Node("c"), None)).ShouldBeFalse();
        (await store.VoteAsync(Node("b"), Node("c"), None)).ShouldBeTrue();

        (await store.VoteAsync(Node("b"), Node("c"), None)).ShouldBeFalse();
        (await store.RenewAsync(Node("c"), Says(""), None)).ShouldBeNull();
    }

    [Fact]
    public async Task Two_votes_at_the_same_moment_are_counted_together()
    {
        var stores = new[] { await OpenAsync(), await OpenAsync() };
        for (var round = 1; round <= 10; round++)
        {
            await JoinAsync(stores[0], Node("a"), Node("b"), Node("c", round));

            var ended = await Task.WhenAll(
                Task.Run(() => stores[0].VoteAsync(Node("a"), Node("c", round), None)),
                Task.Run(() => stores[1].VoteAsync(Node("b"), Node("c", round), None)));

            ended.Count(hasEnded => hasEnded).ShouldBe(1);
        }
    }

    [Fact]
    public async Task Of_two_nodes_one_vote_is_enough()
    {
        var store = await OpenAsync();
        await JoinAsync(store, Node("a"), Node("b"));

        (await store.VoteAsync(Node("a"), Node("b"), None)).ShouldBeTrue();
    }

    [Fact]
    public async Task Votes_that_were_taken_back_and_votes_of_the_dead_do_not_count()
    {
        var store = await OpenAsync();
        await JoinAsync(store, Node("a"), Node("b"), Node("c"), Node("d"));
        await store.VoteAsync(Node("a"), Node("d"), None);
        await store.WithdrawVoteAsync(Node("a"), Node("d"), None);
        await store.VoteAsync(Node("c"), Node("d"), None);
        await store.LeaveAsync(Node("c"), None);
        await JoinAsync(store, Node("c", 2));

        (await store.VoteAsync(Node("b"), Node("d"), None)).ShouldBeFalse();
        (await store.VoteAsync(Node("c", 2), Node("d"), None)).ShouldBeTrue();
    }

    [Fact]
    public async Task A_vote_that_was_not_repeated_for_an_expiry_time_does_not_count()
    {
        var store = await OpenAsync();
        await JoinAsync(store, Node("a"), Node("b"), Node("c"));
        await store.VoteAsync(Node("a"), Node("c"), None);
        await ExpireMembersAsync();
        foreach (var node in new[] { Node("a"), Node("b"), Node("c") })
        {
            await store.RenewAsync(node, Says(""), None);
        }

        (await store.VoteAsync(Node("b"), Node("c"), None)).ShouldBeFalse();
        (await store.VoteAsync(Node("a"), Node("c"), None)).ShouldBeTrue();
    }

    [Fact]
    public async Task Only_an_expired_node_is_buried_and_only_by_one_that_is_not()
    {
        var store = await OpenAsync();
        await JoinAsync(store, Node("a"), Node("b"));
        (await store.BuryAsync(Node("a"), Node("b"), None)).ShouldBeFalse();
        await ExpireMembersAsync();
        (await store.BuryAsync(Node("a"), Node("b"), None)).ShouldBeFalse();

        await store.RenewAsync(Node("a"), Says(""), None);
        (await store.BuryAsync(Node("a"), Node("b", 9), None)).ShouldBeFalse();
        (await store.BuryAsync(Node("a"), Node("b"), None)).ShouldBeTrue();
        (await store.BuryAsync(Node("a"), Node("b"), None)).ShouldBeFalse();
    }

    [Fact]
    public async Task A_shard_of_a_living_node_cannot_be_taken_whatever_the_taker_believes()
    {
        var store = await OpenAsync();
        await JoinAsync(store, Node("a"), Node("b"));
        var claim = await store.ClaimShardAsync(new ShardId(5), Node("a"), null, None);

        (await store.ClaimShardAsync(new ShardId(5), Node("b"), Node("a"), None)).ShouldBe(claim);
        await store.VoteAsync(Node("b"), Node("a"), None);
        (await store.ClaimShardAsync(new ShardId(5), Node("b"), Node("a"), None)).Epoch.ShouldBe(2);

        (await store.ReadShardsAsync(None)).ShouldBe([new ShardRow(5, Node("b"), 2, InForce: true)]);
    }

    [Fact]
    public async Task Nodes_that_come_and_go_and_shards_that_change_hands_are_noticed_elsewhere()
    {
        var one = await OpenAsync();
        var other = await OpenAsync();
        var notices = System.Threading.Channels.Channel.CreateUnbounded<StoreNotice>();
        other.Noticed += notice => notices.Writer.TryWrite(notice);

        // A listener may not listen yet; what it misses is polled for, so this asks again until it does.
        var claim = new ShardClaim(new ShardId(0), Node("a"), 0);
        var seen = await UntilNoticedAsync(notices.Reader, notice => notice.Shard is { InForce: true }, async () =>
        {
            await one.ReleaseShardAsync(claim, None);
            claim = await one.ClaimShardAsync(new ShardId(5), Node("a"), null, None);
        });
        seen.Shard!.Owner.ShouldBe(Node("a"));
        await one.ReleaseShardAsync(claim, None);
        (await UntilNoticedAsync(notices.Reader, notice => notice.Shard is { InForce: false })).Shard!.Shard.ShouldBe(5);
        await one.JoinAsync(Node("b"), "", None);
        await UntilNoticedAsync(notices.Reader, notice => notice.Shard is null);
        await one.LeaveAsync(Node("b"), None);
        await UntilNoticedAsync(notices.Reader, notice => notice.Shard is null);
    }

    private static MemberNews Says(string description, bool draining = false, bool reached = false) => new(draining, reached, description);

    private static async Task<StoreNotice> UntilNoticedAsync(
        System.Threading.Channels.ChannelReader<StoreNotice> notices,
        Func<StoreNotice, bool> wanted,
        Func<Task>? provoke = null)
    {
        using var deadline = new CancellationTokenSource(NoticeDeadline);
        while (true)
        {
            if (provoke is not null)
            {
                await provoke();
                await Task.WhenAny(notices.WaitToReadAsync(deadline.Token).AsTask(), Task.Delay(50, deadline.Token));
            }
            else
            {
                await notices.WaitToReadAsync(deadline.Token);
            }

            while (notices.TryRead(out var notice))
            {
                if (wanted(notice))
                {
                    return notice;
                }
            }

            deadline.Token.ThrowIfCancellationRequested();
        }
    }

    private static async Task JoinAsync(IClusterStore store, params NodeIncarnation[] nodes)
    {
        foreach (var node in nodes)
        {
            (await store.JoinAsync(node, "", None)).ShouldBeNull();
        }
    }
}
