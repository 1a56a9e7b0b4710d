namespace VoiceCluster.Media.Workers;

/// <summary>How busy a worker is; a copy.</summary>
/// <param name="Utilization">The share of its core that the loop uses, 0 to 1, over about a second.</param>
/// <param name="QueueDelay">How long the packet at the head of the queue had waited, at worst, over the last tenth of a second.</param>
/// <param name="PacketsPerSecond">Datagrams received and sent, over about five seconds.</param>
/// <param name="IsOverloaded">Whether packets were shed within the last second.</param>
/// <param name="MeasuredAt">When the loop last measured, in the ticks of its clock; 0 before it began.</param>
internal readonly record struct LoopLoad(double Utilization, TimeSpan QueueDelay, double PacketsPerSecond, bool IsOverloaded, long MeasuredAt);

/// <summary>Measures how busy a packet loop is. The loop's thread writes; <see cref="Read"/> may be called from any.</summary>
internal sealed class LoopMeter
{
    private static readonly long Interval = TimeSpan.FromMilliseconds(100).Ticks;

    /// <summary>A loop goes round ten times a second at least. In a longer interval its clock was moved or the process stood still, and nobody was busy.</summary>
    private static readonly long LongestInterval = TimeSpan.FromSeconds(1).Ticks;

    private static readonly long OverloadMemory = TimeSpan.FromSeconds(1).Ticks;
    private static readonly TimeSpan UtilizationWindow = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan RateWindow = TimeSpan.FromSeconds(5);

    private double _utilization;
    private long _queueDelay;
    private double _packetsPerSecond;
    private bool _isOverloaded;
    private long _measuredAt;

    private long _busy;
    private long _oldest;
    private long _processorTime;
    private long _packets;
    private long _overloadedAt = long.MinValue / 2;

    /// <summary>Copies the last measurement.</summary>
    public LoopLoad Read() => new(
        Volatile.Read(ref _utilization),
        TimeSpan.FromTicks(Volatile.Read(ref _queueDelay)),
        Volatile.Read(ref _packetsPerSecond),
        Volatile.Read(ref _isOverloaded),
        Volatile.Read(ref _measuredAt));

    /// <summary>A loop begins, or begins anew.</summary>
    public void Begin(long now, long processorTimeNanoseconds, long packets) => StartInterval(now, processorTimeNanoseconds, packets);

    /// <summary>A batch was worked off.</summary>
    /// <param name="began">When it began, in ticks.</param>
    /// <param name="ended">When it was done.</param>
    /// <param name="oldestNanoseconds">How long its oldest datagram had waited when it began.</param>
    /// <param name="isOverloaded">Whether packets are shed.</param>
    public void CountBatch(long began, long ended, long oldestNanoseconds, bool isOverloaded)
    {
        _busy += ended - began;
        _oldest = Math.Max(_oldest, oldestNanoseconds);
        _overloadedAt = isOverloaded ? ended : _overloadedAt;
    }

    /// <summary>Whether it is time to <see cref="Measure"/>.</summary>
    public bool IsDue(long now) => now - _measuredAt >= Interval;

    /// <summary>Publishes a measurement.</summary>
    /// <param name="now">The time in ticks.</param>
    /// <param name="processorTimeNanoseconds">What the thread has used of its core so far, system calls included; 0 if nobody can tell.</param>
    /// <param name="packets">Datagrams received and sent so far.</param>
    public void Measure(long now, long processorTimeNanoseconds, long packets)
    {
        var elapsed = Math.Max(1, now - _measuredAt);

        // A thread that others keep from running uses little of its core and is busy nevertheless; one that mostly receives is the other way round.
        var busy = elapsed <= LongestInterval ? _busy : 0;
        var used = Math.Max(busy, (processorTimeNanoseconds - _processorTime) / TimeSpan.NanosecondsPerTick);
        var utilization = Math.Min(1, (double)used / elapsed);
        var rate = (packets - _packets) * (double)TimeSpan.TicksPerSecond / elapsed;
        Volatile.Write(ref _utilization, Blend(_utilization, utilization, elapsed, UtilizationWindow));
        Volatile.Write(ref _packetsPerSecond, Blend(_packetsPerSecond, rate, elapsed, RateWindow));
        Volatile.Write(ref _queueDelay, _oldest / TimeSpan.NanosecondsPerTick);
        Volatile.Write(ref _isOverloaded, now - _overloadedAt < OverloadMemory);
        StartInterval(now, processorTimeNanoseconds, packets);
    }

    private void StartInterval(long now, long processorTimeNanoseconds, long packets)
    {
        (_busy, _oldest, _processorTime, _packets) = (0, 0, processorTimeNanoseconds, packets);
        Volatile.Write(ref _measuredAt, now);
    }

    private static double Blend(double before, double measured, long elapsed, TimeSpan window) =>
        before + ((measured - before) * (1 - Math.Exp(-(double)elapsed / window.Ticks)));
}
