namespace VoiceCluster.LoadGen.Chaos;

/// <summary>What a run does.</summary>
internal sealed record ChaosOptions
{
    /// <summary>How many nodes.</summary>
    public int Nodes { get; init; } = 3;

    /// <summary>How many users.</summary>
    public int Users { get; init; } = 60;

    /// <summary>How many of them talk all the time.</summary>
    public int Speakers { get; init; } = 6;

    /// <summary>Over how many channels, each in a guild of its own, users are spread.</summary>
    public int Channels { get; init; } = 6;

    /// <summary>Whether the members of one channel are spread over all nodes; else they share one.</summary>
    public bool Spread { get; init; } = true;

    /// <summary>The faults; empty for all, or for the upgrade only where there is something to upgrade from.</summary>
    public IReadOnlyList<string> Faults { get; init; } = [];

    /// <summary>The node's assembly.</summary>
    public required string Assembly { get; init; }

    /// <summary>The assembly of an earlier build, which the cluster begins with and is upgraded from; null for none.</summary>
    public string? From { get; init; }

    /// <summary>How long the control run without a fault lasts.</summary>
    public TimeSpan Control { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>How long a fault lasts that ends by itself.</summary>
    public TimeSpan Hold { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long the database is away.</summary>
    public TimeSpan StoreOutage { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long after a fault ghosts are looked for.</summary>
    public TimeSpan GhostWait { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Whether that wait ends as soon as there are none; else they are looked for once, at its end.</summary>
    public bool EndsGhostWaitEarly { get; init; }

    /// <summary>How long clients wait for an answer, and to be told of new credentials before they ask to join again.</summary>
    public ClientPatience Patience { get; init; } = new(TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(5));

    /// <summary>How long after a fault everybody may take to hear everybody again.</summary>
    public TimeSpan RecoverLimit { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>From which age a frame counts as played from a backlog.</summary>
    public TimeSpan StaleAfter { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>How many listeners leave for good while each fault lasts.</summary>
    public int Leavers { get; init; } = 4;

    /// <summary>Of everything that happens by chance.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Whether what the nodes printed is kept.</summary>
    public bool KeepsLogs { get; init; }
}

/// <summary>How long clients wait.</summary>
/// <param name="Answer">For an answer of the node that they connect to.</param>
/// <param name="Credentials">For the backend to tell them something, when their connection is lost for good.</param>
internal sealed record ClientPatience(TimeSpan Answer, TimeSpan Credentials);
