using VoiceCluster.Client.Measuring;

namespace VoiceCluster.Client.Tests.Measuring;

public sealed class DelayHistogramTests
{
    [Fact]
    public void Percentile_nothing_recorded_is_zero() => new DelayHistogram().Percentile(99).ShouldBe(TimeSpan.Zero);

    [Fact]
    public void Percentile_small_values_are_exact()
    {
        var histogram = Recorded(Enumerable.Range(1, 50).Select(value => (double)value));

        histogram.Percentile(50).ShouldBe(TimeSpan.FromMicroseconds(25));
        histogram.Percentile(100).ShouldBe(TimeSpan.FromMicroseconds(50));
        histogram.Percentile(0).ShouldBe(TimeSpan.FromMicroseconds(1));
    }

    [Theory]
    [InlineData(50)]
    [InlineData(90)]
    [InlineData(99)]
    [InlineData(99.9)]
    public void Percentile_of_uniform_delays_is_within_two_percent(double percent)
    {
        var histogram = Recorded(Enumerable.Range(1, 100_000).Select(value => (double)value));

        histogram.Percentile(percent).TotalMicroseconds.ShouldBe(percent * 1000, tolerance: percent * 20);
    }

    [Fact]
    public void Percentile_never_exceeds_the_longest_delay()
    {
        var histogram = Recorded([1_000_003]);

        histogram.Percentile(99).ShouldBe(TimeSpan.FromMicroseconds(1_000_003));
        histogram.Max.ShouldBe(TimeSpan.FromMicroseconds(1_000_003));
    }

    [Fact]
    public void Record_beyond_the_range_counts_as_the_ends_of_it()
    {
        var histogram = new DelayHistogram();

        histogram.Record(TimeSpan.FromDays(3));
        histogram.Record(TimeSpan.FromSeconds(-1));

        histogram.Count.ShouldBe(2);
        histogram.Percentile(50).ShouldBe(TimeSpan.Zero);
        histogram.Max.ShouldBeGreaterThan(TimeSpan.FromMinutes(1));
    }

    [Fact]
    public void Add_takes_over_counts_and_longest()
    {
        var sum = Recorded([1, 2]);

        sum.Add(Recorded([500]));

        sum.Count.ShouldBe(3);
        sum.Percentile(100).ShouldBe(TimeSpan.FromMicroseconds(500));
    }

    private static DelayHistogram Recorded(IEnumerable<double> microseconds)
    {
        var histogram = new DelayHistogram();
        foreach (var value in microseconds)
        {
            histogram.Record(TimeSpan.FromMicroseconds(value));
        }

        return histogram;
    }
}
