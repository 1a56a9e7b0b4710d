using VoiceCluster.LoadGen.Chaos.Measuring;

namespace VoiceCluster.LoadGen.Tests.Chaos;

public sealed class SilenceSummaryTests
{
    [Fact]
    public void Percentiles_are_silences_that_were_measured()
    {
        var summary = SilenceSummary.Of(Enumerable.Range(1, 200).Reverse().Select(milliseconds => TimeSpan.FromMilliseconds(milliseconds)));
        (summary.Pairs, summary.P50, summary.P95, summary.P99, summary.Max)
            .ShouldBe((200, TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(190), TimeSpan.FromMilliseconds(198), TimeSpan.FromMilliseconds(200)));
    }

    [Fact]
    public void One_silence_is_every_percentile()
    {
        var summary = SilenceSummary.Of([TimeSpan.FromSeconds(3)]);
        (summary.P50, summary.P99, summary.Max).ShouldBe((TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(3)));
    }

    [Fact]
    public void No_pair_has_no_silence() => SilenceSummary.Of([]).ShouldBe(new SilenceSummary(0, default, default, default, default));
}
