using System.Text;
using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Cluster.Store;
using VoiceCluster.Domain.Identities;

namespace VoiceCluster.Cluster.Tests.Store;

public abstract partial class StoreSpecification
{
    private static readonly ShardId PlanShard = new(12);

    [Fact]
    public async Task Of_each_channels_plans_for_a_worker_the_newest_is_read_by_its_node()
    {
        var stores = new[] { await OpenAsync(), await OpenAsync() };
        var claim = await stores[0].ClaimShardAsync(PlanShard, Node("owner"), null, None);

        (await stores[0].StorePlansAsync(claim, "c1", [PlanOf("a", 1, "old"), PlanOf("b", 1, "of b")], None)).ShouldBeTrue();
        (await stores[0].StorePlansAsync(claim, "c2", [PlanOf("a", 7, "another channel's", worker: 1)], None)).ShouldBeTrue();
        (await stores[0].StorePlansAsync(claim, "c1", [PlanOf("a", 2, "new")], None)).ShouldBeTrue();
        (await stores[0].StorePlansAsync(claim, "c1", [PlanOf("a", 1, "late")], None)).ShouldBeTrue();

        var plans = await stores[1].ReadPlansAsync(Node("a"), 0, None);
        plans.Select(plan => (plan.Worker, Encoding.UTF8.GetString(plan.Bytes.Span))).ShouldBe([(1, "another channel's"), (0, "new")]);
        (await stores[1].ReadPlansAsync(Node("a"), plans[0].Revision, None)).ShouldHaveSingleItem().Revision.ShouldBe(plans[1].Revision);
        (await stores[1].ReadPlansAsync(Node("a"), plans[1].Revision, None)).ShouldBeEmpty();
        (await stores[1].ReadPlansAsync(Node("a", incarnation: 2), 0, None)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Plans_of_an_owner_that_lost_its_shard_are_refused()
    {
        var store = await OpenAsync();
        var lost = await store.ClaimShardAsync(PlanShard, Node("owner"), null, None);
        await store.ReleaseShardAsync(lost, None);
        var claim = await store.ClaimShardAsync(PlanShard, Node("heir"), null, None);
        (await store.StorePlansAsync(claim, "c1", [PlanOf("a", 1, "the heir's")], None)).ShouldBeTrue();

        (await store.StorePlansAsync(lost, "c1", [PlanOf("a", 9, "the first owner's")], None)).ShouldBeFalse();

        var plan = (await store.ReadPlansAsync(Node("a"), 0, None)).ShouldHaveSingleItem();
        Encoding.UTF8.GetString(plan.Bytes.Span).ShouldBe("the heir's");
    }

    [Fact]
    public async Task Plans_are_swept_of_earlier_lives_and_of_nodes_that_are_gone_but_of_no_other()
    {
        var store = await OpenAsync();
        await JoinAsync(store, Node("a", incarnation: 2), Node("b"));
        var claim = await store.ClaimShardAsync(PlanShard, Node("owner"), null, None);
        await store.StorePlansAsync(claim, "c1", [PlanOf("a", 1, "earlier"), PlanOf("a", 1, "now", life: 2), PlanOf("b", 1, "b"), PlanOf("gone", 1, "gone")], None);
        await store.StorePlansAsync(claim, "c2", [PlanOf("b", 1, "", withdraws: true)], None);

        await store.SweepPlansAsync(Node("a", incarnation: 2), None);

        (await store.ReadPlansAsync(Node("a"), 0, None)).ShouldBeEmpty();
        (await store.ReadPlansAsync(Node("gone"), 0, None)).ShouldBeEmpty();
        (await store.ReadPlansAsync(Node("a", incarnation: 2), 0, None)).ShouldHaveSingleItem();
        (await store.ReadPlansAsync(Node("b"), 0, None)).Length.ShouldBe(2, "Who has not read a withdrawal yet still must.");
    }

    [Fact]
    public async Task Plans_of_an_earlier_owner_are_swept_a_minute_after_they_were_found_unless_the_next_one_puts_others_in_their_place()
    {
        var store = await OpenAsync();
        await JoinAsync(store, Node("a"), Node("b"));
        var lost = await store.ClaimShardAsync(PlanShard, Node("owner"), null, None);
        await store.StorePlansAsync(lost, "ended", [PlanOf("a", 1, "ended"), PlanOf("b", 1, "another node's")], None);
        await store.StorePlansAsync(lost, "goes on", [PlanOf("a", 1, "before")], None);
        await store.SweepPlansAsync(Node("a"), None);
        await store.ReleaseShardAsync(lost, None);
        var claim = await store.ClaimShardAsync(PlanShard, Node("heir"), null, None);

        await store.SweepPlansAsync(Node("a"), None);
        (await store.ReadPlansAsync(Node("a"), 0, None)).Length.ShouldBe(2, "The next owner may not have planned yet.");
        await store.StorePlansAsync(claim, "goes on", [PlanOf("a", 1, "after")], None);
        await AgeWithdrawalsAsync();
        await store.RenewAsync(Node("a"), Says(""), None);
        await store.RenewAsync(Node("b"), Says(""), None);
        await store.SweepPlansAsync(Node("a"), None);

        var plan = (await store.ReadPlansAsync(Node("a"), 0, None)).ShouldHaveSingleItem();
        Encoding.UTF8.GetString(plan.Bytes.Span).ShouldBe("after");
        (await store.ReadPlansAsync(Node("b"), 0, None)).ShouldHaveSingleItem();
    }

    /// <summary>Lets what is withdrawn have been so for over a minute.</summary>
    protected abstract Task AgeWithdrawalsAsync();

    private static PlanToStore PlanOf(string node, long version, string text, int worker = 0, long life = 1, bool withdraws = false) =>
        new(new WorkerId(Node(node, life), worker), version, withdraws, Encoding.UTF8.GetBytes(text));
}
