using System.Collections.Frozen;
using VoiceCluster.Domain.Placement;
using static VoiceCluster.Domain.Tests.Placement.PlacementBed;

namespace VoiceCluster.Domain.Tests.Placement;

public sealed class NodePlacerTests
{
    private static readonly PlacementOptions Grouped = new()
    {
        RegionGroups = new Dictionary<string, string> { ["paris"] = "europe", ["oslo"] = "europe", ["lima"] = "america" }.ToFrozenDictionary(),
    };

    private readonly PlacementBed _bed = new();

    [Fact]
    public void Without_nodes_there_is_no_place() => _bed.Choose(ClusterLoad.Empty).ShouldBeNull();

    [Fact]
    public void A_new_channel_goes_to_the_least_loaded_node() =>
        _bed.ChooseName(_bed.Load(Node("a", 0.5), Node("b", 0.2), Node("c", 0.4))).ShouldBe("b");

    [Fact]
    public void A_channel_stays_where_it_is_while_there_is_room()
    {
        var placed = _bed.Choose(_bed.Load(Node("a", 0.79), Node("b", 0)), serving: "a");
        placed.ShouldBe(new PlacedJoin(Node("a", 0).Node, NodeStanding.Open, Serves: true, Sampled: false));
    }

    [Fact]
    public void A_channel_grows_onto_another_node_when_its_own_is_overloaded()
    {
        var placed = _bed.Choose(_bed.Load(Node("a", 0.8), Node("b", 0.6), Node("c", 0.3)), serving: "a");
        placed.ShouldBe(new PlacedJoin(Node("c", 0).Node, NodeStanding.Open, Serves: false, Sampled: false));
    }

    [Fact]
    public void Of_several_nodes_that_serve_the_channel_the_least_loaded_one_is_taken() =>
        _bed.ChooseName(_bed.Load(Node("a", 0.7), Node("b", 0.5), Node("c", 0)), serving: ["a", "b"]).ShouldBe("b");

    [Fact]
    public void A_node_that_serves_the_channel_comes_before_one_in_the_region()
    {
        var bed = new PlacementBed(Grouped);
        bed.ChooseName(bed.Load(Node("a", 0.5, "lima"), Node("b", 0, "paris")), region: "paris", serving: "a").ShouldBe("a");
        bed.ChooseName(bed.Load(Node("a", 0.1, "lima"), Node("b", 0.5, "oslo")), region: "paris", serving: ["a", "b"]).ShouldBe("b");
    }

    [Fact]
    public void A_new_channel_goes_to_its_region_then_to_the_regions_group_then_anywhere()
    {
        var bed = new PlacementBed(Grouped);
        var (lima, oslo, paris) = (Node("a", 0, "lima"), Node("b", 0.3, "oslo"), Node("c", 0.6, "paris"));
        bed.ChooseName(bed.Load(lima, oslo, paris), region: "paris").ShouldBe("c");
        bed.ChooseName(bed.Load(lima, oslo), region: "paris").ShouldBe("b");
        bed.ChooseName(bed.Load(lima), region: "paris").ShouldBe("a");
        bed.ChooseName(bed.Load(lima, oslo, paris), region: null).ShouldBe("a");
    }

    [Fact]
    public void Room_that_is_kept_for_growth_is_given_to_new_channels_when_no_other_is_left()
    {
        _bed.ChooseName(_bed.Load(Node("a", 0.71, "here"), Node("b", 0.69, "there")), region: "here").ShouldBe("b");
        _bed.Choose(_bed.Load(Node("a", 0.75), Node("b", 0.9)))?.Standing.ShouldBe(NodeStanding.Reserved);
    }

    [Fact]
    public void When_all_are_overloaded_the_channels_own_node_takes_on_and_full_ones_come_last()
    {
        _bed.Choose(_bed.Load(Node("a", 0.95), Node("b", 0.85)), serving: "a").ShouldBe(
            new PlacedJoin(Node("a", 0).Node, NodeStanding.Strained, Serves: true, Sampled: false));
        _bed.ChooseName(_bed.Load(Node("a", 1), Node("b", 0.85)), serving: "a").ShouldBe("b");
        _bed.Choose(_bed.Load(Node("a", 1), Node("b", 0.99) with { Draining = true }), serving: ["a", "b"]).ShouldBe(
            new PlacedJoin(Node("a", 0).Node, NodeStanding.Full, Serves: true, Sampled: false));
        _bed.ChooseName(_bed.Load(Node("a", 1.1), Node("b", 1.2))).ShouldBe("a");
    }

