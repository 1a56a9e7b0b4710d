using VoiceCluster.Client.Metrics;

namespace VoiceCluster.Client.Tests.Metrics;

public sealed class BeforeAndAfterTests
{
    [Theory]
    [InlineData(100.0, 105.0, 0, true)]
    [InlineData(100.0, 106.0, 0, false)]
    [InlineData(100.0, 10.0, 0, true)]
    [InlineData(0.0, 0.0, 0, true)]
    [InlineData(0.0, 1.0, 0, false)]
    [InlineData(0.0, 1.0, 2, true)]
    [InlineData(null, 1.0, 9, false)]
    [InlineData(1.0, null, 9, false)]
    public void IsWithin_allows_five_percent_or_the_slack_of_growth(double? before, double? after, double slack, bool expected) =>
        new BeforeAndAfter(new ComparedMetric("actors", "actors", Slack: slack), before, after).IsWithin(5).ShouldBe(expected);

    [Fact]
    public void GrowthPercent_is_relative_to_before()
    {
        new BeforeAndAfter(new ComparedMetric("a", "a"), 200, 210).GrowthPercent.ShouldBe(5);
        new BeforeAndAfter(new ComparedMetric("a", "a"), 0, 1).GrowthPercent.ShouldBeNull();
    }

    [Fact]
    public void Compare_reads_both_pages()
    {
        var before = MetricsText.Parse("actors{kind=\"a\"} 10\nactors{kind=\"b\"} 1");
        var after = MetricsText.Parse("actors{kind=\"a\"} 11\nactors{kind=\"b\"} 9");

        var compared = BeforeAndAfter.Compare([new ComparedMetric("a", "actors", "kind=\"a\"")], before, after);

        compared.ShouldHaveSingleItem().ShouldSatisfyAllConditions(
            one => one.Before.ShouldBe(10),
            one => one.After.ShouldBe(11));
    }
}
