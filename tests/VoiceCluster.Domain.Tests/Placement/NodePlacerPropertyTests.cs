using FsCheck;
using FsCheck.Fluent;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Domain.Placement;

namespace VoiceCluster.Domain.Tests.Placement;

/// <summary>What holds whatever nodes report.</summary>
public sealed class NodePlacerPropertyTests
{
    private static readonly PlacementOptions Options = new();

    /// <summary>Load in percent, age in seconds, flags: draining, ready, with room for sessions, serving, in the region.</summary>
    private static readonly Gen<NodeCase> NodeCases =
        from percent in Gen.Choose(0, 130)
        from age in Gen.Choose(0, 8)
        from draining in Gen.Frequency((3, Gen.Constant(false)), (1, Gen.Constant(true)))
        from ready in Gen.Frequency((7, Gen.Constant(true)), (1, Gen.Constant(false)))
        from room in Gen.Frequency((5, Gen.Constant(true)), (1, Gen.Constant(false)))
        from serves in Gen.Frequency((3, Gen.Constant(false)), (1, Gen.Constant(true)))
        from near in Gen.Elements(true, false)
        from reconnects in Gen.Elements(0, 0, 0, 500)
        select new NodeCase(percent / 100.0, age, draining, ready, room, serves, near, reconnects);

    private static readonly Arbitrary<(List<NodeCase> Nodes, int Seed)> Clusters =
        (from nodes in NodeCases.ListOf().Resize(30)
         from seed in Gen.Choose(0, int.MaxValue - 1)
         select (nodes.ToList(), seed)).ToArbitrary();

    [Fact]
    public void A_draining_node_is_never_chosen_when_another_can_take_the_user() => Check(
        (nodes, chosen) => !nodes[chosen].Draining || !nodes.Any(node => node.CanTake && !node.Draining));

    [Fact]
    public void A_node_that_would_refuse_is_never_chosen() => Check((nodes, chosen) => nodes[chosen].CanTake);

    [Fact]
    public void A_node_that_is_full_or_not_ready_is_only_chosen_when_every_other_is_too() => Check(
        (nodes, chosen) => !nodes[chosen].IsLastResort || !nodes.Any(node => node.CanTake && !node.Draining && !node.IsLastResort));

    [Fact]
    public void A_user_is_placed_whenever_any_node_can_take_him() =>
        Prop.ForAll(Clusters, cluster => Choose(cluster) is not null == cluster.Nodes.Any(node => node.CanTake)).QuickCheckThrowOnFailure();

    [Fact]
    public void A_channel_stays_on_its_nodes_while_one_of_them_has_room() => Check(
        (nodes, chosen) => nodes[chosen].Serves || !nodes.Any(node => node.Serves && node.HasRoom(Options.Overloaded)));

    [Fact]
    public void An_overloaded_node_is_only_chosen_when_none_has_room() => Check(
        (nodes, chosen) => nodes[chosen].HasRoom(Options.Overloaded) || !nodes.Any(node => node.HasRoom(Options.Overloaded)));

    [Fact]
    public void A_new_channel_leaves_its_region_only_when_no_node_there_has_room() => Check(
        (nodes, chosen) => nodes[chosen].Near
            || nodes[chosen].Serves
            || !nodes.Any(node => node.Near && node.HasRoom(Options.NewChannelLimit)));

    [Fact]
    public void Nodes_of_equal_size_get_equally_many_users_while_reports_are_fresh() =>
        Prop.ForAll(Gen.Choose(2, 12).Zip(Gen.Choose(0, 10_000)).ToArbitrary(), pair =>
        {
            var (count, seed) = pair;
            var bed = new PlacementBed(seed: seed);
            var load = bed.Load([.. Enumerable.Range(0, count).Select(index => PlacementBed.Node($"n{index}", 0.1))]);
            var users = Enumerable.Range(0, 20 * count).CountBy(channel => bed.ChooseName(load, (ulong)channel)!).ToDictionary();
            return users.Count == count && users.Values.All(joins => joins == 20);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Many_placers_that_do_not_know_of_one_another_spread_their_users_too() =>
        Prop.ForAll(Gen.Choose(0, 10_000).ToArbitrary(), seed =>
        {
            const int nodes = 50;
            const int placers = 1_000;
            const double joinsPerSecond = (double)placers / nodes;
            var reports = Enumerable.Range(0, nodes)
                .Select(index => PlacementBed.Node($"n{index}", index == 0 ? 0.1 : 0.11) with { JoinsPerSecond = joinsPerSecond })
                .ToArray();
            var load = new PlacementBed().Load(TimeSpan.FromSeconds(1), reports);
            var users = Enumerable.Range(0, placers)
                .CountBy(placer => new PlacementBed(seed: seed + placer).ChooseName(load)!)
                .Max(node => node.Value);

            // All by the least load would send a thousand to one; the better of two sends it two shares.
            return users < 4 * placers / nodes;
        }).QuickCheckThrowOnFailure();

    private static void Check(Func<List<NodeCase>, int, bool> holds) => Prop.ForAll(
        Clusters,
        cluster => Choose(cluster) is not { } placed || holds(cluster.Nodes, int.Parse(placed.Node.Node.Value, System.Globalization.CultureInfo.InvariantCulture)))
        .QuickCheckThrowOnFailure();

    private static PlacedJoin? Choose((List<NodeCase> Nodes, int Seed) cluster)
    {
        var bed = new PlacementBed(Options, cluster.Seed);
        var reports = cluster.Nodes.Select((node, index) => new HeardReport(node.ToReport(index), bed.Now - TimeSpan.FromSeconds(node.AgeSeconds)));
        var serving = cluster.Nodes.Index().Where(node => node.Item.Serves).Select(node => new NodeId($"{node.Index}"));
        return bed.Placer.Choose(new ClusterLoad(reports), new JoinRequest(PlacementBed.Channel(1), [.. serving], "near"), bed.Now);
    }

    private sealed record NodeCase(double Load, int AgeSeconds, bool Draining, bool Ready, bool Room, bool Serves, bool Near, int Reconnects)
    {
        public bool CanTake => Room && (!Draining || Serves);

        public bool IsLastResort => !Draining && (!Ready || Load >= Options.Full);

        public bool HasRoom(double limit) =>
            CanTake && Ready && !Draining && Load < limit && AgeSeconds <= Options.SilentAfter.TotalSeconds && Reconnects == 0;

        public NodeLoadReport ToReport(int index) => PlacementBed.Node($"{index}", Load, Near ? "near" : "far") with
        {
            Draining = Draining,
            Ready = Ready,
            HasRoom = Room,
            ReconnectsLastMinute = Reconnects,
        };
    }
}
