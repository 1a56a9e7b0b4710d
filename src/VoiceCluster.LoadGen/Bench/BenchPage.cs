using System.Collections.Immutable;
using System.Text;

namespace VoiceCluster.LoadGen.Bench;

/// <summary>A page in Markdown that keeps the last results of each section between two marks; what surrounds them is left alone.</summary>
internal sealed class BenchPage
{
    private const string Begin = "<!-- bench:begin -->";
    private const string End = "<!-- bench:end -->";
    private const string Heading = "### ";
    private const string VerdictTitle = "Asked and measured";

    private readonly string _before;
    private readonly string _after;
    private readonly List<(string Title, string Body)> _sections = [];

    /// <summary>Takes a page apart; one without marks gets them at its end.</summary>
    public BenchPage(string page)
    {
        var begin = page.IndexOf(Begin, StringComparison.Ordinal);
        var end = page.IndexOf(End, StringComparison.Ordinal);
        if (begin < 0 || end < begin)
        {
            _before = page.Length == 0 ? string.Empty : page.TrimEnd() + "\n\n";
            _after = "\n";
            return;
        }

        _before = page[..begin];
        _after = page[(end + End.Length)..];
        foreach (var section in page[(begin + Begin.Length)..end].Split("\n" + Heading).Skip(1))
        {
            var lineEnd = section.IndexOf('\n', StringComparison.Ordinal);
            _sections.Add((section[..lineEnd], section[(lineEnd + 1)..].Trim()));
        }
    }

    /// <summary>The whole page.</summary>
    public string Text
    {
        get
        {
            var text = new StringBuilder(_before).Append(Begin).Append('\n');
            foreach (var (title, body) in _sections)
            {
                text.Append('\n').Append(Heading).Append(title).Append("\n\n").Append(body).Append('\n');
            }

            return text.Append('\n').Append(End).Append(_after).ToString();
        }
    }

    /// <summary>Replaces a section, or adds it before the verdicts.</summary>
    public void Put(BenchSection section, string machine)
    {
        var text = new StringBuilder(section.Note).Append("\n\n").Append(machine).Append("\n\n");
        AppendRow(text, section.Columns);
        AppendRow(text, [.. section.Columns.Select((_, column) => column == 0 ? "---" : "---:")]);
        foreach (var row in section.Rows)
        {
            AppendRow(text, row);
        }

        Put(section.Title, text.ToString().TrimEnd());
    }

    /// <summary>Replaces the verdicts; what was not measured this time keeps its line.</summary>
    public void Put(ImmutableArray<Verdict> verdicts)
    {
        var earlier = _sections.Find(section => section.Title == VerdictTitle).Body?.Split('\n') ?? [];
        var text = new StringBuilder("| asked | measured | |\n| --- | ---: | --- |\n");
        foreach (var verdict in verdicts)
        {
            var asked = $"{verdict.Requirement.Says}: {BenchReport.Bound(verdict.Requirement)}";
            var kept = verdict.Value is null ? Array.Find(earlier, line => line.StartsWith($"| {asked} |", StringComparison.Ordinal)) : null;
            if (kept is not null)
            {
                text.Append(kept).Append('\n');
            }
            else
            {
                AppendRow(text, [asked, BenchReport.Text(verdict), BenchReport.Word(verdict).Trim()]);
            }
        }

        Put(VerdictTitle, text.ToString().TrimEnd());
    }

    private static void AppendRow(StringBuilder text, ImmutableArray<string> cells) =>
        text.Append("| ").AppendJoin(" | ", cells.Select(cell => cell.Replace("|", "\\|", StringComparison.Ordinal))).Append(" |\n");

    private void Put(string title, string body)
    {
        var index = _sections.FindIndex(section => section.Title == title);
        if (index >= 0)
        {
            _sections[index] = (title, body);
            return;
        }

        var last = _sections.FindIndex(section => section.Title == VerdictTitle);
        _sections.Insert(last < 0 ? _sections.Count : last, (title, body));
    }
}