    [Fact]
    public void A_node_that_holds_as_many_sessions_as_it_may_gets_nobody()
    {
        var packed = Node("a", 0) with { HasRoom = false };
        _bed.ChooseName(_bed.Load(packed, Node("b", 1.5)), serving: "a").ShouldBe("b");
        _bed.Choose(_bed.Load(packed), serving: "a").ShouldBeNull();
    }

    [Fact]
    public void A_node_that_is_only_looked_for_gets_no_join_counted()
    {
        var load = _bed.Load(Node("a", 0));
        _bed.Placer.Find(load, new JoinRequest(Channel(1), []), _bed.Now)!.Value.Node.ShouldBe(Node("a", 0).Node);
        _bed.Placer.CorrectedLoad(Node("a", 0)).ShouldBe(0);
        _bed.Placer.Count(Channel(1), Node("a", 0).Node.Node, _bed.Now);
        _bed.Placer.CorrectedLoad(Node("a", 0)).ShouldBeGreaterThan(0);
    }

    [Fact]
    public void Joins_count_before_they_are_reported_and_not_for_ever()
    {
        var load = _bed.Load(Node("a", 0.5), Node("b", 0.5025));
        Enumerable.Range(0, 6).Select(channel => _bed.ChooseName(load, (ulong)channel)).Count(name => name == "a").ShouldBeInRange(4, 5);
        _bed.Placer.CorrectedLoad(Node("a", 0.5)).ShouldBeGreaterThan(0.503);

        _bed.Now += TimeSpan.FromSeconds(11);
        _bed.ChooseName(_bed.Load(Node("a", 0.5), Node("b", 0.5025))).ShouldBe("a");
        _bed.Placer.CorrectedLoad(Node("a", 0.5)).ShouldBe(0.501, 1e-9);
    }

    [Fact]
    public void A_draining_node_is_only_for_a_channel_that_is_still_there_when_nobody_else_has_room()
    {
        var draining = Node("a", 0.1) with { Draining = true };
        var packed = Node("b", 0.5) with { HasRoom = false };
        _bed.ChooseName(_bed.Load(draining, Node("b", 1.5)), serving: "a").ShouldBe("b");
        _bed.Choose(_bed.Load(draining, packed), serving: "a")!.Value.Standing.ShouldBe(NodeStanding.Draining);
        _bed.Choose(_bed.Load(draining, packed)).ShouldBeNull();
    }

    [Fact]
    public void A_node_that_is_not_ready_is_a_last_resort()
    {
        var starting = Node("a", 0) with { Ready = false };
        _bed.ChooseName(_bed.Load(starting, Node("b", 0.9)), serving: "a").ShouldBe("b");
        _bed.Choose(_bed.Load(starting), serving: "a")!.Value.Standing.ShouldBe(NodeStanding.Full);
    }

    [Fact]
    public void A_node_whose_users_keep_reconnecting_is_avoided()
    {
        var unsettled = Node("a", 0.3) with { ReconnectsLastMinute = 30 };
        _bed.ChooseName(_bed.Load(unsettled, Node("b", 0.6))).ShouldBe("b");
        _bed.ChooseName(_bed.Load(unsettled, Node("b", 0.6)), serving: "a").ShouldBe("b");
        _bed.ChooseName(_bed.Load(unsettled with { ReconnectsLastMinute = 29 }, Node("b", 0.6))).ShouldBe("a");
        _bed.ChooseName(_bed.Load(Node("a", 0.01) with { ReconnectsLastMinute = 5 }, Node("b", 0.6))).ShouldBe("a");
    }

