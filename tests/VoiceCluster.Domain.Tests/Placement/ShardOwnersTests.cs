using FsCheck;
using FsCheck.Fluent;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Domain.Placement;

namespace VoiceCluster.Domain.Tests.Placement;

public sealed class ShardOwnersTests
{
    private const int Shards = 256;

    private static readonly Arbitrary<int[]> NodeSets = Gen.Choose(0, 5_000).ListOf()
        .Where(nodes => nodes.Count > 0)
        .Select(nodes => nodes.Distinct().ToArray())
        .ToArbitrary();

    [Fact]
    public void Shards_need_a_node() => Should.Throw<ArgumentException>(() => new ShardOwners([], Shards));

    /// <summary>Worked out from the definition by other means.</summary>
    [Fact]
    public void Scores_are_the_same_in_every_release() =>
        Owners([1, 2, 3]).Take(12).Select(node => node.Value[^1]).ShouldBe("211123323112");

    [Fact]
    public void The_order_in_which_nodes_are_known_does_not_matter() =>
        Prop.ForAll(NodeSets, nodes => Owners(nodes).SequenceEqual(Owners([.. nodes.Reverse(), nodes[0]]))).QuickCheckThrowOnFailure();

    [Fact]
    public void A_node_that_joins_only_takes_shards() => Prop.ForAll(NodeSets, nodes =>
    {
        var joined = new NodeId("node-joined");
        var before = Owners(nodes);
        var after = Owners(nodes, joined);
        return before.Zip(after).All(owners => owners.First == owners.Second || owners.Second == joined);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Of_a_node_that_leaves_only_its_own_shards_move() => Prop.ForAll(NodeSets, nodes =>
    {
        var left = new NodeId("node-left");
        var before = Owners(nodes, left);
        var after = Owners(nodes);
        return before.Zip(after).All(owners => owners.First == owners.Second || owners.First == left);
    }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(3, 60, 112)]
    [InlineData(16, 6, 30)]
    [InlineData(100, 0, 10)]
    public void Shards_are_spread(int nodes, int least, int most)
    {
        var owned = Owners([.. Enumerable.Range(0, nodes)]).CountBy(owner => owner).ToDictionary();
        for (var index = 0; index < nodes; index++)
        {
            owned.GetValueOrDefault(new NodeId($"node-{index}")).ShouldBeInRange(least, most);
        }
    }

    private static NodeId[] Owners(int[] nodes, params NodeId[] others)
    {
        var owners = new ShardOwners([.. nodes.Select(index => new NodeId($"node-{index}")), .. others], Shards);
        return [.. Enumerable.Range(0, owners.Count).Select(shard => owners[shard])];
    }
}
