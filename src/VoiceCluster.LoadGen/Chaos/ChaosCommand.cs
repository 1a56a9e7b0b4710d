using System.CommandLine;
using VoiceCluster.LoadGen.Chaos.Faults;
using VoiceCluster.LoadGen.Chaos.Report;
using VoiceCluster.LoadGen.Commands;

namespace VoiceCluster.LoadGen.Chaos;

/// <summary><c>loadgen chaos</c>, which <c>voicechaos</c> calls: a cluster of processes with real clients, one fault after another, and one table.</summary>
internal sealed class ChaosCommand
{
    private const string DefaultThresholds = "deploy/voicechaos.conf";

    private readonly Option<int> _nodes = CommandOptions.Count("--nodes", "How many nodes.", 3);
    private readonly Option<int> _users = CommandOptions.Count("--users", "How many users.", 60);
    private readonly Option<int> _speakers = CommandOptions.Count("--speakers", "How many of them talk all the time.", 6);
    private readonly Option<int> _channels = CommandOptions.Count("--channels", "Over how many channels they are spread.", 6);
    private readonly Option<bool> _together = new("--together") { Description = "The users of a channel share a node; else they are spread over all nodes." };
    private readonly Option<int> _control = CommandOptions.Count("--control", "How long the run without a fault lasts.", 20, least: 0, unit: "seconds");
    private readonly Option<int> _hold = CommandOptions.Count("--hold", "How long a fault lasts that ends by itself.", 10, least: 0, unit: "seconds");
    private readonly Option<int> _outage = CommandOptions.Count("--store-outage", "How long the database is away.", 30, least: 0, unit: "seconds");
    private readonly Option<int> _ghostWait = CommandOptions.Count("--ghost-wait", "How long after a fault ghosts are looked for.", 30, least: 0, unit: "seconds");
    private readonly Option<int> _seed = CommandOptions.Count("--seed", "Of everything that happens by chance.", 1, least: 0);
    private readonly Option<bool> _keep = new("--keep") { Description = "Keep what the nodes printed." };

    private readonly Option<string[]> _faults = new("--fault")
    {
        Description = $"Only this fault, besides the run without one; may be repeated. There are {string.Join(", ", FaultCatalogue.All.Select(fault => fault.Name))}.",
        DefaultValueFactory = _ => [],
        HelpName = "fault",
    };

    private readonly Option<string> _thresholds = CommandOptions.File("--thresholds", "What each fault may do at most.", DefaultThresholds);
    private readonly Option<string?> _write = CommandOptions.Write("Write the table into this page.");
    private readonly Option<string> _node = CommandOptions.NodeAssembly();

    private readonly Option<string?> _from = new("--from")
    {
        Description = "The node's assembly of an earlier build: the cluster begins with it and is upgraded, node by node. Of the faults only those asked for follow.",
        HelpName = "file",
    };

    public static Command Create()
    {
        var chaos = new ChaosCommand();
        chaos._faults.AcceptOnlyFromAmong([.. FaultCatalogue.All.Select(fault => fault.Name)]);
        var command = new Command("chaos", "Starts a cluster with users who talk, lets one thing after another go wrong, and says what they heard.")
        {
            chaos._nodes, chaos._users, chaos._speakers, chaos._channels, chaos._together, chaos._control, chaos._hold, chaos._outage, chaos._ghostWait,
            chaos._faults, chaos._thresholds, chaos._write, chaos._seed, chaos._keep, chaos._node, chaos._from,
        };
        command.SetAction(chaos.RunAsync);
        return command;
    }

    private Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var console = new CommandConsole();
        return console.RunAsync(async () =>
        {
            var thresholds = Thresholds.Read(parsed.GetRequiredValue(_thresholds));
            var results = await new ChaosRun(OptionsFrom(parsed), console.Progress).RunAsync(cancellation);
            var page = new ChaosPage(results, thresholds);
            Console.Out.WriteLine(page.Text);
            if (parsed.GetValue(_write) is { } file)
            {
                page.WriteInto(file);
            }

            return page.IsGood;
        });
    }

    private ChaosOptions OptionsFrom(ParseResult parsed) => new()
    {
        Nodes = parsed.GetValue(_nodes),
        Users = parsed.GetValue(_users),
        Speakers = parsed.GetValue(_speakers),
        Channels = parsed.GetValue(_channels),
        Spread = !parsed.GetValue(_together),
        Control = TimeSpan.FromSeconds(parsed.GetValue(_control)),
        Hold = TimeSpan.FromSeconds(parsed.GetValue(_hold)),
        StoreOutage = TimeSpan.FromSeconds(parsed.GetValue(_outage)),
        GhostWait = TimeSpan.FromSeconds(parsed.GetValue(_ghostWait)),
        Faults = parsed.GetRequiredValue(_faults),
        Assembly = parsed.GetRequiredValue(_node),
        From = parsed.GetValue(_from),
        Seed = parsed.GetValue(_seed),
        KeepsLogs = parsed.GetValue(_keep),
    };
}
