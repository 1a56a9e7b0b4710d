namespace VoiceCluster.Cluster.Hosting;

/// <summary>Limits and times of an <see cref="EntityHost"/>.</summary>
public sealed record EntityHostOptions
{
    /// <summary>How many messages may wait in front of one actor. Timer messages are not counted: each name has at most one.</summary>
    public int MailboxCapacity { get; init; } = 1024;

    /// <summary>How many messages may wait for one shard's owner to be found.</summary>
    public int ShardQueueCapacity { get; init; } = 4096;

    /// <summary>How many requests of this node may wait for their answers at once.</summary>
    public int MaxPendingAsks { get; init; } = 65_536;

    /// <summary>How many messages an actor handles before others get the thread.</summary>
    public int MessagesPerTurn { get; init; } = 32;

    /// <summary>After how long without messages and without set timers a sharded entity is put away; zero for never.</summary>
    public TimeSpan PassivationIdleTime { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>The wait before the first restart; it doubles with each further failure.</summary>
    public TimeSpan RestartBackoffMin { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>The longest wait before a restart. Twice as long without a failure makes the next one the first again.</summary>
    public TimeSpan RestartBackoffMax { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long <see cref="Actor.StartAsync"/> may take.</summary>
    public TimeSpan StartDeadline { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long one message may take.</summary>
    public TimeSpan HandlingDeadline { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long <see cref="Actor.StopAsync"/> is waited for.</summary>
    public TimeSpan ActorStopDeadline { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long messages wait for a shard's owner to be found before they are dropped.</summary>
    public TimeSpan ClaimDeadline { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The wait between two attempts to find a shard's owner, and between two questions after an owner that cannot be reached.</summary>
    public TimeSpan ClaimRetryInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long a message rests that nodes pass on to each other because they do not agree yet who owns its shard.</summary>
    public TimeSpan HoldTime { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>How long <see cref="EntityHost.DisposeAsync"/> lets actors finish.</summary>
    public TimeSpan HostStopDeadline { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How many actors may run at the same time; zero leaves it to the thread pool.</summary>
    public int MaxParallelism { get; init; }

    /// <summary>What runs the actors instead of the thread pool: a simulation passes a scheduler that it steps itself.</summary>
    public TaskScheduler? Scheduler { get; init; }

    /// <summary>
    /// Writes and reads every message and answer of sharded entities as if they were on another node, so that tests of one node find what
    /// a cluster could not carry.
    /// </summary>
    public bool EncodesOwnMessages { get; init; }

    /// <summary>A number from 0 to below 1 that spreads restarts; a simulation passes a seeded one.</summary>
    public Func<double> Jitter { get; init; } = Random.Shared.NextDouble;
}
