using VoiceCluster.LoadGen.Media;
using VoiceCluster.LoadGen.Nodes;

namespace VoiceCluster.LoadGen.Bench;

/// <summary>How thorough a bench is.</summary>
internal enum BenchSize
{
    /// <summary>Everything once, tiny and in seconds, without judgement: shows that the bench itself works.</summary>
    Dry,

    /// <summary>Everything, shortened: for looking, not for quoting.</summary>
    Quick,

    /// <summary>What is quoted.</summary>
    Full,
}

/// <summary>What is measured, how long, and on what.</summary>
internal sealed record BenchOptions
{
    /// <summary>How thorough.</summary>
    public required BenchSize Size { get; init; }

    /// <summary>The core of what is measured.</summary>
    public int Core { get; init; }

    /// <summary>The node's assembly.</summary>
    public string NodeAssembly { get; init; } = NodeProcess.DefaultAssembly;

    /// <summary>The floor program; without it nothing is compared with it.</summary>
    public string FloorProgram { get; init; } = FloorForwarder.DefaultProgram;

    /// <summary>Whether there is a floor program.</summary>
    public bool HasFloor => File.Exists(FloorProgram);

    /// <summary>Bytes of each packet's payload: an Opus frame of 20 ms at 64 kbit/s.</summary>
    public int PayloadLength { get; init; } = 160;

    /// <summary>How long the soak is.</summary>
    public TimeSpan Soak { get; init; }

    /// <summary>Names of the parts to run; empty for all.</summary>
    public IReadOnlyList<string> Parts { get; init; } = [];

    /// <summary>The file to write the tables into; null for none.</summary>
    public string? WriteTo { get; init; }

    /// <summary>What was asked for on the command line, as far as it changes results.</summary>
    public string Arguments =>
        (Size == BenchSize.Full ? string.Empty : " --" + Size.ToString().ToLowerInvariant()) + string.Concat(Parts.Select(part => $" --part {part}"));

    /// <summary>How often each thing is measured.</summary>
    public int Repetitions => Size switch { BenchSize.Full => 4, BenchSize.Quick => 2, _ => 1 };

    /// <summary>Time of one measurement.</summary>
    public TimeSpan Window => Size switch { BenchSize.Full => TimeSpan.FromSeconds(3), BenchSize.Quick => TimeSpan.FromSeconds(1.5), _ => TimeSpan.FromSeconds(0.3) };

    /// <summary>Traffic before one measurement.</summary>
    public TimeSpan WarmUp => Size == BenchSize.Dry ? TimeSpan.FromSeconds(0.1) : TimeSpan.FromSeconds(1);

    /// <summary>Traffic after a node's start, so that its code is compiled for good and everybody has heard of every speaker.</summary>
    public TimeSpan Settling => Size switch { BenchSize.Full => TimeSpan.FromSeconds(8), BenchSize.Quick => TimeSpan.FromSeconds(5), _ => TimeSpan.FromSeconds(0.2) };

    /// <summary>Whether results are judged.</summary>
    public bool IsJudged => Size == BenchSize.Full;

    /// <summary>Users of a measurement: a dry bench has few.</summary>
    public int Users(int users) => Size == BenchSize.Dry ? Math.Min(users, 24) : users;

    /// <summary>Copies of a packet: a dry bench has few.</summary>
    public int FanOut(int copies) => Size == BenchSize.Dry ? Math.Min(copies, 5) : copies;
}
