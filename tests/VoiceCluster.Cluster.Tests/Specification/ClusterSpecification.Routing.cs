using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Cluster.Store;
using VoiceCluster.Domain.Identities;
using VoiceCluster.TestKit;

namespace VoiceCluster.Cluster.Tests.Specification;

public abstract partial class ClusterSpecification
{
    private static readonly EntityAddress Shared = TestNode.Entity(1);

    [Fact]
    public async Task A_request_reaches_the_owner_on_another_node_and_its_answer_comes_back()
    {
        var (a, b) = await StartPairAsync();
        var here = await a.AskAsync(Shared, new Echo("from a"));
        var there = await b.AskAsync(Shared, new Echo("from b"));

        there.ShouldBe(here with { Text = "from b" });
        there.Node.ShouldBe(a.Id.ToString());
        b.Host.ReadStatus().Entities.ShouldBe(0);
    }

    [Fact]
    public async Task Messages_to_another_node_arrive_in_order()
    {
        Options = Options with { MailboxCapacity = 10_000 };
        var (a, b) = await StartPairAsync();
        await a.AskAsync(Shared, new Echo("claim"));
        var before = Journal.Lines.Count;

        for (var i = 0; i < 1000; i++)
        {
            b.Host.Tell(Shared, new Note($"{i}")).ShouldBeTrue();
        }

        await Journal.WaitForAsync("r/7/1: 999");
        Journal.Lines.Skip(before).ShouldBe(Enumerable.Range(0, 1000).Select(i => $"r/7/1: {i}"));
    }

    [Fact]
    public async Task Local_actors_are_reached_from_other_nodes()
    {
        var (a, b) = await StartPairAsync();
        var gateway = a.Spawn("gateway-1");

        (await b.AskAsync(gateway, new Echo("x"))).Node.ShouldBe(a.Id.ToString());
        b.Host.Tell(gateway, new Note("told")).ShouldBeTrue();
        await Journal.WaitForAsync("gateway-1: told");
    }

    [Fact]
    public async Task Failures_come_back_from_other_nodes()
    {
        var (a, b) = await StartPairAsync();
        await a.AskAsync(Shared, new Echo("claim"));

        (await b.AskAndFailAsync(Shared, new Ignore())).ShouldBe(AskFailure.Faulted);
        (await b.AskAndFailAsync(Shared, new Break("on purpose"))).ShouldBe(AskFailure.Faulted);
        (await b.AskAndFailAsync(new LocalAddress(a.Id.Node, "nobody"), new Echo("x"))).ShouldBe(AskFailure.Gone);
    }

    [Fact]
    public async Task An_answer_from_another_node_after_the_deadline_is_dropped_and_counted()
    {
        var (a, b) = await StartPairAsync();
        await a.AskAsync(Shared, new Echo("claim"));
        var asked = b.Host.AskAsync(Shared, new EchoLater("late"), TimeSpan.FromSeconds(5));
        await Journal.WaitForAsync("r/7/1: owes late");
        Time.Advance(TimeSpan.FromSeconds(6));
        (await Should.ThrowAsync<AskException>(() => asked)).Failure.ShouldBe(AskFailure.Timeout);

        a.Host.Tell(Shared, new Release());

        await Eventually.HoldsAsync(() => b.Host.ReadStatus().LateReplies == 1);
    }

    [Fact]
    public async Task A_node_that_is_not_there_is_unreachable()
    {
        var a = await StartNodeAsync("a");
        var elsewhere = new LocalAddress(new NodeId("nobody"), "gateway-1");

        a.Host.Tell(elsewhere, new Note("x")).ShouldBeFalse();
        (await a.AskAndFailAsync(elsewhere, new Echo("x"))).ShouldBe(AskFailure.Unreachable);
        a.Host.ReadStatus().Dropped.ShouldBe(2);
    }

    [Fact]
    public async Task A_cut_link_makes_the_owner_unreachable_until_it_is_mended()
    {
        var (a, b) = await StartPairAsync();
        await a.AskAsync(Shared, new Echo("claim"));
        await b.AskAsync(Shared, new Echo("learn"));

        await CutAsync(a.Id, b.Id);
        (await b.AskAndFailAsync(Shared, new Echo("lost"))).ShouldBe(AskFailure.Unreachable);
        b.Host.ReadStatus().Entities.ShouldBe(0);

        await MendAsync(a.Id, b.Id);
        (await b.AskAsync(Shared, new Echo("back"))).Node.ShouldBe(a.Id.ToString());
    }

