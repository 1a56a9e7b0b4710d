namespace VoiceCluster.Cluster.Hosting;

/// <summary>An actor's timers by name. Not safe for concurrent calls: the cell's lock guards it.</summary>
/// <remarks>
/// Setting a name again makes a new <see cref="ActorTimer"/>, so that a firing of the old one, wherever it is on its way, can be told apart.
/// </remarks>
internal sealed class ActorTimers(HostCounters counters)
{
    private readonly Dictionary<string, ActorTimer> _timers = new(StringComparer.Ordinal);

    public bool IsEmpty => _timers.Count == 0;

    public void Add(ActorTimer timer)
    {
        Remove(timer.Name);
        _timers.Add(timer.Name, timer);
        Interlocked.Increment(ref counters.Timers);
    }

    public void Remove(string name)
    {
        if (_timers.Remove(name, out var timer))
        {
            timer.Dispose();
            Interlocked.Decrement(ref counters.Timers);
        }
    }

    public bool IsSet(ActorTimer timer) => _timers.TryGetValue(timer.Name, out var current) && ReferenceEquals(current, timer);

    public void Clear()
    {
        foreach (var name in _timers.Keys.ToArray())
        {
            Remove(name);
        }
    }
}

/// <summary>One setting of a timer.</summary>
internal sealed class ActorTimer(ActorCell cell, TimerSlots slots, string name, IActorMessage message) : IDisposable
{
    /// <summary>The longest time that the base library's timers take.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(uint.MaxValue - 1);

    private ITimer? _alone;

    public string Name { get; } = name;

    public IActorMessage Message { get; } = message;

    /// <summary>When it fires, on the clock of the slots, which keep these three.</summary>
    public TimeSpan Due { get; set; }

    /// <summary>Where it waits; null once it has a timer of its own.</summary>
    public TimerSlots.Slot? Slot { get; set; }

    /// <summary>The place in its slot.</summary>
    public int Place { get; set; }

    public void Start(TimeSpan dueTime) => slots.Set(this, dueTime > Longest ? Longest : dueTime);

    public void StartAlone(TimeProvider time, TimeSpan dueTime) =>
        _alone = DetachedTimer.Create(time, static timer => ((ActorTimer)timer!).Fire(), this, dueTime);

    public void StopAlone() => _alone?.Dispose();

    public void Fire() => cell.OnTimer(this);

    public void Dispose() => slots.Cancel(this);
}

/// <summary>One-shot timers that do not keep the ambient context of whoever set them.</summary>
internal static class DetachedTimer
{
    public static ITimer Create(TimeProvider time, TimerCallback callback, object state, TimeSpan dueTime)
    {
        if (ExecutionContext.IsFlowSuppressed())
        {
            return time.CreateTimer(callback, state, dueTime, Timeout.InfiniteTimeSpan);
        }

        using (ExecutionContext.SuppressFlow())
        {
            return time.CreateTimer(callback, state, dueTime, Timeout.InfiniteTimeSpan);
        }
    }
}
