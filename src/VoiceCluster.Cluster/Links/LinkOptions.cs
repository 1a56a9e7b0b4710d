namespace VoiceCluster.Cluster.Links;

/// <summary>Limits and times of the links between nodes.</summary>
public sealed record LinkOptions
{
    /// <summary>The longest frame; what is longer is refused by the sender. Default 4 MiB: a plan of 20,000 sessions has about 1.2 MiB.</summary>
    public int MaxFrameBytes { get; init; } = 4 * 1024 * 1024;

    /// <summary>Frames that may wait for one node, sent and not acknowledged among them. Default 16,384.</summary>
    public int MaxWaitingFrames { get; init; } = 16_384;

    /// <summary>Their bytes. Default 32 MiB.</summary>
    public int MaxWaitingBytes { get; init; } = 32 * 1024 * 1024;

    /// <summary>Frames are gathered into one message up to about this size. Default 64 KiB.</summary>
    public int PacketBytes { get; init; } = 64 * 1024;

    /// <summary>The time between two pings. Default 1 s.</summary>
    public TimeSpan HeartbeatInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>A connection on which nothing comes for so long is given up. Default 3 s: sooner than a lease expires.</summary>
    public TimeSpan SilenceDeadline { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>How long connecting and proving may take. Default 3 s.</summary>
    public TimeSpan HandshakeDeadline { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>A node without connection for so long is not reachable: what would be sent is refused. Default 1 s.</summary>
    public TimeSpan UnreachableAfter { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long what was sent and not acknowledged is kept for a node to come back. Default 10 s.</summary>
    public TimeSpan KeepFor { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The wait before the second attempt to connect; it doubles with each further one. Default 50 ms.</summary>
    public TimeSpan BackoffMin { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>The longest wait between attempts. Default 2 s.</summary>
    public TimeSpan BackoffMax { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>A number from 0 to below 1 that spreads attempts; a test passes its own.</summary>
    public Func<double> Jitter { get; init; } = Random.Shared.NextDouble;
}
