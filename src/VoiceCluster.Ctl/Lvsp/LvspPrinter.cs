using System.Text.Json;
using Spectre.Console;
using VoiceCluster.Client.Lvsp;

namespace VoiceCluster.Ctl.Lvsp;

/// <summary>Prints messages with their time: one line each when short, indented when long.</summary>
internal sealed class LvspPrinter
{
    private const int LongestLine = 100;

    // A message is never folded by the console: lines are copied from here.
    private const int Unfolded = 4096;

    private static readonly JsonWriterOptions Indented = new() { Indented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly IAnsiConsole _console;
    private readonly TimeProvider _time;
    private readonly Lock _writing = new();

    public LvspPrinter(IAnsiConsole console, TimeProvider time)
    {
        _console = console;
        _time = time;
        console.Profile.Width = Unfolded;
    }

    /// <summary>Prints a message that was sent or came.</summary>
    public void Show(LvspTraffic traffic) =>
        Write(traffic.IsSent ? "[blue]->[/]" : "[green]<-[/]", Markup.Escape(Pretty(traffic.Json)));

    /// <summary>Prints what went wrong.</summary>
    public void ShowProblem(string text) => Write("[red]!![/]", Markup.Escape(text));

    /// <summary>Prints what happened here.</summary>
    public void ShowNote(string text) => Write("[grey]--[/]", Markup.Escape(text));

    /// <summary>Lists the commands.</summary>
    public void ShowHelp()
    {
        var grid = new Grid().AddColumn(new GridColumn().NoWrap().PadRight(4)).AddColumn();
        foreach (var (usage, meaning) in LvspLine.Commands)
        {
            grid.AddRow(Markup.Escape(usage), Markup.Escape(meaning));
        }

        lock (_writing)
        {
            _console.Write(grid);
        }
    }

    /// <summary>The message on one line if it is short, else indented; unchanged if it is no JSON.</summary>
    internal static string Pretty(string json)
    {
        if (json.Length <= LongestLine)
        {
            return json;
        }

        try
        {
            using var document = JsonDocument.Parse(json);
            using var buffer = new MemoryStream();
            using (var writer = new Utf8JsonWriter(buffer, Indented))
            {
                document.WriteTo(writer);
            }

            return System.Text.Encoding.UTF8.GetString(buffer.ToArray());
        }
        catch (JsonException)
        {
            return json;
        }
    }

    private void Write(string sign, string markup)
    {
        lock (_writing)
        {
            _console.MarkupLine($"[grey]{_time.GetLocalNow():HH:mm:ss.fff}[/] {sign} {markup}");
        }
    }
}
