using VoiceCluster.LoadGen.Bench;

namespace VoiceCluster.LoadGen.Tests.Bench;

public sealed class StatisticsTests
{
    [Theory]
    [InlineData(new[] { 3.0 }, 3.0)]
    [InlineData(new[] { 9.0, 1.0, 2.0 }, 2.0)]
    [InlineData(new[] { 4.0, 1.0, 2.0, 100.0 }, 3.0)]
    public void Median_is_the_middle_and_not_the_mean(double[] values, double median) => Statistics.Median(values).ShouldBe(median);

    [Fact]
    public void Median_of_nothing_is_no_number() => Statistics.Median([]).ShouldBe(double.NaN);

    [Fact]
    public void Jain_index_is_one_when_all_get_the_same_and_one_nth_when_one_gets_all()
    {
        Statistics.JainIndex([7, 7, 7, 7]).ShouldBe(1, tolerance: 1e-12);
        Statistics.JainIndex([0, 0, 9, 0]).ShouldBe(0.25, tolerance: 1e-12);
        Statistics.JainIndex([0, 0]).ShouldBe(1);
    }

    [Fact]
    public void Percentile_is_linear_inside_a_bucket()
    {
        (double, double)[] buckets = [(10, 50), (20, 100), (double.PositiveInfinity, 100)];
        Statistics.Percentile(buckets, 25).ShouldBe(5);
        Statistics.Percentile(buckets, 50).ShouldBe(10);
        Statistics.Percentile(buckets, 75).ShouldBe(15);
    }

    [Fact]
    public void Percentile_beyond_the_last_bound_is_that_bound()
    {
        (double, double)[] buckets = [(10, 50), (20, 90), (double.PositiveInfinity, 100)];
        Statistics.Percentile(buckets, 99).ShouldBe(20);
    }

    [Fact]
    public void Percentile_of_nothing_is_no_number()
    {
        Statistics.Percentile([], 50).ShouldBe(double.NaN);
        Statistics.Percentile([(10, 0)], 50).ShouldBe(double.NaN);
    }
}