    [Fact]
    public void A_silent_node_is_avoided_but_better_than_none()
    {
        var load = new ClusterLoad([new HeardReport(Node("a", 0), _bed.Now - TimeSpan.FromSeconds(6)), new HeardReport(Node("b", 0.7), _bed.Now)]);
        _bed.ChooseName(load).ShouldBe("b");
        _bed.ChooseName(_bed.Load(TimeSpan.FromMinutes(5), Node("a", 0))).ShouldBe("a");
    }

    [Fact]
    public void A_channel_gives_one_node_only_so_many_users_within_a_minute()
    {
        var bed = new PlacementBed(new PlacementOptions { ChannelJoinsPerMinute = 3 });
        var load = bed.Load(Node("a", 0), Node("b", 0.5));
        Enumerable.Range(0, 4).Select(_ => bed.ChooseName(load, serving: "a")).ShouldBe(["a", "a", "a", "b"]);
        bed.ChooseName(load, channel: 2, serving: "a").ShouldBe("a");
        Enumerable.Range(0, 3).Select(_ => bed.ChooseName(load, serving: ["a", "b"])).ShouldBe(["b", "b", "a"]);

        bed.Now += TimeSpan.FromMinutes(1);
        bed.ChooseName(bed.Load(Node("a", 0), Node("b", 0.5)), serving: "a").ShouldBe("a");
    }

    [Fact]
    public void A_node_gets_only_so_many_users_within_a_minute_whoever_sends_them()
    {
        var bed = new PlacementBed(new PlacementOptions { NodeJoinsPerMinute = 100 });
        var load = bed.Load(Node("a", 0) with { JoinsLastMinute = 98 }, Node("b", 0.5));
        Enumerable.Range(0, 3).Select(channel => bed.ChooseName(load, (ulong)channel)).ShouldBe(["a", "a", "b"]);
    }

    [Fact]
    public void With_stale_reports_the_better_of_two_random_nodes_is_taken()
    {
        var nodes = Enumerable.Range(0, 10).Select(index => Node($"n{index}", index * 0.05)).ToArray();
        var chosen = Enumerable.Range(0, 2_000).Select(channel => _bed.Choose(_bed.Load(TimeSpan.FromSeconds(4), nodes), (ulong)channel)!.Value).ToList();
        chosen.ShouldAllBe(placed => placed.Sampled);
        chosen.ShouldNotContain(placed => placed.Node.Node.Value == "n9");
        chosen.Select(placed => placed.Node.Node.Value).Distinct().Count().ShouldBeGreaterThan(6);
    }

    [Fact]
    public void Reports_are_stale_when_others_have_placed_many_since()
    {
        var busy = new[] { Node("a", 0.3), Node("b", 0.4), Node("c", 0.5) }.Select(node => node with { JoinsPerSecond = 10 }).ToArray();
        _bed.Choose(_bed.Load(TimeSpan.FromSeconds(0.1), busy))!.Value.Sampled.ShouldBeFalse();
        _bed.Choose(_bed.Load(TimeSpan.FromSeconds(1), busy))!.Value.Sampled.ShouldBeTrue();
    }

    [Fact]
    public void In_a_large_cluster_random_nodes_are_found_in_the_region_and_with_room()
    {
        var nodes = Enumerable.Range(0, 300)
            .Select(index => Node($"n{index}", index % 3 == 0 ? 0.2 : 0.95, index % 2 == 0 ? "here" : "there"))
            .ToArray();
        var load = _bed.Load(TimeSpan.FromSeconds(4), nodes);
        for (var channel = 0UL; channel < 500; channel++)
        {
            var placed = _bed.Choose(load, channel, region: "here")!.Value;
            placed.Standing.ShouldBe(NodeStanding.Open);
            nodes.Single(node => node.Node == placed.Node).Region.ShouldBe("here");
        }
    }

    [Fact]
    public void Of_two_reports_of_a_node_the_later_counts()
    {
        var old = new HeardReport(Node("a", 0.1), _bed.Now - TimeSpan.FromSeconds(2));
        var load = new ClusterLoad([old, new HeardReport(Node("a", 0.9), _bed.Now), old]);
        load.Nodes.ShouldHaveSingleItem().Report.Load.ShouldBe(0.9);
    }
}
