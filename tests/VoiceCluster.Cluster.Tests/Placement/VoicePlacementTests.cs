using VoiceCluster.Cluster.Membership;
using VoiceCluster.Cluster.Placement;
using VoiceCluster.Cluster.Tests.Voice;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Domain.Placement;
using VoiceCluster.TestKit;

namespace VoiceCluster.Cluster.Tests.Placement;

public sealed class VoicePlacementTests
{
    private static readonly NodeId Self = new("node-1");
    private static readonly NodeId Other = new("node-2");

    private readonly ManualTimeProvider _time = new();
    private readonly VoicePlacement _placement;
    private NodeLoadReport _own = Report(Self, 0.5);

    public VoicePlacementTests() =>
        _placement = new VoicePlacement(Self, "default", new PlacementOptions(), () => _own, () => "one.test:443", new NodeLiveness(), _time);

    [Fact]
    public void A_node_alone_places_all_on_itself()
    {
        _placement.Find(VoiceBed.Channel, []).ShouldBe(Self);
        _placement.EndpointOf(Self).ShouldBe("one.test:443");
        _placement.EndpointOf(null).ShouldBe("one.test:443");
        _placement.Takes(Self).ShouldBeTrue();
        _placement.Takes(Other).ShouldBeFalse();
    }

    [Fact]
    public void A_node_that_is_being_emptied_finds_no_place_when_there_is_no_other()
    {
        _own = _own with { Draining = true };
        _placement.Find(VoiceBed.Channel, []).ShouldBeNull();
        _placement.Takes(Self).ShouldBeFalse();
    }

    [Fact]
    public void Members_are_placed_on_by_what_they_report_and_named_by_their_own_endpoint()
    {
        _placement.Update([Member(Other, 0.2)]);
        _placement.Find(VoiceBed.Channel, []).ShouldBe(Other);
        _placement.Find(VoiceBed.Channel, [Self]).ShouldBe(Self);
        _placement.EndpointOf(Other).ShouldBe("node-2.test:443");

        _own = Report(Self, 0.1);
        _placement.Find(VoiceBed.Channel, []).ShouldBe(Self);
    }

    [Fact]
    public void A_member_that_is_gone_or_being_emptied_takes_nobody()
    {
        _placement.Update([Member(Other, 0.2, draining: true)]);
        _placement.Takes(Other).ShouldBeFalse();
        _placement.Find(VoiceBed.Channel, [Other]).ShouldBe(Self);

        _placement.Update([]);
        _placement.Takes(Other).ShouldBeFalse();
        _placement.EndpointOf(Other).ShouldBe("one.test:443");
    }

    [Fact]
    public void Joins_count_until_they_are_reported()
    {
        _placement.Update([Member(Other, 0.499)]);
        _placement.Find(VoiceBed.Channel, []).ShouldBe(Other);
        for (var join = 0; join < 6; join++)
        {
            _placement.Count(VoiceBed.Channel, Other);
        }

        _placement.Find(VoiceBed.Channel, []).ShouldBe(Self);
        _time.Advance(TimeSpan.FromSeconds(11));
        _placement.Update([Member(Other, 0.499)]);
        _placement.Find(VoiceBed.Channel, []).ShouldBe(Other);
    }

    private static NodeLoadReport Report(NodeId node, double load) => new() { Node = new NodeIncarnation(node, 1), Load = load };

    private PlacedMember Member(NodeId node, double load, bool draining = false) =>
        new(new HeardReport(Report(node, load) with { Draining = draining }, _time.GetElapsedTime(0)), $"{node}.test:443");
}
