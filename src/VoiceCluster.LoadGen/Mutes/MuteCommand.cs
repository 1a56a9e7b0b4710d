using System.CommandLine;
using System.Globalization;
using Spectre.Console;
using VoiceCluster.Client.Lvsp;
using VoiceCluster.Client.Measuring;
using VoiceCluster.LoadGen.Commands;
using VoiceCluster.LoadGen.Nodes;

namespace VoiceCluster.LoadGen.Mutes;

/// <summary><c>loadgen mute</c>: how long users are still heard after the backend muted them.</summary>
internal sealed class MuteCommand
{
    private readonly Option<int> _count = CommandOptions.Count("--count", "How many mutes, at least.", 200);
    private readonly Option<int> _pairs = CommandOptions.Count("--pairs", "How many speakers, each with a listener, are muted in a round.", 10);
    private readonly Option<double?> _most = MostOption();
    private readonly LvspOptions _lvsp = new();
    private readonly Option<Uri> _speaker = CommandOptions.Url("--speaker-url", "Where those who are muted connect.", "ws://127.0.0.2:8080/");
    private readonly Option<Uri> _listener = CommandOptions.Url("--listener-url", "Where those who listen connect.", "ws://127.0.0.2:8080/");

    private readonly Option<ulong?> _guild = new("--guild")
    {
        Description = "The guild of the channels. [default: one that nobody uses and that belongs to the node that --url leads to; with --before any other is refused]",
        HelpName = "id",
    };

    private readonly Option<string?> _before = new("--before") { Description = "What a shell runs before each round, for example to cut the links between nodes.", HelpName = "command" };
    private readonly Option<string?> _after = new("--after") { Description = "What it runs after each, also when the round fails.", HelpName = "command" };

    private readonly Option<Uri?> _admin =
        CommandOptions.OptionalUrl("--admin-url", "The admin port of the node that --url leads to. [default: port 9090 of that host]", "http");

    private readonly Option<string> _adminToken = CommandOptions.File("--admin-token-file", "The file that holds that node's admin token.", "var/node-1/admin-token");
    private readonly Option<string> _realm = new("--realm") { Description = "The realm of the secret.", DefaultValueFactory = _ => "default", HelpName = "name" };

    public static Command Create()
    {
        var mute = new MuteCommand();
        var command = new Command("mute", "Mutes users who speak, again and again, and measures for how long they are still heard.")
        {
            mute._count, mute._pairs, mute._most, mute._speaker, mute._listener, mute._guild, mute._before, mute._after, mute._admin, mute._adminToken, mute._realm,
        };
        mute._lvsp.AddTo(command);
        command.SetAction(mute.RunAsync);
        return command;
    }

    /// <summary>What is to be said against these times; null if nothing is.</summary>
    /// <param name="silences">How long each mute took.</param>
    /// <param name="most">What 99 of 100 may take at most, in milliseconds; null for anything.</param>
    internal static string? Judge(DelayHistogram silences, double? most) =>
        silences.Percentile(99).TotalMilliseconds > most
            ? string.Create(CultureInfo.InvariantCulture, $"p99 is {Milliseconds(silences.Percentile(99))} ms, at most {most:0.###} ms was asked for")
            : null;

    private static Option<double?> MostOption() => new("--max-p99")
    {
        Description = "What 99 of 100 mutes may take at most; above it the command fails. [default: anything]",
        CustomParser = static result =>
        {
            if (double.TryParse(result.Tokens[0].Value, NumberStyles.Float, CultureInfo.InvariantCulture, out var most) && most > 0)
            {
                return most;
            }

            result.AddError("--max-p99 is a number above 0.");
            return null;
        },
        HelpName = "ms",
    };

    private Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var console = new CommandConsole();
        return console.RunAsync(async () =>
        {
            var guild = await ChooseGuildAsync(parsed, cancellation);
            await using var backend = await LvspClient.ConnectAsync(_lvsp.From(parsed, "loadgen"), cancellation);
            var run = new MuteRun(backend, parsed.GetRequiredValue(_speaker), parsed.GetRequiredValue(_listener), guild)
            {
                Before = parsed.GetValue(_before),
                After = parsed.GetValue(_after),
                Trust = _lvsp.Trust(parsed),
            };
            var silences = await run.RunAsync(parsed.GetValue(_count), parsed.GetValue(_pairs), cancellation);
            console.Output.WriteLine(Describe(silences));
            var complaint = Judge(silences, parsed.GetValue(_most));
            if (complaint is not null)
            {
                console.Failure(complaint);
            }

            return complaint is null;
        });
    }

    private async Task<ulong> ChooseGuildAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var given = parsed.GetValue(_guild);
        if (given is { } any && parsed.GetValue(_before) is null)
        {
            return any;
        }

        using var admin = new NodeAdmin(parsed.GetValue(_admin) ?? AdminOf(_lvsp.Url(parsed)), parsed.GetRequiredValue(_adminToken));
        var realm = parsed.GetRequiredValue(_realm);
        var node = (await admin.ReadStatusAsync(cancellation)).Id;
        var choice = new GuildChoice(node, async guild => (await admin.ReadOwnerAsync(realm, guild, cancellation)).Node);
        return given is { } guild ? await choice.CheckAsync(guild) : await choice.FindAsync((ulong)Random.Shared.NextInt64(1L << 50, 1L << 60));
    }

    private static Uri AdminOf(Uri lvsp) => new UriBuilder(Uri.UriSchemeHttp, lvsp.Host, 9090).Uri;

    private static string Describe(DelayHistogram silences) => string.Create(
        CultureInfo.InvariantCulture,
        $"mute to silence, {silences.Count} times: p50 {Milliseconds(silences.Percentile(50))}, p99 {Milliseconds(silences.Percentile(99))}, max {Milliseconds(silences.Max)} ms");

    private static string Milliseconds(TimeSpan time) => time.TotalMilliseconds.ToString("0.0", CultureInfo.InvariantCulture);
}
