using System.Collections.Immutable;
using System.Text;

namespace VoiceCluster.LoadGen.Chaos.Report;

/// <summary>The table of a run, what is to be said of it, and the verdict.</summary>
internal sealed class ChaosPage(IReadOnlyList<FaultResult> results, Thresholds thresholds)
{
    private const string Begin = "<!-- voicechaos:begin -->";
    private const string End = "<!-- voicechaos:end -->";

    private readonly ImmutableArray<string> _faults = [.. results.SelectMany(result => thresholds.Judge(result))];

    /// <summary>Whether everything is as it was asked for.</summary>
    public bool IsGood => _faults.IsEmpty;

    /// <summary>Everything.</summary>
    public string Text
    {
        get
        {
            var text = new StringBuilder(FaultTable.Write(results)).Append('\n');
            foreach (var result in results)
            {
                text.Append("- ").Append(result.Name).Append(": ").AppendJoin("; ", result.Notes).Append('\n');
            }

            text.Append('\n').Append(IsGood ? "GOOD: every figure is within its threshold.\n" : "BAD:\n");
            foreach (var fault in _faults)
            {
                text.Append("- ").Append(fault).Append('\n');
            }

            return text.ToString();
        }
    }

    /// <summary>Puts everything between two marks of a page in Markdown; one without marks gets them at its end.</summary>
    public void WriteInto(string file)
    {
        var page = File.Exists(file) ? File.ReadAllText(file) : string.Empty;
        File.WriteAllText(file, PutInto(page));
    }

    internal string PutInto(string page)
    {
        var begin = page.IndexOf(Begin, StringComparison.Ordinal);
        var end = page.IndexOf(End, StringComparison.Ordinal);
        var (before, after) = begin < 0 || end < begin ? (page.Length == 0 ? page : page.TrimEnd() + "\n\n", "\n") : (page[..begin], page[(end + End.Length)..]);
        return $"{before}{Begin}\n{Text}{End}{after}";
    }
}
