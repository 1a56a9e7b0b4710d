using System.Globalization;

namespace VoiceCluster.Simulation;

/// <summary>The command line.</summary>
internal sealed record CommandLine
{
    public const string Usage =
        "usage: VoiceCluster.Simulation [--steps 10000000] [--runs 20] [--seed N] [--nodes 3|4|5] [--trace FILE]";

    private long Steps { get; init; } = 10_000_000;

    private int Runs { get; init; } = 20;

    private int Seed { get; init; } = Environment.TickCount & 0xFFFFFF;

    private int Nodes { get; init; }

    /// <summary>Where what the nodes log goes; meant for one short run.</summary>
    public string? TraceFile { get; private init; }

    /// <summary>The seeds of the runs.</summary>
    public IEnumerable<int> Seeds => Enumerable.Range(Seed, Runs);

    public long StepsPerSeed => Steps / Runs;

    /// <summary>How many nodes a run has.</summary>
    public int NodesOf(int seed) => Nodes > 0 ? Nodes : 3 + (seed % 3);

    /// <summary>Reads the arguments; <c>null</c> if they make no sense.</summary>
    public static CommandLine? Parse(ReadOnlySpan<string> arguments)
    {
        var command = new CommandLine();
        for (; arguments.Length >= 2; arguments = arguments[2..])
        {
            if (command.With(arguments[0], arguments[1]) is not { } parsed)
            {
                return null;
            }

            command = parsed;
        }

        return arguments.IsEmpty ? command : null;
    }

    private CommandLine? With(string name, string value)
    {
        if (name == "--trace")
        {
            return this with { TraceFile = value };
        }

        return long.TryParse(value, CultureInfo.InvariantCulture, out var number) && number > 0
            ? name switch
            {
                "--steps" => this with { Steps = number },
                "--runs" when number <= 10_000 => this with { Runs = (int)number },
                "--seed" when number <= int.MaxValue / 2 => this with { Seed = (int)number },
                "--nodes" when number <= 9 => this with { Nodes = (int)number },
                _ => null,
            }
            : null;
    }
}
