using VoiceCluster.Domain.Identities;
using VoiceCluster.Domain.Membership;

namespace VoiceCluster.Domain.Tests.Membership;

public sealed class NodeMembershipTests
{
    private static readonly NodeIncarnation Self = new(new NodeId("a"), 1);
    private static readonly NodeIncarnation Other = new(new NodeId("b"), 7);
    private static readonly NodeIncarnation Third = new(new NodeId("c"), 9);

    private readonly NodeMembership _membership = new(new MembershipTimes());
    private TimeSpan _now = TimeSpan.FromSeconds(100);

    [Fact]
    public void A_row_is_renewed_every_second_and_one_renewal_at_a_time()
    {
        Join();
        Drain().ShouldBe([new MembershipOutput.Renew()]);
        Pass(3);
        Drain().ShouldBeEmpty();

        _membership.HandleRenewed(Table(Row(Other)), _now, _now);
        Drain().OfType<MembershipOutput.Renew>().ShouldBeEmpty();
        _membership.NextTimeout.ShouldBe(_now + TimeSpan.FromSeconds(1));
        Pass(1);
        Drain().ShouldContain(new MembershipOutput.Renew());
    }

    [Fact]
    public void An_expired_row_is_buried_once_the_own_one_has_been_fresh_for_an_expiry_time()
    {
        Join();
        RunFresh(4.9, Row(Other, ageSeconds: 60)).OfType<MembershipOutput.Bury>().ShouldBeEmpty();
        RunFresh(1.1, Row(Other, ageSeconds: 60)).ShouldContain(new MembershipOutput.Bury(Other));
    }

    [Fact]
    public void After_an_outage_of_the_store_the_others_get_an_expiry_time_to_come_back()
    {
        Join();
        RunFresh(20, Row(Other));
        for (var second = 0; second < 60; second++)
        {
            Pass(1);
            _membership.HandleRenewalFailed(_now, _now);
        }

        Drain();
        RunFresh(4.9, Row(Other, ageSeconds: 60)).OfType<MembershipOutput.Bury>().ShouldBeEmpty();
        RunFresh(10, Row(Other)).OfType<MembershipOutput.Bury>().ShouldBeEmpty();
    }

    [Fact]
    public void An_outage_shorter_than_the_expiry_kills_nobody_either()
    {
        Join();
        RunFresh(20, Row(Other));
        Pass(4.8);
        _membership.HandleRenewed(Table(Row(Other, ageSeconds: 5.3)), _now, _now);

        Drain().OfType<MembershipOutput.Bury>().ShouldBeEmpty();
    }

    [Fact]
    public void A_node_that_no_link_reaches_is_voted_against_with_each_renewal_and_the_vote_is_taken_back()
    {
        JoinLinked();
        RunFresh(10, Row(Other));

        _membership.HandleReachability(Other.Node, isReachable: false, _now);
        Drain().ShouldBe([new MembershipOutput.Vote(Other)]);
        RunFresh(1.5, Row(Other)).OfType<MembershipOutput.Vote>().ShouldBe(Enumerable.Repeat(new MembershipOutput.Vote(Other, IsRepeated: true), 3));

        _membership.HandleReachability(Other.Node, isReachable: true, _now);
        Drain().ShouldBe([new MembershipOutput.WithdrawVote(Other)]);
        RunFresh(3, Row(Other)).OfType<MembershipOutput.Vote>().ShouldBeEmpty();
    }

    [Fact]
    public void A_node_that_is_not_fresh_itself_does_not_vote_until_it_is()
    {
        JoinLinked();
        RunFresh(2, Row(Other));
        _membership.HandleReachability(Other.Node, isReachable: false, _now);
        Drain().ShouldBeEmpty();

        RunFresh(6, Row(Other)).ShouldContain(new MembershipOutput.Vote(Other));
    }

    [Fact]
    public void Another_life_of_an_unreachable_node_has_an_expiry_time_to_be_linked_before_it_is_voted_against()
    {
        var next = Other with { Incarnation = 8 };
        JoinLinked();
        RunFresh(10, Row(Other));
        _membership.HandleReachability(Other.Node, isReachable: false, _now);
        Drain();

        RunFresh(5, Row(next)).OfType<MembershipOutput.Vote>().ShouldBeEmpty();
        RunFresh(1, Row(next)).ShouldContain(new MembershipOutput.Vote(next));
    }

    [Fact]
    public void A_restarted_node_that_was_linked_again_is_voted_against_as_soon_as_it_is_lost()
    {
        var next = Other with { Incarnation = 8 };
        JoinLinked();
        RunFresh(10, Row(Other));
        _membership.HandleReachability(Other.Node, isReachable: false, _now);
        RunFresh(1, Row(next));
        _membership.HandleReachability(Other.Node, isReachable: true, _now);
        RunFresh(1, Row(next)).OfType<MembershipOutput.Vote>().ShouldBeEmpty();

        _membership.HandleReachability(Other.Node, isReachable: false, _now);
        Drain().ShouldContain(new MembershipOutput.Vote(next));
    }

