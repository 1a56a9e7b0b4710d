using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Cluster.Store;
using VoiceCluster.Domain.Identities;

namespace VoiceCluster.Cluster.Tests.Hosting;

public sealed class RendezvousPlacementTests
{
    private static readonly NodeId[] Nodes = [new("a"), new("b"), new("c")];
    private static readonly ShardId[] Shards = [.. Enumerable.Range(0, ShardId.Count).Select(value => new ShardId(value))];

    [Fact]
    public void A_node_alone_owns_everything_and_nobody_is_dead()
    {
        var placement = new RendezvousPlacement(Nodes[0]);
        Shards.ShouldAllBe(shard => placement.PreferredOwner(shard) == Nodes[0]);
        placement.IsDead(new NodeIncarnation(Nodes[1], 1)).ShouldBeFalse();
    }

    [Fact]
    public void Nodes_that_know_the_same_members_agree()
    {
        var placements = Nodes.Select(node => new RendezvousPlacement(node)).ToArray();
        placements[0].Update(Nodes, []);
        placements[1].Update(Nodes.Reverse(), []);
        placements[2].Update([Nodes[1], Nodes[2], Nodes[0]], []);

        Shards.Select(placements[0].PreferredOwner).Distinct().Count().ShouldBe(Nodes.Length);
        Shards.ShouldAllBe(shard => placements.All(placement => placement.PreferredOwner(shard) == placements[0].PreferredOwner(shard)));
    }

    [Fact]
    public void One_life_of_a_node_is_dead_and_the_next_is_not()
    {
        var placement = new RendezvousPlacement(Nodes[0]);
        placement.Update(Nodes, [new NodeIncarnation(Nodes[1], 1)]);
        placement.IsDead(new NodeIncarnation(Nodes[1], 1)).ShouldBeTrue();
        placement.IsDead(new NodeIncarnation(Nodes[1], 2)).ShouldBeFalse();
    }

    [Fact]
    public async Task Claims_are_announced()
    {
        var announced = new List<ShardClaim>();
        var placement = new RendezvousPlacement(Nodes[0], (claim, _) =>
        {
            announced.Add(claim);
            return ValueTask.CompletedTask;
        });
        var claim = new ShardClaim(Shards[3], new NodeIncarnation(Nodes[0], 1), 7);
        await placement.AnnounceAsync(claim, CancellationToken.None);
        announced.ShouldBe([claim]);
    }
}
