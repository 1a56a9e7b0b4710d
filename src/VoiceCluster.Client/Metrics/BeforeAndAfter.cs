namespace VoiceCluster.Client.Metrics;

/// <summary>A figure that must come back to where it was.</summary>
/// <param name="Title">What it is called in the report.</param>
/// <param name="Name">The metric's name.</param>
/// <param name="Label">Which of its series, as written in the page; empty for all.</param>
/// <param name="Slack">A difference up to this many units is none: small counts would fail a bound in percent by one.</param>
public sealed record ComparedMetric(string Title, string Name, string Label = "", double Slack = 0);

/// <summary>One figure before and after a run.</summary>
public sealed record BeforeAndAfter(ComparedMetric Metric, double? Before, double? After)
{
    /// <summary>How much more there is after than before, in percent of before; null when that cannot be said.</summary>
    public double? GrowthPercent => (Before, After) switch
    {
        (null, _) or (_, null) => null,
        (0, 0) => 0,
        (0, _) => null,
        var (before, after) => (after - before) / before * 100,
    };

    /// <summary>Whether the figure is there and has not grown by more than the bound. A smaller one is no leak.</summary>
    public bool IsWithin(double percent) =>
        Before is { } before && After is { } after && after - before <= Math.Max(Metric.Slack, Math.Abs(before) * percent / 100);

    /// <summary>Compares two pages.</summary>
    public static IReadOnlyList<BeforeAndAfter> Compare(IEnumerable<ComparedMetric> metrics, MetricsText before, MetricsText after) =>
        [.. metrics.Select(metric => new BeforeAndAfter(metric, before.Sum(metric.Name, metric.Label), after.Sum(metric.Name, metric.Label)))];
}
