namespace VoiceCluster.Cluster.Clocks;

/// <summary>The time that all nodes of a cluster have in common: the store's, carried on by this machine's monotonic clock. Safe for calls from any thread.</summary>
/// <remarks>
/// <para>
/// Deadlines in rows, revisions and the age of what waits in outboxes are compared by nodes that did not write them. The machine's wall clock is read once, when
/// this one is made; whoever sets it later, or had it wrong, changes nothing.
/// </para>
/// <para>Timestamps and timers are the machine's: both are monotonic.</para>
/// </remarks>
/// <param name="machine">The machine's clocks.</param>
public sealed class ClusterClock(TimeProvider machine) : TimeProvider
{
    private long _utcAtZero = machine.GetUtcNow().UtcTicks - machine.GetElapsedTime(0).Ticks;

    /// <inheritdoc />
    public override long TimestampFrequency => machine.TimestampFrequency;

    /// <inheritdoc />
    public override TimeZoneInfo LocalTimeZone => machine.LocalTimeZone;

    /// <summary>The machine's own clocks, for what measures durations only.</summary>
    public TimeProvider Machine => machine;

    private TimeSpan Elapsed => machine.GetElapsedTime(0);

    /// <inheritdoc />
    public override DateTimeOffset GetUtcNow() => new(Volatile.Read(ref _utcAtZero) + Elapsed.Ticks, TimeSpan.Zero);

    /// <inheritdoc />
    public override long GetTimestamp() => machine.GetTimestamp();

    /// <inheritdoc />
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        machine.CreateTimer(callback, state, dueTime, period);

    /// <summary>The store has said what time it is. Changes no more than that contradicts: nobody knows when between question and answer it looked.</summary>
    /// <param name="utc">What it said.</param>
    /// <param name="askedAt">Monotonic, since timestamp 0.</param>
    /// <param name="answeredAt">Monotonic, since timestamp 0.</param>
    public void Hear(DateTimeOffset utc, TimeSpan askedAt, TimeSpan answeredAt)
    {
        var least = utc.UtcTicks - answeredAt.Ticks;
        var most = utc.UtcTicks - askedAt.Ticks;
        if (least <= most)
        {
            Volatile.Write(ref _utcAtZero, Math.Clamp(Volatile.Read(ref _utcAtZero), least, most));
        }
    }
}
