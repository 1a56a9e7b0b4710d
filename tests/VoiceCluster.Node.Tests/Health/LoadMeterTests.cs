using VoiceCluster.Domain.Identities;
using VoiceCluster.Domain.Placement;
using VoiceCluster.Node.Health;

namespace VoiceCluster.Node.Tests.Health;

public sealed class LoadMeterTests
{
    private static readonly NodeIncarnation Node = new(new NodeId("a"), 1);

    private readonly LoadMeter _meter = new("paris", capacityUsers: 100, capacityMegabits: 8);

    [Fact]
    public void The_first_report_only_knows_the_users()
    {
        var report = Measure(At(10, processor: 5, bytes: 1_000_000_000, began: 40), users: 25);
        report.Load.ShouldBe(0.25);
        report.JoinsPerSecond.ShouldBe(0);
        report.JoinsLastMinute.ShouldBe(0);
        report.Region.ShouldBe("paris");
    }

    [Theory]
    [InlineData(0.5, 0, 0, 10, 0.5)]
    [InlineData(0.5, 0.25, 0, 10, 0.75)]
    [InlineData(0.1, 0, 900_000, 10, 0.9)]
    [InlineData(0.1, 0, 0, 120, 1.2)]
    public void The_load_is_the_largest_share(double processor, double stolen, long bytes, int users, double load)
    {
        Measure(At(10));
        Measure(At(11, processor, bytes) with { StolenShare = stolen }, users).Load.ShouldBe(load, 1e-6);
    }

    [Fact]
    public void A_packet_thread_that_is_full_fills_the_node_whatever_its_other_cores_do()
    {
        Measure(At(10));
        Measure(At(11, processor: 0.1) with { LoopShare = 0.97 }, users: 10).Load.ShouldBe(0.97, 1e-6);
    }

    [Fact]
    public void Joins_and_reconnects_are_those_of_the_last_minute()
    {
        NodeLoadReport? report = null;
        for (var second = 0; second <= 180; second++)
        {
            report = Measure(At(second, began: second * 3) with { Resumed = second });
        }

        report!.JoinsPerSecond.ShouldBe(3, 1e-6);
        report.JoinsLastMinute.ShouldBe(180);
        report.ReconnectsLastMinute.ShouldBe(60);
    }

    [Fact]
    public void Totals_that_are_read_seldom_still_make_a_report()
    {
        Measure(At(0));
        Measure(At(300, processor: 30, began: 10)).JoinsLastMinute.ShouldBe(10);
        Measure(At(600, processor: 90, began: 10)).Load.ShouldBe(0.2, 1e-6);
    }

    private static LoadTotals At(double seconds, double processor = 0, long bytes = 0, long began = 0) =>
        new(TimeSpan.FromSeconds(seconds), TimeSpan.FromSeconds(processor), 0, 0, bytes, began, 0);

    private NodeLoadReport Measure(LoadTotals totals, int users = 0) => _meter.Measure(Node, totals, users, ready: true);
}
