using System.Collections.Immutable;
using System.Globalization;
using Spectre.Console;
using VoiceCluster.LoadGen.Commands;

namespace VoiceCluster.LoadGen.Bench;

/// <summary>Prints sections and verdicts.</summary>
internal sealed class BenchReport(CommandConsole console)
{
    /// <summary>Prints one line of progress.</summary>
    public void Progress(string text) => console.Progress($"{DateTimeOffset.Now:HH:mm:ss} {text}");

    /// <summary>Prints what went wrong.</summary>
    public void Failure(string text) => console.Failure(text);

    /// <summary>Prints a section.</summary>
    public void Section(BenchSection section)
    {
        console.Output.WriteLine();
        console.Output.MarkupLineInterpolated($"[bold]{section.Title}[/]");
        var table = new Table().Border(TableBorder.Simple);
        for (var column = 0; column < section.Columns.Length; column++)
        {
            table.AddColumn(new TableColumn(Markup.Escape(section.Columns[column])) { Alignment = column == 0 ? Justify.Left : Justify.Right });
        }

        foreach (var row in section.Rows)
        {
            table.AddRow([.. row.Select(Markup.Escape)]);
        }

        console.Output.Write(table);
    }

    /// <summary>Prints how the requirements fared.</summary>
    public void Verdicts(ImmutableArray<Verdict> verdicts)
    {
        console.Output.WriteLine();
        foreach (var verdict in verdicts.Where(verdict => verdict.Value is not null))
        {
            console.Output.MarkupLineInterpolated($"{Word(verdict)}  {verdict.Requirement.Says}: {Text(verdict)}, asked {Bound(verdict.Requirement)}");
        }

        var missing = verdicts.Count(verdict => verdict.Value is null);
        if (missing > 0)
        {
            console.Output.MarkupLineInterpolated($"----  {missing} of {verdicts.Length} requirements were not measured");
        }
    }

    /// <summary>Whether a requirement is met, in a word.</summary>
    public static string Word(Verdict verdict) => verdict switch
    {
        { Value: null } => "----",
        { IsFailed: true } => "FAIL",
        _ => "ok  ",
    };

    /// <summary>What was measured for a requirement.</summary>
    public static string Text(Verdict verdict) => verdict switch
    {
        { Value: null } => "not measured",
        { IsBeyondFloor: true } => string.Create(CultureInfo.InvariantCulture, $"{verdict.Value:0.###}; the floor itself {verdict.Floor:0.###}"),
        _ => verdict.Value.Value.ToString("0.###", CultureInfo.InvariantCulture),
    };

    /// <summary>What a requirement asks.</summary>
    public static string Bound(Requirement requirement) =>
        requirement.Most is { } most ? $"≤ {most.ToString(CultureInfo.InvariantCulture)}" : $"≥ {requirement.Least?.ToString(CultureInfo.InvariantCulture)}";
}
