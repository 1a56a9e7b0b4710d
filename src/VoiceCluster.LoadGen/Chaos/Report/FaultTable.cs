using System.Collections.Immutable;
using System.Text;
using VoiceCluster.LoadGen.Chaos.Measuring;

namespace VoiceCluster.LoadGen.Chaos.Report;

/// <summary>The one table of a run, as Markdown; on a terminal it is as good to read.</summary>
internal static class FaultTable
{
    private static readonly ImmutableArray<string> Columns =
    [
        "fault", "detected after, s", "users affected", "affected: silence p50 / p95 / max, ms", "unaffected: p50 / p95 / p99 / max, ms",
        "frames lost", "of", "duplicates", "stale", "ghosts", "LVSP lost", "LVSP doubled", "joined again", "not back",
    ];

    /// <summary>Writes the table with its columns in line.</summary>
    public static string Write(IReadOnlyList<FaultResult> results)
    {
        List<ImmutableArray<string>> rows = [Columns, .. results.Select(Row)];
        int[] widths = [.. Columns.Select((_, column) => rows.Max(row => row[column].Length))];
        var text = new StringBuilder();
        Append(text, rows[0], widths);
        text.Append('|');
        for (var column = 0; column < widths.Length; column++)
        {
            text.Append(' ').Append('-', column == 0 ? widths[column] : widths[column] - 1).Append(column == 0 ? " |" : ": |");
        }

        text.Append('\n');
        foreach (var row in rows.Skip(1))
        {
            Append(text, row, widths);
        }

        return text.ToString();
    }

    private static ImmutableArray<string> Row(FaultResult result) =>
    [
        result.Title,
        result.DetectedAfter is { } detected ? $"{detected.TotalSeconds:0.0}" : "-",
        $"{result.UsersAffected}",
        result.Affected.Pairs == 0 ? "-" : $"{Milliseconds(result.Affected.P50)} / {Milliseconds(result.Affected.P95)} / {Milliseconds(result.Affected.Max)}",
        result.Unaffected.Pairs == 0 ? "-" : Describe(result.Unaffected),
        $"{result.FramesLost}",
        $"{result.FramesExpected}",
        $"{result.Duplicates}",
        $"{result.Stale}",
        result.Ghosts.Unread > 0 ? "?" : $"{result.Ghosts.Count}",
        $"{result.NoticesLost}",
        $"{result.NoticesDuplicated}",
        $"{result.Rejoined}",
        $"{result.NotBack}",
    ];

    private static string Describe(SilenceSummary silence) =>
        $"{Milliseconds(silence.P50)} / {Milliseconds(silence.P95)} / {Milliseconds(silence.P99)} / {Milliseconds(silence.Max)}";

    private static string Milliseconds(TimeSpan time) => $"{time.TotalMilliseconds:0}";

    private static void Append(StringBuilder text, ImmutableArray<string> row, int[] widths)
    {
        text.Append('|');
        for (var column = 0; column < widths.Length; column++)
        {
            var cell = column == 0 ? row[column].PadRight(widths[column]) : row[column].PadLeft(widths[column]);
            text.Append(' ').Append(cell).Append(" |");
        }

        text.Append('\n');
    }
}