    [Fact]
    public async Task A_message_that_the_codec_does_not_know_is_dropped_where_it_would_leave()
    {
        var (a, b) = await StartPairAsync();
        await a.AskAsync(Shared, new Echo("claim"));
        await b.AskAsync(Shared, new Echo("learn"));

        b.Host.Tell(Shared, new Unregistered()).ShouldBeFalse();
        b.Host.ReadStatus().Dropped.ShouldBe(1);
    }

    [Fact]
    public async Task A_released_shard_moves_with_its_stored_state_and_a_higher_epoch()
    {
        var (a, b) = await StartPairAsync();
        var before = await a.AskAsync(Shared, new Save("kept"));

        await a.Host.ReleaseShardAsync(Shared.Shard).WaitAsync(Journal.Deadline);
        Journal.Lines[^1].ShouldBe("r/7/1: stopped");
        var after = await b.AskAsync(Shared, new Echo("x"));

        after.Node.ShouldBe(b.Id.ToString());
        after.State.ShouldBe("kept");
        after.Epoch.ShouldBeGreaterThan(before.Epoch);
        a.Host.GetOwnedShards().ShouldBeEmpty();
        b.Host.GetOwnedShards().ShouldBe([Shared.Shard]);
    }

    [Fact]
    public async Task What_waits_in_mailboxes_when_a_shard_moves_goes_with_it_in_order()
    {
        var placement = new TestPlacement("a");
        var a = await StartNodeAsync("a", placement: placement);
        await StartNodeAsync("b", placement: new TestPlacement("b"));
        a.Host.Tell(Shared, new Hold("gate"));
        await Journal.WaitForAsync("r/7/1: holding gate");
        a.Host.Tell(Shared, new Note("1"));
        var asked = a.AskAsync(Shared, new Echo("2"));

        placement.Preferred = "b";
        var released = a.Host.ReleaseShardAsync(Shared.Shard);
        a.Host.Tell(Shared, new Note("3"));
        Journal.Open("gate");
        await released.WaitAsync(Journal.Deadline);

        (await asked).Node.ShouldBe("b#1");
        await Journal.WaitForAsync("r/7/1: 3");
        Journal.Lines.ShouldBe(
        [
            "r/7/1: started", "r/7/1: holding gate", "r/7/1: held gate", "r/7/1: stopped",
            "r/7/1: started", "r/7/1: 1", "r/7/1: 3",
        ]);
    }

    [Fact]
    public async Task A_message_for_a_former_owner_is_passed_on_and_its_sender_learns()
    {
        var (a, b) = await StartPairAsync();
        var c = await StartNodeAsync("c");
        await a.AskAsync(Shared, new Echo("claim"));
        (await c.AskAsync(Shared, new Echo("learn"))).Node.ShouldBe(a.Id.ToString());
        await a.Host.ReleaseShardAsync(Shared.Shard).WaitAsync(Journal.Deadline);
        await b.AskAsync(Shared, new Echo("claim"));

        (await c.AskAsync(Shared, new Echo("to the wrong node"))).Node.ShouldBe(b.Id.ToString());

        await Eventually.HoldsAsync(() => c.Host.FindKnownClaim(Shared.Shard)?.Owner == b.Id);
        await CutAsync(a.Id, c.Id);
        (await c.AskAsync(Shared, new Echo("to the right node"))).Node.ShouldBe(b.Id.ToString());
    }

    [Fact]
    public async Task A_message_for_a_former_owner_reaches_the_next_one_that_has_not_heard_of_the_end()
    {
        var placement = new TestPlacement("a");
        var (a, b) = await StartOwnerAsync(placement, placement);
        var c = await StartNodeAsync("c", placement: placement);
        c.Host.Learn(a.Host.FindKnownClaim(Shared.Shard)!);

        await ReleaseAsync(a, placement);
        var answer = await c.AskAsync(Shared, new Echo("to the wrong node"));

        (answer.Node, answer.State).ShouldBe((b.Id.ToString(), "kept"));
    }