    [Fact]
    public void A_life_that_links_never_led_to_owns_nothing_and_is_left_alone()
    {
        JoinLinked();
        RunFresh(10, Row(Other));
        _membership.HandleReachability(Other.Node, isReachable: false, _now);
        Drain();

        RunFresh(60, Row(Other with { Incarnation = 8 }) with { Reached = false }).OfType<MembershipOutput.Vote>().ShouldBeEmpty();
    }

    [Fact]
    public void A_node_without_others_that_live_is_reached()
    {
        Join();
        _membership.IsReached.ShouldBeFalse();

        RunFresh(0.5, Row(Other, ageSeconds: 60), Row(Third) with { Standing = MemberStanding.Dead });

        _membership.IsReached.ShouldBeTrue();
    }

    [Fact]
    public void A_node_is_reached_when_links_to_all_stand_and_says_so_at_once()
    {
        Join();
        RunFresh(1, Row(Other), Row(Third));
        _membership.HandleReachability(Other.Node, isReachable: true, _now);
        RunFresh(1, Row(Other), Row(Third));
        _membership.IsReached.ShouldBeFalse();

        _membership.HandleReachability(Third.Node, isReachable: true, _now);

        _membership.IsReached.ShouldBeTrue();
        Drain().ShouldBe([new MembershipOutput.Renew()]);
    }

    [Fact]
    public void One_link_that_has_stood_for_an_expiry_time_is_enough_and_none_never_is()
    {
        Join();
        RunFresh(30, Row(Other), Row(Third));
        _membership.HandleReachability(Other.Node, isReachable: true, _now);
        RunFresh(4, Row(Other), Row(Third));
        _membership.HandleReachability(Other.Node, isReachable: false, _now);
        RunFresh(1, Row(Other), Row(Third));
        _membership.HandleReachability(Other.Node, isReachable: true, _now);
        RunFresh(4.5, Row(Other), Row(Third));
        _membership.IsReached.ShouldBeFalse();

        RunFresh(1, Row(Other), Row(Third));
        _membership.IsReached.ShouldBeTrue();
    }

    [Fact]
    public void The_time_that_another_life_has_to_be_linked_begins_when_others_reach_it()
    {
        var next = Other with { Incarnation = 8 };
        JoinLinked();
        RunFresh(10, Row(Other));
        _membership.HandleReachability(Other.Node, isReachable: false, _now);
        RunFresh(10, Row(next) with { Reached = false });

        RunFresh(5, Row(next)).OfType<MembershipOutput.Vote>().ShouldBeEmpty();
        RunFresh(1, Row(next)).ShouldContain(new MembershipOutput.Vote(next));
    }

    [Fact]
    public void Two_nodes_that_only_reach_each_other_are_cut_off_together()
    {
        Join();
        _membership.HandleReachability(Other.Node, isReachable: true, _now);

        RunFresh(30, Row(Other) with { Reached = false }, Row(Third));
        _membership.IsReached.ShouldBeFalse();

        RunFresh(6, Row(Other) with { Reached = false }, Row(Third) with { Reached = false });
        _membership.IsReached.ShouldBeTrue();
    }

    [Fact]
    public void A_node_that_is_cut_off_votes_against_nobody()
    {
        JoinLinked();
        RunFresh(10, Row(Other), Row(Third));
        _membership.HandleDeclaredDead();
        _membership.HandleReachability(Other.Node, isReachable: false, _now);
        _membership.HandleReachability(Third.Node, isReachable: false, _now);
        Join();

        RunFresh(30, Row(Other), Row(Third)).OfType<MembershipOutput.Vote>().ShouldBeEmpty();
    }

    [Fact]
    public void Dead_and_left_nodes_are_not_judged()
    {
        JoinLinked();
        _membership.HandleReachability(Other.Node, isReachable: false, _now);

        RunFresh(10, Row(Other, ageSeconds: 60) with { Standing = MemberStanding.Dead })
            .Where(output => output is MembershipOutput.Bury or MembershipOutput.Vote)
            .ShouldBeEmpty();
    }

    [Fact]
    public void Changes_of_members_are_told_once()
    {
        Join();
        RunFresh(3, Row(Other)).OfType<MembershipOutput.Changed>().Count().ShouldBe(1);
        RunFresh(3, Row(Other) with { Draining = true }).OfType<MembershipOutput.Changed>().Count().ShouldBe(1);
        RunFresh(3, Row(Other) with { Standing = MemberStanding.Dead }).OfType<MembershipOutput.Changed>().Count().ShouldBe(1);
    }

    [Fact]
    public void A_lease_that_runs_out_makes_provisional_and_a_renewal_ends_that()
    {
        Join();
        Drain();
        Pass(4.9);
        Drain().ShouldBeEmpty();
        Pass(0.1);
        Drain().ShouldBe([new MembershipOutput.Provisional(true)]);

        _membership.HandleRenewed(Table(), _now, _now);
        Drain().ShouldContain(new MembershipOutput.Provisional(false));
    }

