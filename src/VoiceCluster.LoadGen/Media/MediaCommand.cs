using System.CommandLine;
using VoiceCluster.Client.Sockets;
using VoiceCluster.LoadGen.Commands;
using VoiceCluster.LoadGen.Nodes;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.LoadGen.Media;

/// <summary><c>loadgen media</c>: what one forwarded packet costs a node.</summary>
internal sealed class MediaCommand
{
    private readonly Option<int> _users = CommandOptions.Count("--users", "How many users there are, about.", 1_000);
    private readonly Option<int> _fanOut = CommandOptions.Count("--fan-out", "How many copies each packet becomes: a channel has one member more.", 50);
    private readonly Option<int> _speakers = CommandOptions.Count("--speakers", "How many members of each channel speak.", 10);
    private readonly Option<int> _copies = CommandOptions.Count("--copies", "Copies a second that the load comes to.", 250_000);
    private readonly Option<int> _payload = CommandOptions.Count("--payload", "Bytes of each packet's payload.", 160);
    private readonly Option<int> _burst = CommandOptions.Count("--burst", "Packets that a speaker sends back to back in his turn, as a picture's come.", 1, most: SpeechThread.LongestBurst);
    private readonly Option<int> _workers = CommandOptions.Count("--workers", "The node's packet threads.", 1);
    private readonly Option<int> _repetitions = CommandOptions.Count("--repetitions", "How often it is measured.", 1);
    private readonly Option<double> _warmUp = CommandOptions.Seconds("--warm-up", "Seconds of traffic before each measurement.", 1.5);
    private readonly Option<double> _window = CommandOptions.Seconds("--seconds", "Seconds of each measurement.", 4);
    private readonly Option<int?> _core = new("--core") { Description = "The core of what is measured; the load goes where it was started.", HelpName = "n" };
    private readonly Option<bool> _floor = new("--floor") { Description = "Measure the floor program in turns with the node." };

    private readonly Option<string[]> _modes = new("--mode")
    {
        Description = "Encryption mode; several are taken by users in turn.",
        DefaultValueFactory = _ => [TransportEncryptionMode.AeadAes256GcmRtpSize.ToWireName()],
        HelpName = "mode",
    };

    private readonly Option<string> _node = CommandOptions.NodeAssembly();
    private readonly Option<string> _floorProgram = CommandOptions.File("--floor-program", "The floor program.", FloorForwarder.DefaultProgram);
    private readonly Option<string[]> _settings = CommandOptions.Settings();

    private readonly Option<Uri?> _url = CommandOptions.OptionalUrl("--url", "The LVSP address of a node that runs already; without it one is started.", "ws");
    private readonly Option<Uri?> _voiceUrl = CommandOptions.OptionalUrl("--voice-url", "Where its users connect.", "ws");
    private readonly Option<Uri?> _adminUrl = CommandOptions.OptionalUrl("--admin-url", "Its admin address.", "http");
    private readonly Option<string> _adminToken = CommandOptions.File("--admin-token-file", "The file that holds its admin token.", "var/admin-token");
    private readonly Option<int> _pid = new("--pid") { Description = "Its process, whose CPU time is read.", HelpName = "n" };

    public static Command Create()
    {
        var media = new MediaCommand();
        var command = new Command("media", "Starts a node, lets users talk, and prints what each forwarded packet costs.")
        {
            media._users, media._fanOut, media._speakers, media._copies, media._payload, media._burst, media._modes, media._workers, media._repetitions,
            media._warmUp, media._window, media._core, media._floor, media._node, media._floorProgram, media._settings,
            media._url, media._voiceUrl, media._adminUrl, media._adminToken, media._pid,
        };
        command.SetAction(media.RunAsync);
        return command;
    }

    private Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var console = new CommandConsole();
        return console.RunAsync(async () =>
        {
            var windows = await new MediaRun(OptionsFrom(parsed), console.Progress).RunAsync(cancellation);
            new MediaReport(console.Output, parsed.GetValue(_core) ?? 0).Result(windows);
            return true;
        });
    }

    private MediaOptions OptionsFrom(ParseResult parsed)
    {
        var shape = CallShape.For(parsed.GetValue(_users), parsed.GetValue(_fanOut), parsed.GetValue(_speakers));
        return new MediaOptions
        {
            Shape = shape,
            Pace = new Pace(
                parsed.GetValue(_copies) / (double)shape.FanOut, TimeSpan.FromSeconds(parsed.GetValue(_warmUp)), TimeSpan.FromSeconds(parsed.GetValue(_window)))
            {
                Burst = parsed.GetValue(_burst),
            },
            Modes = [.. parsed.GetRequiredValue(_modes).Select(ParseMode)],
            PayloadLength = Math.Max(SpeechPayload.MinimumLength, parsed.GetValue(_payload)),
            Repetitions = parsed.GetValue(_repetitions),
            Node = NodeFrom(parsed),
            WithFloor = parsed.GetValue(_floor),
            Workers = parsed.GetValue(_workers),
            Core = parsed.GetValue(_core),
            NodeAssembly = parsed.GetRequiredValue(_node),
            FloorProgram = parsed.GetRequiredValue(_floorProgram),
            Settings = CommandOptions.FlagsOf(parsed.GetRequiredValue(_settings)),
        };
    }

    private NodeAddress? NodeFrom(ParseResult parsed) => parsed.GetValue(_url) is not { } url
        ? null
        : new NodeAddress
        {
            LvspUrl = url,
            VoiceUrl = parsed.GetValue(_voiceUrl) ?? throw new RefusedException("--url needs --voice-url."),
            AdminUrl = parsed.GetValue(_adminUrl) ?? throw new RefusedException("--url needs --admin-url."),
            AdminTokenFile = parsed.GetRequiredValue(_adminToken),
            Secret = LvspOptions.Secret,
            ProcessId = parsed.GetValue(_pid),
        };

    private static TransportEncryptionMode ParseMode(string name) =>
        TransportEncryptionModes.TryParse(name, out var mode) ? mode : throw new RefusedException($"There is no mode {name}.");
}
