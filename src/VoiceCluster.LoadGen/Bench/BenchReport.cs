using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Spectre.Console;

namespace VoiceCluster.LoadGen.Bench;

/// <summary>Prints sections and verdicts, and writes them into a page.</summary>
internal sealed class BenchReport(IAnsiConsole console)
{
    private const string Begin = "<!-- bench:begin -->";
    private const string End = "<!-- bench:end -->";

    /// <summary>Prints one line of progress.</summary>
    public void Progress(string text) => console.MarkupLineInterpolated($"[grey]{DateTimeOffset.Now:HH:mm:ss} {text}[/]");

    /// <summary>Prints what went wrong.</summary>
    public void Failure(string text) => console.MarkupLineInterpolated($"[red]BAD[/] {text}");

    /// <summary>Prints a section.</summary>
    public void Section(BenchSection section)
    {
        console.WriteLine();
        console.MarkupLineInterpolated($"[bold]{section.Title}[/]");
        var table = new Table().Border(TableBorder.Simple);
        for (var column = 0; column < section.Columns.Length; column++)
        {
            table.AddColumn(new TableColumn(Markup.Escape(section.Columns[column])) { Alignment = column == 0 ? Justify.Left : Justify.Right });
        }

        foreach (var row in section.Rows)
        {
            table.AddRow([.. row.Select(Markup.Escape)]);
        }

        console.Write(table);
    }

    /// <summary>Prints how the requirements fared.</summary>
    public void Verdicts(ImmutableArray<Verdict> verdicts)
    {
        console.WriteLine();
        foreach (var verdict in verdicts.Where(verdict => verdict.Value is not null))
        {
            console.MarkupLineInterpolated($"{Word(verdict)}  {verdict.Requirement.Says}: {Text(verdict)}, asked {Bound(verdict.Requirement)}");
        }

        var missing = verdicts.Count(verdict => verdict.Value is null);
        if (missing > 0)
        {
            console.MarkupLineInterpolated($"----  {missing} of {verdicts.Length} requirements were not measured");
        }
    }

    /// <summary>The sections and verdicts as Markdown.</summary>
    public static string Markdown(IEnumerable<BenchSection> sections, ImmutableArray<Verdict> verdicts, string machine)
    {
        var text = new StringBuilder();
        text.Append(machine).Append('\n');
        foreach (var section in sections)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n### {section.Title}\n\n{section.Note}\n\n");
            AppendRow(text, section.Columns);
            AppendRow(text, [.. section.Columns.Select((_, column) => column == 0 ? "---" : "---:")]);
            foreach (var row in section.Rows)
            {
                AppendRow(text, row);
            }
        }

        text.Append("\n### Asked and measured\n\n| asked | measured | |\n| --- | ---: | --- |\n");
        foreach (var verdict in verdicts)
        {
            AppendRow(text, [$"{verdict.Requirement.Says}: {Bound(verdict.Requirement)}", Text(verdict), Word(verdict).Trim()]);
        }

        return text.ToString();
    }

    /// <summary>Puts text between the marks of a page, or behind its end if it has none.</summary>
    public static string Insert(string page, string text)
    {
        var begin = page.IndexOf(Begin, StringComparison.Ordinal);
        var end = page.IndexOf(End, StringComparison.Ordinal);
        return begin >= 0 && end > begin
            ? $"{page[..(begin + Begin.Length)]}\n{text}{page[end..]}"
            : $"{page.TrimEnd()}\n\n{Begin}\n{text}{End}\n";
    }

    private static void AppendRow(StringBuilder text, ImmutableArray<string> cells) =>
        text.Append("| ").AppendJoin(" | ", cells.Select(cell => cell.Replace("|", "\\|", StringComparison.Ordinal))).Append(" |\n");

    private static string Word(Verdict verdict) => verdict switch
    {
        { Value: null } => "----",
        { IsFailed: true } => "FAIL",
        _ => "ok  ",
    };

    private static string Text(Verdict verdict) => verdict.Value is { } value ? value.ToString("0.###", CultureInfo.InvariantCulture) : "not measured";

    private static string Bound(Requirement requirement) =>
        requirement.Most is { } most ? $"≤ {most.ToString(CultureInfo.InvariantCulture)}" : $"≥ {requirement.Least?.ToString(CultureInfo.InvariantCulture)}";
}
