namespace VoiceCluster.LoadGen.Scaling;

/// <summary>What is simulated. Times are simulated ones.</summary>
internal sealed record ScalingOptions
{
    /// <summary>Nodes at the beginning.</summary>
    public required int Nodes { get; init; }

    /// <summary>Users that are in a channel at the same time.</summary>
    public required int Users { get; init; }

    /// <summary>Two runs with one seed are equal.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Users that each node is meant for; twice an even share by default.</summary>
    public int CapacityUsers { get; init; }

    /// <summary>Packet workers, and cores, of each node.</summary>
    public int Workers { get; init; } = 2;

    /// <summary>Regions; nodes and channels are spread over them evenly.</summary>
    public int Regions { get; init; } = 4;

    /// <summary>Channel sizes k come with a probability in proportion to k to the minus this.</summary>
    public double ZipfExponent { get; init; } = 2;

    /// <summary>The largest ordinary channel.</summary>
    public int LargestChannel { get; init; } = 5_000;

    /// <summary>Users of the channel that fills within a minute.</summary>
    public int CrowdUsers { get; init; } = 20_000;

    /// <summary>How probable it is that a user talks at a given moment.</summary>
    public double TalkProbability { get; init; } = 0.15;

    /// <summary>How many talk at once at most, however many are in the channel.</summary>
    public double MostTalkers { get; init; } = 4;

    /// <summary>Mean stay in a channel; stays are exponential.</summary>
    public double MeanStaySeconds { get; init; } = 1_800;

    /// <summary>Mean time until another user takes the place of one who left.</summary>
    public double MeanGapSeconds { get; init; } = 60;

    /// <summary>How long the cluster fills; users arrive evenly.</summary>
    public int FillSeconds { get; init; } = 600;

    /// <summary>How long each of the phases after that lasts.</summary>
    public int PhaseSeconds { get; init; } = 180;

    /// <summary>Nodes that fail, and that are drained, at once: one in so many.</summary>
    public int FaultShare { get; init; } = 50;

    /// <summary>How long it takes until a dead node is known to be dead.</summary>
    public double DetectionSeconds { get; init; } = 5;

    /// <summary>Within how long after that its users come again.</summary>
    public double ReconnectSeconds { get; init; } = 3;

    /// <summary>Within how long a drained node's users are moved.</summary>
    public double DrainSeconds { get; init; } = 60;

    /// <summary>For how long no report arrives in the phase of stale reports.</summary>
    public int SilenceSeconds { get; init; } = 30;

    /// <summary>Processor time for one datagram forwarded, in nanoseconds.</summary>
    public double PacketNanoseconds { get; init; } = 1_500;

    /// <summary>Processor time for one message of an actor to another, in nanoseconds.</summary>
    public double MessageNanoseconds { get; init; } = 3_200;

    /// <summary>Transactions per second that one PostgreSQL writes.</summary>
    public double StoreWritesPerSecond { get; init; } = 10_000;

    /// <summary>Rows per second that one PostgreSQL answers with.</summary>
    public double StoreRowsPerSecond { get; init; } = 1_000_000;

    /// <summary>Packets per second of a talker.</summary>
    public const double PacketsPerSecond = 50;

    /// <summary>With what was left open filled in.</summary>
    public ScalingOptions WithDefaults() =>
        CapacityUsers > 0 ? this : this with { CapacityUsers = Math.Max(1, 2 * Users / Nodes) };
}
