using System.CommandLine;
using VoiceCluster.LoadGen.Commands;
using VoiceCluster.LoadGen.Media;
using VoiceCluster.LoadGen.Peers;

namespace VoiceCluster.LoadGen.Bench;

/// <summary><c>loadgen bench</c>: everything that is said of the packet path, measured and judged. <c>bench.sh</c> calls it.</summary>
internal sealed class BenchCommand
{
    private static readonly TimeSpan DrySoak = TimeSpan.FromSeconds(1);

    private readonly Option<bool> _quick = new("--quick") { Description = "Shorter, and not judged." };
    private readonly Option<bool> _dry = new("--dry") { Description = "Everything once, tiny, in seconds, and not judged: shows that the bench works." };
    private readonly Option<int> _core = new("--core") { Description = "The core of what is measured; the load keeps off it.", HelpName = "n" };
    private readonly Option<double> _soak = new("--soak") { Description = "Minutes of a soak; 0 for none.", HelpName = "minutes" };
    private readonly Option<string?> _write = CommandOptions.Write("Write the tables into this page.");

    private readonly Option<string[]> _parts = new("--part")
    {
        Description = $"Only this part; may be repeated. There are {string.Join(", ", BenchRun.Parts.Select(part => part.Name))}.",
        DefaultValueFactory = _ => [],
        HelpName = "part",
    };

    private readonly Option<string> _node = CommandOptions.NodeAssembly();

    private readonly Option<string> _floor =
        CommandOptions.File("--floor-program", "The floor program; without it nothing is compared with it.", FloorForwarder.DefaultProgram);

    public static Command Create()
    {
        var bench = new BenchCommand();
        bench._parts.AcceptOnlyFromAmong([.. BenchRun.Parts.Select(part => part.Name)]);
        var command = new Command("bench", "Measures the packet path beside a floor program in C and other servers, and judges it.")
        {
            bench._quick, bench._dry, bench._core, bench._soak, bench._write, bench._parts, bench._node, bench._floor,
        };
        command.SetAction(bench.RunAsync);
        return command;
    }

    private Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var console = new CommandConsole();
        return console.RunAsync(() =>
        {
            var options = OptionsFrom(parsed);
            LoadProcessors.KeepOff(options.Core);
            return new BenchRun(options, new BenchReport(console), TimeProvider.System).RunAsync(cancellation);
        });
    }

    private BenchOptions OptionsFrom(ParseResult parsed)
    {
        var size = parsed.GetValue(_dry) ? BenchSize.Dry : parsed.GetValue(_quick) ? BenchSize.Quick : BenchSize.Full;
        return new BenchOptions
        {
            Size = size,
            Core = parsed.GetValue(_core),
            NodeAssembly = parsed.GetRequiredValue(_node),
            FloorProgram = parsed.GetRequiredValue(_floor),
            Soak = size == BenchSize.Dry ? DrySoak : TimeSpan.FromMinutes(parsed.GetValue(_soak)),
            Parts = parsed.GetRequiredValue(_parts),
            WriteTo = parsed.GetValue(_write),
        };
    }
}
