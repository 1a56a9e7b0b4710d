using System.CommandLine;
using System.Globalization;
using VoiceCluster.Client.Sockets;
using VoiceCluster.LoadGen.Churn;
using VoiceCluster.LoadGen.Commands;

namespace VoiceCluster.LoadGen.Joins;

/// <summary><c>loadgen joins</c>: joins and leaves at an even rate, beside which something else is measured.</summary>
internal sealed class JoinsCommand
{
    private readonly Option<double> _rate = new("--rate") { Description = "Joins a second.", DefaultValueFactory = _ => 500, HelpName = "n" };
    private readonly Option<double> _seconds = new("--seconds") { Description = "How long.", DefaultValueFactory = _ => 10, HelpName = "s" };
    private readonly Option<int> _channels = new("--channels") { Description = "Over how many channels.", DefaultValueFactory = _ => 200, HelpName = "n" };
    private readonly Option<int> _concurrency = new("--concurrency") { Description = "How many may be under way at once.", DefaultValueFactory = _ => 400, HelpName = "n" };
    private readonly Option<Uri> _voiceUrl = CommandOptions.Url("--voice-url", "Where users connect.", "ws://127.0.0.1:8080/");
    private readonly LvspOptions _lvsp = new();

    public static Command Create()
    {
        var joins = new JoinsCommand();
        var command = new Command("joins", "Lets users join, connect and leave at an even rate, over one LVSP link and plain WebSockets.")
        {
            joins._rate, joins._seconds, joins._channels, joins._concurrency, joins._voiceUrl,
        };
        joins._lvsp.AddTo(command);
        command.SetAction(joins.RunAsync);
        return command;
    }

    /// <summary>Reads the last line of such a process.</summary>
    /// <returns>Joins that went well in a second.</returns>
    public static double ParseRate(string line) => double.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture);

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var storm = new JoinStorm(_lvsp.From(parsed, "joins"), OptionsFrom(parsed), parsed.GetValue(_rate), TimeProvider.System);
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var duration = TimeSpan.FromSeconds(parsed.GetValue(_seconds));
        try
        {
            await storm.RunAsync(
                () =>
                {
                    stopping.CancelAfter(duration);
                    Console.WriteLine("ready");
                },
                stopping.Token);
        }
        catch (ClientException exception)
        {
            await Console.Error.WriteLineAsync(exception.Message);
            return 1;
        }

        var good = storm.Counts.Done - storm.Counts.Failed;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"rate {good / duration.TotalSeconds:0.0} a second: {good} joined and left, {storm.Counts.Failed} failed, {storm.Skipped} not begun"));
        foreach (var (message, count) in storm.Counts.Failures)
        {
            await Console.Error.WriteLineAsync($"{count} x {message}");
        }

        return storm.Counts.Failed == 0 ? 0 : 1;
    }

    private ChurnOptions OptionsFrom(ParseResult parsed) => new()
    {
        Joins = 0,
        WarmUp = 0,
        Concurrency = parsed.GetValue(_concurrency),
        Channels = parsed.GetValue(_channels),
        UdpEvery = 0,
        AllowedGrowthPercent = 0,
        SettleLimit = TimeSpan.Zero,
        VoiceUrl = _ => parsed.GetRequiredValue(_voiceUrl),
        Trust = _lvsp.Trust(parsed),
    };
}
