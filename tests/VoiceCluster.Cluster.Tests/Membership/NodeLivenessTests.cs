using VoiceCluster.Cluster.Membership;
using VoiceCluster.Domain.Identities;

namespace VoiceCluster.Cluster.Tests.Membership;

public sealed class NodeLivenessTests
{
    private static readonly NodeIncarnation One = new(new NodeId("node-1"), 11);
    private static readonly NodeIncarnation Two = new(new NodeId("node-2"), 22);

    private readonly NodeLiveness _liveness = new();
    private readonly List<NodeIncarnation> _lost = [];

    public NodeLivenessTests() => _liveness.Lost += _lost.Add;

    [Fact]
    public void Nobody_is_lost_while_no_member_is_known()
    {
        _liveness.IsLost(Two).ShouldBeFalse();
        _liveness.SetLinked(Two, isReachable: true);
        _liveness.SetLinked(Two, isReachable: false);
        _lost.ShouldBeEmpty();
    }

    [Fact]
    public void A_process_is_lost_when_it_is_no_member_and_no_link_reaches_it_whichever_comes_first()
    {
        _liveness.SetMembers([One, Two]);
        _liveness.SetLinked(Two, isReachable: true);
        _liveness.SetMembers([One]);
        _liveness.IsLost(Two).ShouldBeFalse();
        _lost.ShouldBeEmpty();

        _liveness.SetLinked(Two, isReachable: false);
        _liveness.IsLost(Two).ShouldBeTrue();
        _lost.ShouldBe([Two]);

        _liveness.SetMembers([One, Two]);
        _liveness.SetMembers([One]);
        _lost.ShouldBe([Two, Two]);
    }

    [Fact]
    public void A_link_that_is_cut_costs_a_member_nothing()
    {
        _liveness.SetMembers([One, Two]);
        _liveness.SetLinked(Two, isReachable: true);
        _liveness.SetLinked(Two, isReachable: false);
        _liveness.IsLost(Two).ShouldBeFalse();
        _lost.ShouldBeEmpty();
    }

    [Fact]
    public void A_process_that_came_back_under_the_same_name_is_another_one()
    {
        var again = Two with { Incarnation = 23 };
        _liveness.SetMembers([One, Two]);
        _liveness.SetMembers([One, again]);
        _lost.ShouldBe([Two]);
        _liveness.IsLost(Two).ShouldBeTrue();
        _liveness.IsLost(again).ShouldBeFalse();
        _liveness.IsLost(Two with { Incarnation = 0 }).ShouldBeFalse();
    }
}
