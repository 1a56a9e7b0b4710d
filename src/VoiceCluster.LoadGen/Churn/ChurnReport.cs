using Spectre.Console;
using VoiceCluster.Client.Metrics;

namespace VoiceCluster.LoadGen.Churn;

/// <summary>Prints what a churn run found.</summary>
internal sealed class ChurnReport(IAnsiConsole console)
{
    private const int MostFailures = 10;

    /// <summary>Prints what a run over a cluster found.</summary>
    public void Result(ClusterChurnResult result)
    {
        var whole = result.Kills.Select(kill => kill.WholeAfter.TotalSeconds).Order().ToList();
        console.WriteLine(
            $"{whole.Count} nodes killed, one after the other; the cluster was whole again after {(whole.Count == 0 ? 0 : whole[whole.Count / 2]):0.0} s " +
            $"(at most {(whole.Count == 0 ? 0 : whole[^1]):0.0} s); {result.Churn.Counts.Interrupted} times a user had to try again; " +
            $"{result.LostSessions} backend's sessions were not resumed");
        Lines("grey", result.Churn.Counts.Interruptions);
        Result(result.Churn);
    }

    /// <summary>Prints the result.</summary>
    public void Result(ChurnResult result)
    {
        var counts = result.Counts;
        console.WriteLine(
            $"{counts.Done} joins and leaves in {result.Duration.TotalSeconds:0.0} s ({counts.Done / result.Duration.TotalSeconds:0} per second), " +
            $"{counts.Failed} failed; join p50 {counts.JoinTimes.Percentile(50).TotalMilliseconds:0.0} ms, p99 {counts.JoinTimes.Percentile(99).TotalMilliseconds:0.0} ms");
        Lines("red", counts.Failures);
        console.Write(TableOf(result));
        console.MarkupLineInterpolated(result.IsGood
            ? (FormattableString)$"[green]GOOD[/] nothing has grown by more than {result.AllowedGrowthPercent:0.#} %"
            : $"[red]BAD[/] {Fault(result)}");
    }

    private void Lines(string colour, IReadOnlyDictionary<string, int> messages)
    {
        foreach (var (message, count) in messages.OrderByDescending(failure => failure.Value).Take(MostFailures))
        {
            console.MarkupLine($"[{colour}]{count} ×[/] {Markup.Escape(message)}");
        }
    }

    private static Table TableOf(ChurnResult result)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumn("figure");
        foreach (var name in new[] { "before", "after", "growth", "" })
        {
            table.AddColumn(new TableColumn(name) { Alignment = Justify.Right });
        }

        foreach (var figure in result.Figures)
        {
            table.AddRow(
                Markup.Escape(figure.Metric.Title),
                Number(figure.Before),
                Number(figure.After),
                figure.GrowthPercent is { } growth ? $"{growth:+0.0;-0.0;0.0} %" : "-",
                figure.IsWithin(result.AllowedGrowthPercent) ? "ok" : "TOO MUCH");
        }

        return table;
    }

    private static string Number(double? value) => value is { } number ? $"{number:#,0.##}" : "not told";

    private static string Fault(ChurnResult result)
    {
        var grown = result.Figures.Where(figure => !figure.IsWithin(result.AllowedGrowthPercent)).Select(figure => figure.Metric.Title).ToList();
        return string.Join("; ", new[]
        {
            result.Counts.Failed > 0 ? $"{result.Counts.Failed} joins failed" : null,
            grown.Count > 0 ? $"not back within {result.AllowedGrowthPercent:0.#} %: {string.Join(", ", grown)}" : null,
        }.OfType<string>());
    }
}
