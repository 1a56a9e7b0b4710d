using VoiceCluster.Client.Metrics;
using VoiceCluster.LoadGen.Churn;

namespace VoiceCluster.LoadGen.Tests.Churn;

public sealed class ClusterFiguresTests
{
    [Fact]
    public void Figures_are_compared_with_their_own_earlier_value()
    {
        var compared = ClusterFigures.Compare([Figure("rows of nodes", 3), Figure("actors", 100)], [Figure("rows of nodes", 3), Figure("actors", 111)]);

        compared.Select(figure => (figure.Metric.Title, figure.Before, figure.After, figure.IsWithin(5)))
            .ShouldBe([("rows of nodes", 3, 3, true), ("actors", 100, 111, false)]);
    }

    [Fact]
    public void A_figure_that_was_not_there_before_counts_from_nothing() =>
        ClusterFigures.Compare([], [Figure("rows of leftovers", 1)]).ShouldHaveSingleItem().IsWithin(5).ShouldBeFalse();

    [Theory]
    [InlineData(3, 10_000, 25_000)]
    [InlineData(2, 1_000, 1_500)]
    public void Longest_life_is_that_of_the_node_that_was_killed_longest_ago(int nodes, int killEvery, int joins) =>
        new ClusterChurnOptions { Nodes = nodes, KillEvery = killEvery, Assembly = string.Empty }.LongestLife.ShouldBe(joins);

    private static ReadFigure Figure(string title, double value) => new(new ComparedMetric(title, string.Empty), value);
}
