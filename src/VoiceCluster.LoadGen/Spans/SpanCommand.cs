using System.CommandLine;
using System.Globalization;
using Spectre.Console;
using VoiceCluster.LoadGen.Bench;
using VoiceCluster.LoadGen.Commands;

namespace VoiceCluster.LoadGen.Spans;

/// <summary><c>loadgen span</c>: a large channel over several nodes, what it costs each of them, and what goes between them.</summary>
internal sealed class SpanCommand
{
    private readonly Option<int> _nodes = CommandOptions.Count("--nodes", "How many nodes are started.", 3, least: 2, most: 9);
    private readonly Option<int> _users = CommandOptions.Count("--users", "Users of the channel; their nodes take turns.", 2_005, least: 2);
    private readonly Option<int> _speakers = CommandOptions.Count("--speakers", "How many of them speak, at 50 packets a second.", 5);
    private readonly Option<int> _listeners = CommandOptions.Count("--listeners", "On each node, how many really listen and check every frame.", 2, least: 0);
    private readonly Option<int> _sockets =
        CommandOptions.Count("--sockets", "How many users keep their WebSocket once they have their key; the sessions of the others live on in their resume window.", 200);

    private readonly Option<int> _payload = CommandOptions.Count("--payload", "Bytes of each packet's payload.", 160, least: Media.SpeechPayload.MinimumLength);
    private readonly Option<double> _warmUp = CommandOptions.Seconds("--warm-up", "Seconds of talk before the measurement.", 2);
    private readonly Option<double> _window = CommandOptions.Seconds("--seconds", "Seconds of talk that are measured.", 10);
    private readonly Option<string> _node = CommandOptions.NodeAssembly();
    private readonly Option<string[]> _settings = CommandOptions.Settings();
    private readonly Option<string?> _write = CommandOptions.Write("Write the table into this page.");

    public static Command Create()
    {
        var span = new SpanCommand();
        var command = new Command("span", "Starts several nodes, lets users of one channel talk over all of them, and counts what crosses from node to node.")
        {
            span._nodes, span._users, span._speakers, span._listeners, span._sockets, span._payload, span._warmUp, span._window, span._node, span._settings, span._write,
        };
        command.SetAction(span.RunAsync);
        return command;
    }

    private Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var console = new CommandConsole();
        return console.RunAsync(async () =>
        {
            var options = OptionsFrom(parsed);
            var result = await new SpanRun(options, TimeProvider.System, console.Progress).RunAsync(cancellation);
            var section = SpanSection.Of(result);
            new BenchReport(console).Section(section);
            var isGood = result is { IsOnce: true, IsWhole: true };
            console.Output.WriteLine($"{(isGood ? "GOOD" : "BAD")}: {SpanSection.Verdict(result)}");
            if (parsed.GetValue(_write) is { } file)
            {
                Write(file, section, options, result);
            }

            return isGood;
        });
    }

    private static void Write(string file, BenchSection section, SpanOptions options, SpanResult result)
    {
        var page = new BenchPage(File.Exists(file) ? File.ReadAllText(file) : string.Empty);
        var how = string.Create(
            CultureInfo.InvariantCulture,
            $"{Machine.Describe(TimeProvider.System.GetLocalNow(), $"loadgen span --users {options.Users} --speakers {options.Speakers}")}; " +
            $"{options.Window.TotalSeconds:0.#} s, payload {options.PayloadLength} bytes. {SpanSection.Verdict(result)}.");
        page.Put(section, how);
        File.WriteAllText(file, page.Text);
    }

    private SpanOptions OptionsFrom(ParseResult parsed) => new()
    {
        Nodes = parsed.GetValue(_nodes),
        Users = parsed.GetValue(_users),
        Speakers = Math.Min(parsed.GetValue(_speakers), parsed.GetValue(_users)),
        RealListeners = parsed.GetValue(_listeners),
        Sockets = parsed.GetValue(_sockets),
        PayloadLength = parsed.GetValue(_payload),
        WarmUp = TimeSpan.FromSeconds(parsed.GetValue(_warmUp)),
        Window = TimeSpan.FromSeconds(parsed.GetValue(_window)),
        Assembly = parsed.GetRequiredValue(_node),
        Settings = CommandOptions.FlagsOf(parsed.GetRequiredValue(_settings)),
    };
}