    [Fact]
    public async Task A_request_that_is_passed_back_to_its_own_node_is_answered()
    {
        var placement = new TestPlacement("a");
        var (a, b) = await StartOwnerAsync(placement, placement);

        await ReleaseAsync(a, placement);

        (await b.AskAsync(Shared, new Echo("to the wrong node"))).Node.ShouldBe(b.Id.ToString());
        (await b.AskAndFailAsync(Shared, new Ignore())).ShouldBe(AskFailure.Faulted);
    }

    [Fact]
    public async Task A_message_rests_while_nodes_take_each_other_for_the_next_owner()
    {
        var (placement, late) = (new TestPlacement("a"), new TestPlacement("a"));
        var (a, b) = await StartOwnerAsync(placement, late);
        await ReleaseAsync(a, placement);

        var timers = Time.ActiveTimers;
        var asked = a.AskAsync(Shared, new Echo("to and fro"));
        await Time.WaitForTimersAsync(timers + 2);
        late.Preferred = "b";
        await Time.AdvanceUntilAsync(asked, Options.HoldTime);

        (await asked).Node.ShouldBe(b.Id.ToString());
    }

    [Fact]
    public async Task A_message_that_no_node_takes_for_its_own_fails()
    {
        var a = await StartNodeAsync("a", placement: new TestPlacement("b"));
        await StartNodeAsync("b", placement: new TestPlacement("a"));

        var asked = a.AskAndFailAsync(Shared, new Echo("to and fro"));
        await Time.AdvanceUntilAsync(asked, Options.HoldTime);

        (await asked).ShouldBe(AskFailure.Unreachable);
    }

    [Fact]
    public async Task Placement_names_the_node_that_claims_and_it_announces_before_it_starts()
    {
        var placement = new TestPlacement("b");
        var a = await StartNodeAsync("a", placement: placement);
        var b = await StartNodeAsync("b", placement: placement);

        var answer = await a.AskAsync(Shared, new Echo("x"));

        answer.Node.ShouldBe(b.Id.ToString());
        placement.Announced.ShouldBe([new ShardClaim(Shared.Shard, b.Id, answer.Epoch)]);
        a.Store.Calls.ShouldBe(0);
    }

    [Fact]
    public async Task A_dead_nodes_shard_is_taken_over_with_a_higher_epoch()
    {
        var placement = new TestPlacement("b");
        var a = await StartNodeAsync("a");
        var b = await StartNodeAsync("b", placement: placement);
        var before = await a.AskAsync(Shared, new Save("kept"));
        (await b.AskAsync(Shared, new Echo("x"))).Node.ShouldBe(a.Id.ToString());

        placement.Bury(a.Id);
        var after = await b.AskAsync(Shared, new Echo("x"));

        after.Node.ShouldBe(b.Id.ToString());
        after.State.ShouldBe("kept");
        after.Epoch.ShouldBeGreaterThan(before.Epoch);
    }

    [Fact]
    public async Task A_node_takes_the_shards_of_its_own_earlier_life()
    {
        var first = await StartNodeAsync("a", incarnation: 1);
        var before = await first.AskAsync(Shared, new Save("kept"));

        var second = await StartNodeAsync("a", incarnation: 2);
        var after = await second.AskAsync(Shared, new Echo("x"));

        after.State.ShouldBe("kept");
        after.Epoch.ShouldBeGreaterThan(before.Epoch);
    }

    [Fact]
    public async Task An_owner_whose_write_is_refused_gives_the_shard_up_and_sends_its_messages_on_in_order()
    {
        var placement = new TestPlacement("b");
        var a = await StartNodeAsync("a");
        var b = await StartNodeAsync("b", placement: placement);
        await a.AskAsync(Shared, new Save("old"));
        placement.Bury(a.Id);
        await b.AskAsync(Shared, new Save("new"));

        a.Host.Tell(Shared, new Hold("gate"));
        await Journal.WaitForAsync("r/7/1: holding gate");
        var refused = a.AskAsync(Shared, new Save("refused once"));
        a.Host.Tell(Shared, new Note("behind it"));
        var last = a.AskAsync(Shared, new Echo("x"));
        Journal.Open("gate");

        (await refused).Node.ShouldBe(b.Id.ToString());
        (await last).State.ShouldBe("refused once");
        await Journal.WaitForAsync("r/7/1: behind it");
        await Eventually.HoldsAsync(() => a.Host.ReadStatus() is { Entities: 0, OwnedShards: 0 });
    }

