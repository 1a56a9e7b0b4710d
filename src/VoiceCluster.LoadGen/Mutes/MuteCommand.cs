using System.CommandLine;
using System.Globalization;
using VoiceCluster.Client.Lvsp;
using VoiceCluster.Client.Measuring;
using VoiceCluster.Client.Sockets;
using VoiceCluster.LoadGen.Commands;

namespace VoiceCluster.LoadGen.Mutes;

/// <summary><c>loadgen mute</c>: how long users are still heard after the backend muted them.</summary>
internal sealed class MuteCommand
{
    private const string SecretVariable = "VOICECTL_SECRET";

    private readonly Option<int> _count = new("--count") { Description = "How many mutes.", DefaultValueFactory = _ => 200, HelpName = "n" };
    private readonly Option<int> _pairs = new("--pairs") { Description = "How many speakers, each with a listener, are muted within a second.", DefaultValueFactory = _ => 10, HelpName = "n" };
    private readonly Option<string> _url = Url("--url", "The LVSP address.", "ws://127.0.0.1:8080/lvsp");
    private readonly Option<string> _speaker = Url("--speaker-url", "Where those who are muted connect.", "ws://127.0.0.2:8080/");
    private readonly Option<string> _listener = Url("--listener-url", "Where those who listen connect.", "ws://127.0.0.2:8080/");
    private readonly Option<ulong> _guild = new("--guild") { Description = "The guild, which decides who owns the channels.", DefaultValueFactory = _ => 20, HelpName = "id" };

    private readonly Option<string?> _before = new("--before") { Description = "What a shell runs before each round, for example to cut the links between nodes.", HelpName = "command" };
    private readonly Option<string?> _after = new("--after") { Description = "What it runs after each.", HelpName = "command" };

    public static Command Create()
    {
        var mute = new MuteCommand();
        var command = new Command("mute", "Mutes users who speak, again and again, and measures for how long they are still heard.")
        {
            mute._count, mute._pairs, mute._url, mute._speaker, mute._listener, mute._guild, mute._before, mute._after,
        };
        command.SetAction(mute.RunAsync);
        return command;
    }

    private static Option<string> Url(string name, string description, string value) =>
        new(name) { Description = description, DefaultValueFactory = _ => value, HelpName = "url" };

    private Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation) => new CommandConsole().RunAsync(async () =>
    {
        await using var backend = await LvspClient.ConnectAsync(
            new LvspClientOptions
            {
                Url = new Uri(parsed.GetRequiredValue(_url)),
                Secret = Environment.GetEnvironmentVariable(SecretVariable) ?? "dev-secret",
                Trust = TlsTrust.MachineAndLoopback,
            },
            cancellation);
        var run = new MuteRun(backend, new Uri(parsed.GetRequiredValue(_speaker)), new Uri(parsed.GetRequiredValue(_listener)), parsed.GetValue(_guild))
        {
            Before = parsed.GetValue(_before),
            After = parsed.GetValue(_after),
        };
        Print(await run.RunAsync(parsed.GetValue(_count), Math.Max(1, parsed.GetValue(_pairs)), cancellation));
        return true;
    });

    private static void Print(DelayHistogram silences) => Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"mute to silence, {silences.Count} times: p50 {Milliseconds(silences.Percentile(50))}, p99 {Milliseconds(silences.Percentile(99))}, max {Milliseconds(silences.Max)} ms"));

    private static string Milliseconds(TimeSpan time) => time.TotalMilliseconds.ToString("0.0", CultureInfo.InvariantCulture);
}
