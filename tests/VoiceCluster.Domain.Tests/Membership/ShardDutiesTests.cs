using VoiceCluster.Domain.Identities;
using VoiceCluster.Domain.Membership;
using VoiceCluster.Domain.Placement;

namespace VoiceCluster.Domain.Tests.Membership;

public sealed class ShardDutiesTests
{
    private const int Shards = 64;

    private static readonly NodeIncarnation A = new(new NodeId("a"), 1);
    private static readonly NodeIncarnation B = new(new NodeId("b"), 1);

    [Fact]
    public void A_node_alone_claims_all()
    {
        Duties(A, [Row(A)], []).Claim.Length.ShouldBe(Shards);
    }

    [Fact]
    public void Shards_of_a_living_owner_are_left_to_it_and_it_hands_over_what_another_should_have()
    {
        var owned = Enumerable.Range(0, Shards).Select(shard => new ShardRow(shard, A, 1, InForce: true)).ToArray();

        var ofB = Duties(B, [Row(A), Row(B)], owned);
        var ofA = Duties(A, [Row(A), Row(B)], owned);

        ofB.Claim.ShouldBeEmpty();
        ofB.HandOver.ShouldBeEmpty();
        ofA.Claim.ShouldBeEmpty();
        ofA.HandOver.Length.ShouldBeInRange(1, Shards - 1);
    }

    [Fact]
    public void Shards_of_a_dead_owner_are_shared_out_without_a_rest()
    {
        var dead = new NodeIncarnation(new NodeId("c"), 1);
        var owned = Enumerable.Range(0, Shards).Select(shard => new ShardRow(shard, dead, 1, InForce: true)).ToArray();
        MemberRow[] rows = [Row(A), Row(B), Row(dead) with { Standing = MemberStanding.Dead }];

        Duties(A, rows, owned).Claim.Concat(Duties(B, rows, owned).Claim).Order().ShouldBe(Enumerable.Range(0, Shards));
    }

    [Fact]
    public void An_earlier_life_is_dead_too_and_a_released_shard_is_free()
    {
        ShardRow[] rows = [new(0, A, 3, InForce: true), new(1, A with { Incarnation = 2 }, 3, InForce: false)];
        var again = A with { Incarnation = 2 };

        Duties(again, [Row(again)], rows).Claim.Length.ShouldBe(Shards);
    }

    [Fact]
    public void A_draining_node_hands_all_over_unless_all_drain()
    {
        var owned = Enumerable.Range(0, Shards).Select(shard => new ShardRow(shard, A, 1, InForce: true)).ToArray();

        Duties(A, [Row(A) with { Draining = true }, Row(B)], owned).HandOver.Length.ShouldBe(Shards);
        Duties(A, [Row(A) with { Draining = true }], owned).HandOver.ShouldBeEmpty();
    }

    [Fact]
    public void A_node_that_no_link_leads_to_owns_nothing_unless_that_holds_for_all()
    {
        var cutOff = Row(A) with { Reached = false };

        Candidates(cutOff, Row(B)).ShouldBe([B.Node]);
        Candidates(cutOff, Row(B) with { Draining = true }).ShouldBe([B.Node]);
        Candidates(cutOff, Row(B) with { Reached = false }).ShouldBe([A.Node, B.Node]);
        Candidates(cutOff, Row(B) with { Reached = false, Draining = true }).ShouldBe([A.Node]);
    }

    private static NodeId[] Candidates(params MemberRow[] rows) => [.. ShardDuties.Candidates(new MembershipTable([.. rows]))];

    private static MemberRow Row(NodeIncarnation node) => new(node, MemberStanding.Live, Draining: false, TimeSpan.Zero, "");

    private static ShardDuties Duties(NodeIncarnation self, MemberRow[] rows, ShardRow[] owned)
    {
        var table = new MembershipTable([.. rows]);
        return ShardDuties.Of(self, table, new ShardOwners(ShardDuties.Candidates(table), Shards), owned);
    }
}
