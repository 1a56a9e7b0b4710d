namespace VoiceCluster.Cluster.Membership;

/// <summary>What the cluster node's actor is told at its start.</summary>
public sealed record ClusterNodeSettings
{
    /// <summary>When the store was asked to take this node in, by the monotonic clock.</summary>
    public required Func<TimeSpan> JoinedAt { get; init; }

    /// <summary>How long backends' sessions of a dead node may be resumed. Default 120 s.</summary>
    public TimeSpan SessionResumeWindow { get; init; } = TimeSpan.FromSeconds(120);

    /// <summary>How often all shards are looked at, in case a notice was lost. Default 5 s.</summary>
    public TimeSpan ShardPollInterval { get; init; } = TimeSpan.FromSeconds(5);
}
