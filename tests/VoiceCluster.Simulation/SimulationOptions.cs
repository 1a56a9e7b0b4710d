using VoiceCluster.Simulation.Nodes;

namespace VoiceCluster.Simulation;

/// <summary>One run.</summary>
public sealed record SimulationOptions
{
    /// <summary>What all of the run's randomness comes from: the same seed gives the same run.</summary>
    public required int Seed { get; init; }

    /// <summary>How many things happen: a turn of an actor, a frame's or a request's arrival, a timer, a fault.</summary>
    public required long Steps { get; init; }

    /// <summary>How many nodes there are.</summary>
    public int Nodes { get; init; } = 3;

    /// <summary>Where everything that nodes log goes, with the time and the node.</summary>
    public TextWriter? Trace { get; init; }

    internal Parts Parts { get; init; } = new();
}

/// <summary>What a run found.</summary>
/// <param name="Seed">Its seed.</param>
/// <param name="Steps">How many things happened.</param>
/// <param name="Passed">How much time passed for the nodes.</param>
/// <param name="Counts">How often what happened.</param>
/// <param name="OwnedAgainAfter">The longest time from a last fault until every shard had exactly one owner again.</param>
/// <param name="Fingerprint">The same for two runs in which the same happened.</param>
/// <param name="Finding">What should never have happened; null when nothing did.</param>
public sealed record SimulationResult(
    int Seed,
    long Steps,
    TimeSpan Passed,
    IReadOnlyDictionary<string, long> Counts,
    TimeSpan OwnedAgainAfter,
    ulong Fingerprint,
    string? Finding);
