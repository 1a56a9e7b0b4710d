using Spectre.Console;
using VoiceCluster.Client.Metrics;

namespace VoiceCluster.LoadGen.Churn;

/// <summary>Prints what a churn run does and found.</summary>
internal sealed class ChurnReport(IAnsiConsole console)
{
    private const int MostFailures = 10;
    private const int PlainWidth = 160;

    /// <summary>Standard output: with colours on a terminal, as plain text into a pipe or file.</summary>
    public static IAnsiConsole CreateConsole()
    {
        if (!Console.IsOutputRedirected)
        {
            return AnsiConsole.Console;
        }

        var plain = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors });
        plain.Profile.Width = PlainWidth;
        return plain;
    }

    /// <summary>Prints one line of progress.</summary>
    public void Progress(string text) => console.MarkupLineInterpolated($"[grey]{text}[/]");

    /// <summary>Prints why the run could not be made.</summary>
    public void Failure(string text) => console.MarkupLineInterpolated($"[red]BAD[/] {text}");

    /// <summary>Prints the result.</summary>
    public void Result(ChurnResult result)
    {
        var counts = result.Counts;
        console.WriteLine(
            $"{counts.Done} joins and leaves in {result.Duration.TotalSeconds:0.0} s ({counts.Done / result.Duration.TotalSeconds:0} per second), " +
            $"{counts.Failed} failed; join p50 {counts.JoinTimes.Percentile(50).TotalMilliseconds:0.0} ms, p99 {counts.JoinTimes.Percentile(99).TotalMilliseconds:0.0} ms");
        foreach (var (message, count) in counts.Failures.OrderByDescending(failure => failure.Value).Take(MostFailures))
        {
            console.MarkupLineInterpolated($"[red]{count} ×[/] {message}");
        }

        console.Write(TableOf(result));
        console.MarkupLineInterpolated(result.IsGood
            ? (FormattableString)$"[green]GOOD[/] nothing has grown by more than {result.AllowedGrowthPercent:0.#} %"
            : $"[red]BAD[/] {Fault(result)}");
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
                figure.Metric.Title,
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
