using System.Diagnostics;

namespace VoiceCluster.TestKit;

/// <summary>A clock that moves only when a test says so. Timers fire inside <see cref="Advance"/>, in order of their due time.</summary>
/// <remarks>
/// Its timestamps count in an odd unit, so that code that takes them for ticks or milliseconds fails. Safe from any thread; callbacks run
/// on the thread that advances, without a lock held. A timer that is due when it is set fires on the thread pool, as a real one does.
/// </remarks>
public sealed class ManualTimeProvider : TimeProvider
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(50);

    private readonly Lock _gate = new();
    private readonly SortedSet<ManualTimer> _armed = new(ManualTimer.ByDueTime);
    private TimeSpan _elapsed;
    private long _lastOrder;
    private TaskCompletionSource _changed = NewSignal();

    /// <summary>Begins at noon on 1 January 2026, UTC, unless told otherwise.</summary>
    public ManualTimeProvider(DateTimeOffset? start = null)
    {
        Start = start ?? new DateTimeOffset(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);
    }

    public DateTimeOffset Start { get; }

    public TimeSpan Elapsed
    {
        get
        {
            lock (_gate)
            {
                return _elapsed;
            }
        }
    }

    /// <summary>Not a power of ten, and no multiple of the tick's.</summary>
    public override long TimestampFrequency => 8_765_432;

    /// <summary>Timers that will fire some day.</summary>
    public int ActiveTimers
    {
        get
        {
            lock (_gate)
            {
                return _armed.Count;
            }
        }
    }

    public override DateTimeOffset GetUtcNow() => Start + Elapsed;

    public override long GetTimestamp() => (long)((Int128)Elapsed.Ticks * TimestampFrequency / TimeSpan.TicksPerSecond);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Moves the clock and fires every timer that comes due on the way, each at its own time.</summary>
    public void Advance(TimeSpan duration)
    {
        var end = Elapsed + duration;
        while (TakeNext(end) is { } timer)
        {
            timer.Fire();
        }

        lock (_gate)
        {
            _elapsed = end > _elapsed ? end : _elapsed;
        }
    }

    /// <summary>Moves the clock in steps until a task ends, letting other threads run in between; fails after a real minute.</summary>
    /// <remarks>For chains of waits of which a test does not know when the next begins.</remarks>
    public async Task AdvanceUntilAsync(Task task, TimeSpan step)
    {
        await AdvanceUntilAsync(() => Task.FromResult(task.IsCompleted), step);
        await task;
    }

    /// <summary>As the other, until something is so.</summary>
    public Task AdvanceUntilAsync(Func<bool> condition, TimeSpan step) => AdvanceUntilAsync(() => Task.FromResult(condition()), step);

    /// <summary>As the other, until something is so.</summary>
    public async Task AdvanceUntilAsync(Func<Task<bool>> condition, TimeSpan step)
    {
        var begun = Stopwatch.GetTimestamp();
        while (!await condition())
        {
            if (Stopwatch.GetElapsedTime(begun) > LongestWait)
            {
                throw new TimeoutException($"Still not so after {Elapsed} of made time.");
            }

            await StepAsync(step);
        }
    }

    /// <summary>Moves the clock in steps, letting other threads run in between.</summary>
    public async Task PassAsync(TimeSpan duration, TimeSpan step)
    {
        for (var end = Elapsed + duration; Elapsed < end;)
        {
            await StepAsync(step);
        }
    }

    /// <summary>Waits until a number of timers are set; fails after a real minute.</summary>
    public async Task WaitForTimersAsync(int atLeast)
    {
        while (true)
        {
            Task changed;
            lock (_gate)
            {
                if (_armed.Count >= atLeast)
                {
                    return;
                }

                changed = _changed.Task;
            }

            await changed.WaitAsync(LongestWait);
        }
    }

    /// <summary>
    /// Made time must not run far ahead of real work, a database's or that of threads which wait for a core: else deadlines pass that nobody was slow for. So a step
    /// takes at least a twentieth of its length, up to a limit, and those whose timers fired get as long to set the next.
    /// </summary>
    private async Task StepAsync(TimeSpan step)
    {
        var timers = ActiveTimers;
        Advance(step);
        var begun = Stopwatch.GetTimestamp();
        var shortest = step / 20 < LongestPause ? step / 20 : LongestPause;
        do
        {
            await Task.Delay(1);
        }
        while (Stopwatch.GetElapsedTime(begun) is var passed && (passed < shortest || (ActiveTimers < timers && passed < LongestPause)));
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ManualTimer? TakeNext(TimeSpan end)
    {
        lock (_gate)
        {
            var next = _armed.Min;
            if (next is null || next.Due > end)
            {
                return null;
            }

            _elapsed = next.Due > _elapsed ? next.Due : _elapsed;
            _armed.Remove(next);
            if (next.Period > TimeSpan.Zero)
            {
                Arm(next, next.Due + next.Period);
            }

            return next;
        }
    }

    private void Set(ManualTimer timer, TimeSpan dueTime, TimeSpan period)
    {
        lock (_gate)
        {
            _armed.Remove(timer);
            timer.Period = period;
            if (dueTime > TimeSpan.Zero || (dueTime == TimeSpan.Zero && period > TimeSpan.Zero))
            {
                Arm(timer, _elapsed + dueTime);
            }
        }

        if (dueTime == TimeSpan.Zero && period <= TimeSpan.Zero)
        {
            ThreadPool.UnsafeQueueUserWorkItem(static timer => timer.Fire(), timer, preferLocal: false);
        }
    }

    private void Arm(ManualTimer timer, TimeSpan due)
    {
        timer.Due = due;
        timer.Order = ++_lastOrder;
        _armed.Add(timer);
        var changed = _changed;
        _changed = NewSignal();
        changed.TrySetResult();
    }

    private void Remove(ManualTimer timer)
    {
        lock (_gate)
        {
            _armed.Remove(timer);
        }
    }

    private sealed class ManualTimer(ManualTimeProvider owner, TimerCallback callback, object? state) : ITimer
    {
        private volatile bool _disposed;

        /// <summary>Timers of one due time fire in the order in which they were set.</summary>
        public static IComparer<ManualTimer> ByDueTime { get; } =
            Comparer<ManualTimer>.Create((left, right) => (left.Due, left.Order).CompareTo((right.Due, right.Order)));

        public TimeSpan Due { get; set; }

        public TimeSpan Period { get; set; }

        public long Order { get; set; }

        public void Fire()
        {
            if (!_disposed)
            {
                callback(state);
            }
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            if (_disposed)
            {
                return false;
            }

            owner.Set(this, dueTime, period);
            return true;
        }

        public void Dispose()
        {
            _disposed = true;
            owner.Remove(this);
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