    [Fact]
    public async Task An_owner_that_hears_of_a_newer_epoch_stops_at_once()
    {
        var placement = new TestPlacement("b");
        var a = await StartNodeAsync("a");
        var b = await StartNodeAsync("b", placement: placement);
        await a.AskAsync(Shared, new Echo("claim"));
        placement.Bury(a.Id);
        var answer = await b.AskAsync(Shared, new Echo("take over"));

        a.Host.Learn(new ShardClaim(Shared.Shard, b.Id, answer.Epoch));

        await Eventually.HoldsAsync(() => a.Host.ReadStatus() is { Entities: 0, OwnedShards: 0 });
        (await a.AskAsync(Shared, new Echo("x"))).Node.ShouldBe(b.Id.ToString());
    }

    [Fact]
    public async Task A_message_from_one_who_knows_a_newer_epoch_reaches_the_newer_owner()
    {
        var placement = new TestPlacement("b");
        var a = await StartNodeAsync("a");
        var b = await StartNodeAsync("b", placement: placement);
        var c = await StartNodeAsync("c", placement: new TestPlacement("a"));
        await a.AskAsync(Shared, new Echo("claim"));
        placement.Bury(a.Id);
        var taken = await b.AskAsync(Shared, new Echo("take over"));

        // It knows that there is a newer epoch, but asks the old owner.
        c.Host.Learn(new ShardClaim(Shared.Shard, a.Id, taken.Epoch));
        (await c.AskAsync(Shared, new Echo("x"))).Node.ShouldBe(b.Id.ToString());

        a.Host.GetOwnedShards().ShouldBeEmpty();
    }

    [Fact]
    public async Task With_the_store_away_messages_wait_and_then_fail()
    {
        var node = await StartNodeAsync();
        node.Store.IsAway = true;
        var asked = node.AskAndFailAsync(Shared, new Echo("x"));

        await Time.AdvanceUntilAsync(asked, TimeSpan.FromMilliseconds(500));

        (await asked).ShouldBe(AskFailure.Unreachable);
        Time.Elapsed.ShouldBeGreaterThanOrEqualTo(Options.ClaimDeadline);
    }

    [Fact]
    public async Task A_store_that_comes_back_in_time_loses_no_message()
    {
        var node = await StartNodeAsync();
        node.Store.IsAway = true;
        var asked = node.AskAsync(Shared, new Echo("x"));
        await Eventually.HoldsAsync(() => node.Store.Calls > 0);

        node.Store.IsAway = false;
        await Time.AdvanceUntilAsync(asked, TimeSpan.FromMilliseconds(500));

        (await asked).Text.ShouldBe("x");
    }

    [Fact]
    public async Task With_the_store_away_owned_shards_and_known_owners_go_on()
    {
        var (a, b) = await StartPairAsync();
        await a.AskAsync(Shared, new Echo("claim"));
        await b.AskAsync(Shared, new Echo("learn"));
        a.Store.IsAway = true;
        b.Store.IsAway = true;

        (await a.AskAsync(Shared, new Echo("x"))).Text.ShouldBe("x");
        await CutAsync(a.Id, b.Id);
        b.Host.Tell(Shared, new Note("lost")).ShouldBeFalse();
        Time.Advance(Options.ClaimRetryInterval * 2);
        await MendAsync(a.Id, b.Id);

        (await b.AskAsync(Shared, new Echo("x"))).Node.ShouldBe(a.Id.ToString());
    }

    /// <summary>Starts a node that owns the shared entity, with something stored, and another one that knows it as the owner.</summary>
    private async Task<(TestNode A, TestNode B)> StartOwnerAsync(TestPlacement ofOwner, TestPlacement ofOther)
    {
        var a = await StartNodeAsync("a", placement: ofOwner);
        var b = await StartNodeAsync("b", placement: ofOther);
        await a.AskAsync(Shared, new Save("kept"));
        b.Host.Learn(a.Host.FindKnownClaim(Shared.Shard)!);
        return (a, b);
    }

    /// <summary>Lets the owner give its shard up to the other node, as far as this placement goes.</summary>
    private static async Task ReleaseAsync(TestNode owner, TestPlacement placement)
    {
        placement.Preferred = "b";
        await owner.Host.ReleaseShardAsync(Shared.Shard).WaitAsync(Journal.Deadline);
    }

    private async Task<(TestNode A, TestNode B)> StartPairAsync() => (await StartNodeAsync("a"), await StartNodeAsync("b"));
}
