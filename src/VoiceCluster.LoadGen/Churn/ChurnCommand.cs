using System.CommandLine;
using VoiceCluster.LoadGen.Commands;
using VoiceCluster.LoadGen.Nodes;

namespace VoiceCluster.LoadGen.Churn;

/// <summary><c>loadgen churn</c>: many joins and leaves, after which a node, or a cluster of which nodes were killed meanwhile, must be what it was before.</summary>
internal sealed class ChurnCommand
{
    private const int DefaultWarmUp = 20_000;

    private readonly Option<int> _joins = CommandOptions.Count("--joins", "How many users join and leave.", 20_000);

    private readonly Option<int?> _warmUp = new("--warm-up")
    {
        Description = $"How many do so before the first reading, so that pools and bounded caches are full. [default: {DefaultWarmUp}; with --nodes as many as a node lives to see]",
        HelpName = "n",
    };

    private readonly Option<int> _concurrency = CommandOptions.Count("--concurrency", "How many are under way at once.", 50);
    private readonly Option<int> _channels = CommandOptions.Count("--channels", "Over how many channels, each in its own guild, they are spread.", 100);
    private readonly Option<int> _udpEvery = CommandOptions.Count("--udp-every", "Every how manieth one also discovers its address and sends a frame; 0 for none.", 10, least: 0);
    private readonly Option<int> _connectEvery =
        CommandOptions.Count("--connect-every", "Every how manieth one connects to the voice gateway; the others only join and leave.", 1);

    private readonly Option<int> _settle = CommandOptions.Count("--settle", "How many seconds it may take to come to rest.", 240);

    private readonly Option<int> _nodes =
        CommandOptions.Count("--nodes", "Starts so many nodes on a database of their own, and kills one now and then; 0 is for a node that runs already.", 0, least: 0, most: 9);

    private readonly Option<int> _killEvery = CommandOptions.Count("--kill-every", "With --nodes: one of them is killed in each so many joins.", 10_000, least: 2);
    private readonly Option<string> _node = CommandOptions.NodeAssembly();
    private readonly Option<bool> _keep = new("--keep") { Description = "With --nodes: keep what they printed." };

    private readonly Option<double> _growth = new("--max-growth")
    {
        Description = "How far a figure may grow, in percent.",
        DefaultValueFactory = _ => 5,
        HelpName = "percent",
    };

    private readonly Option<Uri> _voiceUrl = CommandOptions.Url("--voice-url", "Where users connect; plain WebSockets by default.", "ws://127.0.0.1:8080/");
    private readonly Option<Uri> _adminUrl = CommandOptions.Url("--admin-url", "The node's admin address.", "http://127.0.0.1:9090");

    private readonly Option<string> _adminToken =
        CommandOptions.File("--admin-token-file", "The file that holds the admin token; a development node keeps it there.", "var/admin-token");

    private readonly LvspOptions _lvsp = new();

    public static Command Create()
    {
        var churn = new ChurnCommand();
        var command = new Command("churn", "Lets many users join and leave, and checks that nothing of them is left in the node or the cluster.")
        {
            churn._joins, churn._warmUp, churn._concurrency, churn._channels, churn._udpEvery, churn._connectEvery, churn._settle, churn._growth,
            churn._nodes, churn._killEvery, churn._node, churn._keep,
            churn._voiceUrl, churn._adminUrl, churn._adminToken,
        };
        churn._lvsp.AddTo(command);
        command.SetAction(churn.RunAsync);
        return command;
    }

    private Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var console = new CommandConsole();
        return console.RunAsync(() => parsed.GetValue(_nodes) > 0
            ? RunClusterAsync(parsed, console, cancellation)
            : RunNodeAsync(parsed, console, cancellation));
    }

    private async Task<bool> RunNodeAsync(ParseResult parsed, CommandConsole console, CancellationToken cancellation)
    {
        using var node = new NodeAdmin(parsed.GetRequiredValue(_adminUrl), parsed.GetRequiredValue(_adminToken));
        var voice = parsed.GetRequiredValue(_voiceUrl);
        var options = OptionsFrom(parsed, parsed.GetValue(_warmUp) ?? DefaultWarmUp, _ => voice);
        var result = await new ChurnRun(_lvsp.From(parsed, "loadgen"), options, node, TimeProvider.System, console.Progress).RunAsync(cancellation);
        new ChurnReport(console.Output).Result(result);
        return result.IsGood;
    }

    private async Task<bool> RunClusterAsync(ParseResult parsed, CommandConsole console, CancellationToken cancellation)
    {
        var cluster = new ClusterChurnOptions
        {
            Nodes = parsed.GetValue(_nodes),
            KillEvery = parsed.GetValue(_killEvery),
            Assembly = parsed.GetRequiredValue(_node),
            KeepsLogs = parsed.GetValue(_keep),
        };
        var warmUp = parsed.GetValue(_warmUp) ?? cluster.LongestLife;
        var options = OptionsFrom(parsed, warmUp, static endpoint => new Uri($"ws://{endpoint}/"));
        var result = await new ClusterChurnRun(options, cluster, TimeProvider.System, console.Progress).RunAsync(cancellation);
        new ChurnReport(console.Output).Result(result);
        return result.Churn.IsGood;
    }

    private ChurnOptions OptionsFrom(ParseResult parsed, int warmUp, Func<string, Uri> voiceUrl) => new()
    {
        Joins = parsed.GetValue(_joins),
        WarmUp = warmUp,
        Concurrency = parsed.GetValue(_concurrency),
        Channels = parsed.GetValue(_channels),
        UdpEvery = parsed.GetValue(_udpEvery),
        ConnectEvery = parsed.GetValue(_connectEvery),
        AllowedGrowthPercent = parsed.GetValue(_growth),
        SettleLimit = TimeSpan.FromSeconds(parsed.GetValue(_settle)),
        VoiceUrl = voiceUrl,
        Trust = _lvsp.Trust(parsed),
    };
}