    [Fact]
    public void A_renewal_counts_from_when_it_was_sent()
    {
        Join();
        Drain();
        var sentAt = _now;
        Pass(5.5);

        _membership.HandleRenewed(Table(), sentAt, _now);

        Drain().OfType<MembershipOutput.Provisional>().ShouldBe([new MembershipOutput.Provisional(true)]);
    }

    [Fact]
    public void A_node_that_was_declared_dead_joins_again_and_then_goes_on()
    {
        Join();
        RunFresh(10, Row(Other));

        _membership.HandleDeclaredDead();
        Drain().ShouldBe([new MembershipOutput.Provisional(true), new MembershipOutput.Rejoin()]);
        _membership.NextTimeout.ShouldBeNull();

        _membership.HandleJoined(Self with { Incarnation = 2 }, _now, _now);
        Drain().ShouldBe([new MembershipOutput.Provisional(false), new MembershipOutput.Renew()]);
        _membership.CanJudge(_now).ShouldBeFalse();
    }

    [Fact]
    public void A_node_that_is_declared_dead_again_and_again_owns_nothing_for_longer_each_time_until_it_has_lived_for_a_while()
    {
        var waits = new List<double>();
        JoinLinked();
        for (var life = 0; life < 8; life++)
        {
            RunFresh(3, Row(Other));
            waits.Add(DieAndReturn());
        }

        RunFresh(120, Row(Other));
        waits.Add(DieAndReturn());

        waits.ShouldBe([0.5, 2, 4, 8, 16, 30, 30, 30, 0.5]);
    }

    [Fact]
    public void The_table_is_read_again_when_it_is_known_whether_an_ended_life_comes_back()
    {
        Join();
        Drain();

        _membership.HandleRenewed(Table(Row(Other, ageSeconds: 1.1) with { Standing = MemberStanding.Dead }), _now, _now);

        Drain();
        _membership.HandleRenewed(Table(Row(Other, ageSeconds: 1.1) with { Standing = MemberStanding.Dead }), _now, _now);
        _membership.NextTimeout.ShouldBe(_now + TimeSpan.FromSeconds(0.4));
        _membership.HandleRenewed(Table(Row(Other, ageSeconds: 1.5) with { Standing = MemberStanding.Dead }), _now, _now);
        _membership.NextTimeout.ShouldBe(_now + TimeSpan.FromSeconds(1));
    }

    [Fact]
    public void What_comes_while_a_renewal_is_under_way_is_told_with_another_one()
    {
        Join();
        Drain();

        _membership.HandleNotice(_now);
        Drain().ShouldBeEmpty();
        _membership.HandleRenewed(Table(Row(Other)), _now, _now);
        _membership.HandleTimeout(_now);

        Drain().ShouldContain(new MembershipOutput.Renew());
    }

    [Fact]
    public void A_notice_reads_the_table_at_once()
    {
        Join();
        Drain();
        _membership.HandleRenewed(Table(Row(Other)), _now, _now);
        Drain();

        _membership.HandleNotice(_now);

        Drain().ShouldBe([new MembershipOutput.Renew()]);
    }

    private static MemberRow Row(NodeIncarnation node, double ageSeconds = 0.5) =>
        new(node, MemberStanding.Live, Draining: false, TimeSpan.FromSeconds(ageSeconds), "");

    private static MembershipTable Table(params MemberRow[] others) => new([Row(Self, 0), .. others]);

    /// <summary>Dies, joins again at once and says after how long, in steps of half a second, it may own something.</summary>
    private double DieAndReturn()
    {
        _membership.HandleDeclaredDead();
        var died = _now;
        Join();
        while (!_membership.IsReached)
        {
            RunFresh(0.5, Row(Other));
        }

        return (_now - died).TotalSeconds;
    }

    private void Join() => _membership.HandleJoined(Self, _now, _now);

    private void JoinLinked()
    {
        Join();
        _membership.HandleReachability(Other.Node, isReachable: true, _now);
        _membership.HandleReachability(Third.Node, isReachable: true, _now);
    }

    private void Pass(double seconds)
    {
        _now += TimeSpan.FromSeconds(seconds);
        _membership.HandleTimeout(_now);
    }

    /// <summary>Renews every half second and reports what was wanted besides.</summary>
    private List<MembershipOutput> RunFresh(double seconds, params MemberRow[] others)
    {
        var wanted = new List<MembershipOutput>();
        for (var end = _now + TimeSpan.FromSeconds(seconds); _now < end;)
        {
            var step = TimeSpan.FromSeconds(Math.Min(0.5, (end - _now).TotalSeconds));
            _now += step;
            _membership.HandleTimeout(_now);
            _membership.HandleRenewed(Table(others), _now, _now);
            wanted.AddRange(Drain());
        }

        return wanted;
    }

    private List<MembershipOutput> Drain()
    {
        var outputs = new List<MembershipOutput>();
        while (_membership.TryPoll(out var output))
        {
            outputs.Add(output!);
        }

        return outputs;
    }
}
