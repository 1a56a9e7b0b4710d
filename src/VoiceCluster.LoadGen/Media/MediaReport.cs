using System.Globalization;
using Spectre.Console;

namespace VoiceCluster.LoadGen.Media;

/// <summary>Prints measured windows.</summary>
internal sealed class MediaReport(IAnsiConsole console, int core)
{
    private static readonly string[] Columns = ["ns/copy", "copies/s", "core", "others", "in/batch", "kernel/own", "B/copy", "GCs", "skipped"];

    /// <summary>Prints all windows, and the ratio of medians if there are two kinds.</summary>
    public void Result(IReadOnlyList<MeasuredWindow> windows)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumn("server");
        foreach (var column in Columns)
        {
            table.AddColumn(new TableColumn(column) { Alignment = Justify.Right });
        }

        foreach (var window in windows)
        {
            table.AddRow([window.Name, .. Cells(window)]);
        }

        console.Write(table);
        foreach (var window in windows.Where(window => !window.Drops.IsEmpty))
        {
            console.WriteLine($"{window.Name} dropped: {string.Join(", ", window.Drops.Select(drop => $"{drop.Key} {drop.Value}"))}");
        }

        PrintRatio(windows);
    }

    private void PrintRatio(IReadOnlyList<MeasuredWindow> windows)
    {
        var medians = windows.GroupBy(window => window.Name)
            .Select(group => (group.Key, Median: Bench.Statistics.Median(group.Select(window => window.NanosecondsPerCopy))))
            .ToList();
        if (medians.Count == 2)
        {
            console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{medians[1].Key} {medians[1].Median:0} ns, {medians[0].Key} {medians[0].Median:0} ns: ratio {medians[1].Median / medians[0].Median:0.000}"));
        }
    }

    private IEnumerable<string> Cells(MeasuredWindow window)
    {
        yield return Text(window.NanosecondsPerCopy, "0");
        yield return Text(window.CopiesPerSecond, "0");
        yield return Text(window.Utilisation * 100, "0.0") + " %";
        yield return Text(window.UsedByOthers(core) * 100, "0.0") + " %";
        yield return Text(window.ReceivedPerBatch, "0.00");
        yield return Text(window.SentByKernel / (double)window.Sent, "0.000");
        yield return window.AllocatedBytes is { } bytes ? Text(bytes / window.Sent, "0.00") : "-";
        yield return window.Collections is { } collections ? Text(collections, "0") : "-";
        yield return Text(window.LoadSkipped, "0");
    }

    private static string Text(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
