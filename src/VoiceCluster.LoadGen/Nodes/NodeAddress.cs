namespace VoiceCluster.LoadGen.Nodes;

/// <summary>Where a node is, and how to be let in.</summary>
internal sealed record NodeAddress
{
    /// <summary>The secret of the realm <c>default</c> that every node in development mode knows.</summary>
    public const string DevelopmentSecret = "dev-secret";

    /// <summary>Where backends connect.</summary>
    public required Uri LvspUrl { get; init; }

    /// <summary>Where users connect.</summary>
    public required Uri VoiceUrl { get; init; }

    /// <summary>Where operators look.</summary>
    public required Uri AdminUrl { get; init; }

    /// <summary>The file with the admin token.</summary>
    public required string AdminTokenFile { get; init; }

    /// <summary>The secret shared with backends.</summary>
    public required string Secret { get; init; }

    /// <summary>The process, on this machine.</summary>
    public required int ProcessId { get; init; }
}
