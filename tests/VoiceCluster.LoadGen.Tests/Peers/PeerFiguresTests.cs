using VoiceCluster.LoadGen.Peers;

namespace VoiceCluster.LoadGen.Tests.Peers;

public sealed class PeerFiguresTests
{
    [Fact]
    public void Cost_is_per_copy_made_and_missing_copies_are_lost()
    {
        var figures = new PeerFigures(CpuNanoseconds: 2_000_000, PacketsIn: 20, Expected: 1000, Datagrams: 990, TimeSpan.FromSeconds(4));
        figures.NanosecondsPerDatagram.ShouldBe(2020.2, tolerance: 0.01);
        figures.Lost.ShouldBe(10);
        figures.Utilization.ShouldBe(0.0005, tolerance: 1e-9);
    }

    [Fact]
    public void Datagrams_of_others_do_not_make_losses_negative() => new PeerFigures(1, 1, 50, 52, TimeSpan.FromSeconds(1)).Lost.ShouldBe(0);

    [Fact]
    public void Nothing_forwarded_costs_no_number() => new PeerFigures(1, 1, 50, 0, TimeSpan.FromSeconds(1)).NanosecondsPerDatagram.ShouldBe(double.NaN);
}
