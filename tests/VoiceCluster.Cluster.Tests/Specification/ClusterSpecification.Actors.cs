using VoiceCluster.Cluster.Hosting;
using VoiceCluster.TestKit;

namespace VoiceCluster.Cluster.Tests.Specification;

public abstract partial class ClusterSpecification
{
    [Fact]
    public async Task One_entity_is_started_once_and_handles_one_message_at_a_time()
    {
        Options = Options with { MailboxCapacity = 100_000, ShardQueueCapacity = 100_000 };
        var node = await StartNodeAsync();
        var entity = TestNode.Entity(1);

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() =>
        {
            for (var i = 0; i < 500; i++)
            {
                node.Host.Tell(entity, new Note("x")).ShouldBeTrue();
            }
        })));

        await Journal.WaitForAsync("r/7/1: x", times: 4000);
        Journal.Count("r/7/1: started").ShouldBe(1);
        Journal.Count("r/7/1: entered twice").ShouldBe(0);
        node.Host.ReadStatus().Entities.ShouldBe(1);
    }

    [Fact]
    public async Task Messages_of_one_sender_arrive_in_order_also_while_the_claim_runs()
    {
        Options = Options with { MailboxCapacity = 10_000 };
        var node = await StartNodeAsync();
        var entity = TestNode.Entity(1);
        node.Store.Close();

        for (var i = 0; i < 2000; i++)
        {
            node.Host.Tell(entity, new Note($"{i}")).ShouldBeTrue();
            if (i == 1000)
            {
                node.Store.Open();
            }
        }

        await Journal.WaitForAsync("r/7/1: 1999");
        Journal.Lines.Skip(1).ShouldBe(Enumerable.Range(0, 2000).Select(i => $"r/7/1: {i}"));
    }

    [Fact]
    public async Task Entities_run_beside_each_other()
    {
        var node = await StartNodeAsync();
        node.Host.Tell(TestNode.Entity(1), new Hold("gate"));
        await Journal.WaitForAsync("r/7/1: holding gate");

        (await node.AskAsync(TestNode.Entity(2), new Echo("hello"))).Text.ShouldBe("hello");
        Journal.Open("gate");
    }

    [Fact]
    public async Task A_request_without_an_answer_ends_at_its_deadline()
    {
        var node = await StartNodeAsync();
        var asked = node.Host.AskAsync(TestNode.Entity(1), new EchoLater("late"), TimeSpan.FromSeconds(5));
        await Journal.WaitForAsync("r/7/1: owes late");

        Time.Advance(TimeSpan.FromSeconds(4));
        asked.IsCompleted.ShouldBeFalse();
        Time.Advance(TimeSpan.FromSeconds(1));

        (await Should.ThrowAsync<AskException>(() => asked)).Failure.ShouldBe(AskFailure.Timeout);
        node.Host.ReadStatus().PendingAsks.ShouldBe(0);
    }

    [Fact]
    public async Task An_answer_after_the_deadline_is_dropped_and_counted()
    {
        var node = await StartNodeAsync();
        var asked = node.Host.AskAsync(TestNode.Entity(1), new EchoLater("late"), TimeSpan.FromSeconds(5));
        await Journal.WaitForAsync("r/7/1: owes late");
        Time.Advance(TimeSpan.FromSeconds(6));
        await Should.ThrowAsync<AskException>(() => asked);

        node.Host.Tell(TestNode.Entity(1), new Release());
        await Journal.WaitForAsync("r/7/1: released");

        node.Host.ReadStatus().LateReplies.ShouldBe(1);
    }

    [Fact]
    public async Task A_taken_reply_answers_later_and_once()
    {
        var node = await StartNodeAsync();
        var asked = node.AskAsync(TestNode.Entity(1), new EchoLater("later"));
        await Journal.WaitForAsync("r/7/1: owes later");

        node.Host.Tell(TestNode.Entity(1), new Release());
        node.Host.Tell(TestNode.Entity(1), new Release());

        (await asked).Text.ShouldBe("later");
        await Journal.WaitForAsync("r/7/1: released", times: 2);
        node.Host.ReadStatus().LateReplies.ShouldBe(0);
    }

    [Fact]
    public async Task A_cancelled_request_stops_waiting()
    {
        var node = await StartNodeAsync();
        using var cancellation = new CancellationTokenSource();
        var asked = node.Host.AskAsync(TestNode.Entity(1), new EchoLater("x"), TimeSpan.FromHours(1), cancellation.Token);
        await Journal.WaitForAsync("r/7/1: owes x");

        await cancellation.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(() => asked);
        node.Host.ReadStatus().PendingAsks.ShouldBe(0);
    }

    [Fact]
    public async Task A_request_that_nobody_will_answer_fails_at_once()
    {
        var node = await StartNodeAsync();
        (await node.AskAndFailAsync(TestNode.Entity(1), new Ignore())).ShouldBe(AskFailure.Faulted);
    }

    [Fact]
    public async Task A_full_mailbox_refuses_and_counts()
    {
        Options = Options with { MailboxCapacity = 3 };
        var node = await StartNodeAsync();
        var entity = TestNode.Entity(1);
        node.Host.Tell(entity, new Hold("gate"));
        await Journal.WaitForAsync("r/7/1: holding gate");

        for (var i = 0; i < 3; i++)
        {
            node.Host.Tell(entity, new Note("kept")).ShouldBeTrue();
        }

        node.Host.Tell(entity, new Note("refused")).ShouldBeFalse();
        (await node.AskAndFailAsync(entity, new Echo("refused"))).ShouldBe(AskFailure.Overloaded);

        node.Host.ReadStatus().ShouldSatisfyAllConditions(
            status => status.DeepestMailbox.ShouldBe(3),
            status => status.Queued.ShouldBe(3),
            status => status.Dropped.ShouldBe(2));
        Journal.Open("gate");
        await Journal.WaitForAsync("r/7/1: kept", times: 3);
    }

    [Fact]
    public async Task Messages_that_wait_for_a_claim_are_bounded()
    {
        Options = Options with { ShardQueueCapacity = 2 };
        var node = await StartNodeAsync();
        node.Store.Close();

        node.Host.Tell(TestNode.Entity(1), new Note("1")).ShouldBeTrue();
        node.Host.Tell(TestNode.Entity(2), new Note("2")).ShouldBeTrue();
        node.Host.Tell(TestNode.Entity(3), new Note("3")).ShouldBeFalse();

        node.Store.Open();
        await Journal.WaitForAsync("r/7/2: 2");
        Journal.Count("r/7/3: started").ShouldBe(0);
    }

    [Fact]
    public async Task Too_many_requests_at_once_are_refused()
    {
        Options = Options with { MaxPendingAsks = 1 };
        var node = await StartNodeAsync();
        var asked = node.AskAsync(TestNode.Entity(1), new EchoLater("x"));
        await Journal.WaitForAsync("r/7/1: owes x");

        (await node.AskAndFailAsync(TestNode.Entity(2), new Echo("y"))).ShouldBe(AskFailure.Overloaded);

        node.Host.Tell(TestNode.Entity(1), new Release());
        await asked;
        (await node.AskAsync(TestNode.Entity(2), new Echo("y"))).Text.ShouldBe("y");
    }

    [Fact]
    public async Task A_failed_entity_restarts_from_its_stored_state_after_a_wait_and_keeps_its_mailbox()
    {
        var node = await StartNodeAsync();
        var entity = TestNode.Entity(1);
        var first = await node.AskAsync(entity, new Save("kept"));
        node.Host.Tell(entity, new Hold("gate"));
        await Journal.WaitForAsync("r/7/1: holding gate");
        var broken = node.AskAndFailAsync(entity, new Break("on purpose"));
        var waiting = node.AskAsync(entity, new Echo("after"));
        Journal.Open("gate");

        (await broken).ShouldBe(AskFailure.Faulted);
        Journal.Count("r/7/1: stopped").ShouldBe(1);
        Time.Advance(Options.RestartBackoffMin - TimeSpan.FromMilliseconds(1));
        Journal.Count("r/7/1: started").ShouldBe(1);
        Time.Advance(TimeSpan.FromMilliseconds(1));

        var second = await waiting;
        second.State.ShouldBe("kept");
        second.Instance.ShouldNotBe(first.Instance);
        node.Host.ReadStatus().Restarts.ShouldBe(1);
    }

    [Fact]
    public async Task Starts_that_fail_again_and_again_wait_twice_as_long_each_time_up_to_the_longest()
    {
        Options = Options with { RestartBackoffMin = TimeSpan.FromMilliseconds(100), RestartBackoffMax = TimeSpan.FromMilliseconds(300) };
        var node = await StartNodeAsync();
        var entity = TestNode.Entity(1);
        Journal.FailStarts("r/7/1", 4);
        var asked = node.AskAsync(entity, new Echo("at last"));

        foreach (var (failures, waitMs) in new[] { (1, 100), (2, 200), (3, 300), (4, 300) })
        {
            await Journal.WaitForAsync("r/7/1: failed start", failures);
            await Eventually.HoldsAsync(() => node.Host.ReadStatus().Restarts == failures);
            Time.Advance(TimeSpan.FromMilliseconds(waitMs - 1));
            Journal.Count("r/7/1: failed start").ShouldBe(failures);
            Time.Advance(TimeSpan.FromMilliseconds(1));
        }

        (await asked).Text.ShouldBe("at last");
    }

    [Fact]
    public async Task A_timer_fires_once_at_its_time()
    {
        var node = await StartNodeAsync();
        var entity = TestNode.Entity(1);
        await SetTimerAsync(node, entity, new Remind("t", 1000, "now"));

        Time.Advance(TimeSpan.FromMilliseconds(999));
        (await node.AskAsync(entity, new Echo("x"))).Text.ShouldBe("x");
        Journal.Count("r/7/1: now").ShouldBe(0);
        Time.Advance(TimeSpan.FromMilliseconds(1));
        await Journal.WaitForAsync("r/7/1: now");

        Time.Advance(TimeSpan.FromSeconds(10));
        await node.AskAsync(entity, new Echo("x"));
        Journal.Count("r/7/1: now").ShouldBe(1);
        node.Host.ReadStatus().Timers.ShouldBe(0);
    }

    [Fact]
    public async Task A_timer_that_is_set_again_moves()
    {
        var node = await StartNodeAsync();
        var entity = TestNode.Entity(1);
        await SetTimerAsync(node, entity, new Remind("t", 1000, "early"));
        await SetTimerAsync(node, entity, new Remind("t", 5000, "late"));

        Time.Advance(TimeSpan.FromSeconds(4));
        await node.AskAsync(entity, new Echo("x"));
        Journal.Lines.ShouldNotContain("r/7/1: early");
        Journal.Lines.ShouldNotContain("r/7/1: late");
        Time.Advance(TimeSpan.FromSeconds(1));
        await Journal.WaitForAsync("r/7/1: late");
    }

    [Fact]
    public async Task A_timer_without_delay_comes_with_the_next_message()
    {
        var node = await StartNodeAsync();
        node.Host.Tell(TestNode.Entity(1), new Remind("t", 0, "now"));
        await Journal.WaitForAsync("r/7/1: now");
    }

    [Fact]
    public async Task A_cancelled_timer_is_not_delivered_even_when_it_has_fired()
    {
        var node = await StartNodeAsync();
        var entity = TestNode.Entity(1);
        await SetTimerAsync(node, entity, new Remind("t", 1000, "stale"));
        node.Host.Tell(entity, new HoldThenCancel("gate", "t"));
        await Journal.WaitForAsync("r/7/1: holding gate");

        Time.Advance(TimeSpan.FromSeconds(2));
        Journal.Open("gate");
        await node.AskAsync(entity, new Echo("x"));

        Journal.Lines.ShouldNotContain("r/7/1: stale");
        node.Host.ReadStatus().Timers.ShouldBe(0);
    }

    [Fact]
    public async Task A_full_mailbox_still_takes_timers()
    {
        Options = Options with { MailboxCapacity = 1 };
        var node = await StartNodeAsync();
        var entity = TestNode.Entity(1);
        node.Host.Tell(entity, new Remind("t", 1000, "now"));
        await Eventually.HoldsAsync(() => node.Host.ReadStatus().Timers == 1);
        await Eventually.HoldsAsync(() => node.Host.Tell(entity, new Hold("gate")));
        await Journal.WaitForAsync("r/7/1: holding gate");
        node.Host.Tell(entity, new Note("fills it")).ShouldBeTrue();

        Time.Advance(TimeSpan.FromSeconds(1));
        Journal.Open("gate");

        await Journal.WaitForAsync("r/7/1: now");
    }

    [Fact]
    public async Task A_restart_cancels_timers()
    {
        var node = await StartNodeAsync();
        var entity = TestNode.Entity(1);
        await SetTimerAsync(node, entity, new Remind("t", 1000, "stale"));
        (await node.AskAndFailAsync(entity, new Break("on purpose"))).ShouldBe(AskFailure.Faulted);

        Time.Advance(TimeSpan.FromSeconds(2));
        await node.AskAsync(entity, new Echo("x"));

        Journal.Lines.ShouldNotContain("r/7/1: stale");
        node.Host.ReadStatus().Timers.ShouldBe(0);
    }

    [Fact]
    public async Task An_idle_entity_is_put_away_and_comes_back_with_its_stored_state()
    {
        var node = await StartNodeAsync();
        var entity = TestNode.Entity(1);
        await node.AskAsync(entity, new Save("kept"));

        await Time.AdvanceUntilAsync(Journal.WaitForAsync("r/7/1: stopped"), Options.PassivationIdleTime / 2);
        await Eventually.HoldsAsync(() => node.Host.ReadStatus() is { Entities: 0, Passivations: 1 });

        (await node.AskAsync(entity, new Echo("x"))).State.ShouldBe("kept");
        Journal.Count("r/7/1: started").ShouldBe(2);
    }

    [Fact]
    public async Task A_set_timer_keeps_an_idle_entity_awake()
    {
        var node = await StartNodeAsync();
        await SetTimerAsync(node, TestNode.Entity(1), new Remind("t", 3_600_000, "later"));

        Time.Advance(Options.PassivationIdleTime * 4);
        await node.AskAsync(TestNode.Entity(1), new Echo("x"));

        Journal.Lines.ShouldNotContain("r/7/1: stopped");
    }

    [Fact]
    public async Task An_entity_that_ends_itself_starts_again_with_its_next_message()
    {
        var node = await StartNodeAsync();
        var entity = TestNode.Entity(1);
        node.Host.Tell(entity, new End());
        await Journal.WaitForAsync("r/7/1: stopped");

        (await node.AskAsync(entity, new Echo("x"))).Text.ShouldBe("x");
        Journal.Count("r/7/1: started").ShouldBe(2);
    }

    [Fact]
    public async Task A_local_actor_starts_at_once_and_takes_its_name_until_it_ends()
    {
        var node = await StartNodeAsync();
        var address = node.Spawn("gateway-1");
        await Journal.WaitForAsync("gateway-1: started");
        Should.Throw<InvalidOperationException>(() => node.Spawn("gateway-1"));

        node.Host.Tell(address, new End()).ShouldBeTrue();
        await Journal.WaitForAsync("gateway-1: stopped");
        await Eventually.HoldsAsync(() => node.Host.ReadStatus().LocalActors == 0);

        node.Host.Tell(address, new Note("nobody")).ShouldBeFalse();
        (await node.AskAndFailAsync(address, new Echo("nobody"))).ShouldBe(AskFailure.Gone);
        node.Spawn("gateway-1");
        await Journal.WaitForAsync("gateway-1: started", times: 2);
    }

    [Fact]
    public async Task A_failed_local_actor_is_replaced_by_its_factory()
    {
        var node = await StartNodeAsync();
        var address = node.Spawn("udp-ingress-0");
        var first = await node.AskAsync(address, new Echo("x"));

        (await node.AskAndFailAsync(address, new Break("on purpose"))).ShouldBe(AskFailure.Faulted);
        Time.Advance(Options.RestartBackoffMin);

        (await node.AskAsync(address, new Echo("x"))).Instance.ShouldNotBe(first.Instance);
    }

    [Fact]
    public async Task A_local_actor_that_gives_up_while_it_restarts_is_gone()
    {
        var node = await StartNodeAsync();
        var made = 0;
        var address = node.Host.Spawn("gateway-1", () => new OnceActor(Interlocked.Increment(ref made) == 1));

        (await node.AskAndFailAsync(address, new Break("on purpose"))).ShouldBe(AskFailure.Faulted);
        Time.Advance(Options.RestartBackoffMin);

        await Eventually.HoldsAsync(() => node.Host.ReadStatus().LocalActors == 0);
        made.ShouldBe(2);
    }

    [Fact]
    public async Task Those_who_wait_when_a_local_actor_ends_are_told()
    {
        var node = await StartNodeAsync();
        var address = node.Spawn("gateway-1");
        node.Host.Tell(address, new Hold("gate"));
        await Journal.WaitForAsync("gateway-1: holding gate");
        node.Host.Tell(address, new End());
        var asked = node.AskAndFailAsync(address, new Echo("x"));

        Journal.Open("gate");

        (await asked).ShouldBe(AskFailure.Gone);
    }

    [Fact]
    public async Task A_stopping_host_lets_actors_finish_and_gives_its_shards_back()
    {
        var node = await StartNodeAsync();
        var entity = TestNode.Entity(1);
        var epoch = (await node.AskAsync(entity, new Save("kept"))).Epoch;
        node.Spawn("gateway-1");
        node.Host.Tell(entity, new Hold("gate"));
        node.Host.Tell(entity, new Note("finished"));
        await Journal.WaitForAsync("r/7/1: holding gate");

        var stopped = node.Host.StopAsync(TimeSpan.FromHours(1));
        await Journal.WaitForAsync("gateway-1: stopped");
        Journal.Open("gate");
        await stopped.WaitAsync(Journal.Deadline);

        Journal.Lines.TakeLast(2).ShouldBe(["r/7/1: finished", "r/7/1: stopped"]);
        node.Host.Tell(entity, new Note("too late")).ShouldBeFalse();
        var other = await StartNodeAsync("b");
        var answer = await other.AskAsync(entity, new Echo("x"));
        answer.State.ShouldBe("kept");
        answer.Epoch.ShouldBeGreaterThan(epoch);
    }

    [Fact]
    public async Task A_local_actor_that_a_stopping_host_was_just_given_starts_and_stops()
    {
        var node = await StartNodeAsync();
        for (var i = 0; i < 50; i++)
        {
            node.Spawn($"gateway-{i}");
        }

        await node.Host.StopAsync(TimeSpan.FromHours(1)).WaitAsync(Journal.Deadline);

        Journal.Lines.Count(line => line.EndsWith(": started", StringComparison.Ordinal)).ShouldBe(50);
        Journal.Lines.Count(line => line.EndsWith(": stopped", StringComparison.Ordinal)).ShouldBe(50);
    }

    [Fact]
    public async Task A_stopping_host_leaves_behind_what_does_not_end_by_the_deadline()
    {
        var node = await StartNodeAsync();
        node.Host.Tell(TestNode.Entity(1), new Hold("never"));
        await Journal.WaitForAsync("r/7/1: holding never");

        var stopped = node.Host.StopAsync(TimeSpan.FromSeconds(5));

        await Time.AdvanceUntilAsync(stopped, TimeSpan.FromSeconds(1));
    }

    private async Task SetTimerAsync(TestNode node, EntityAddress entity, Remind timer)
    {
        node.Host.Tell(entity, timer).ShouldBeTrue();
        await node.AskAsync(entity, new Echo("set"));
    }

    /// <summary>As a gateway: its second instance finds its socket gone.</summary>
    private sealed class OnceActor(bool hasSocket) : Actor
    {
        protected internal override ValueTask StartAsync(CancellationToken cancellation)
        {
            if (!hasSocket)
            {
                Context.Stop();
            }

            return ValueTask.CompletedTask;
        }

        protected internal override ValueTask ReceiveAsync(IActorMessage message, CancellationToken cancellation) =>
            throw new InvalidOperationException("On purpose.");
    }
}
