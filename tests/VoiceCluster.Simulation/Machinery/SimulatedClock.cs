namespace VoiceCluster.Simulation.Machinery;

/// <summary>One machine's clocks: a monotonic one that began at some time of its own, and a wall clock that is wrong by an offset that may jump.</summary>
/// <param name="agenda">The true time.</param>
/// <param name="started">What the monotonic clock showed at the true time 0.</param>
internal sealed class SimulatedClock(Agenda agenda, TimeSpan started) : TimeProvider
{
    private static readonly DateTimeOffset Epoch = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    /// <summary>How wrong the wall clock is.</summary>
    public TimeSpan Offset { get; set; }

    /// <summary>Who lives on the machine at the moment and has its timers run.</summary>
    public Action<Action> Run { get; set; } = static _ => { };

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => Epoch + agenda.Now + Offset;

    public override long GetTimestamp() => (started + agenda.Now).Ticks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new SimulatedTimer(agenda, Run, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    private sealed class SimulatedTimer(Agenda agenda, Action<Action> run, TimerCallback callback, object? state) : ITimer
    {
        private int _setting;
        private bool _isDisposed;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            if (_isDisposed)
            {
                return false;
            }

            var setting = ++_setting;
            if (dueTime >= TimeSpan.Zero)
            {
                // As the platform's timers: the rest of a millisecond is cut off, so they come a little early. Shorter waits
                // would be none, and time, which only moves between things to do, would stand still.
                var wait = TimeSpan.FromMilliseconds(Math.Floor(dueTime.TotalMilliseconds));
                agenda.After(wait > TimeSpan.Zero ? wait : dueTime, () => Fire(setting, period));
            }

            return true;
        }

        public void Dispose()
        {
            _isDisposed = true;
            _setting++;
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }

        private void Fire(int setting, TimeSpan period)
        {
            if (setting != _setting)
            {
                return;
            }

            run(() =>
            {
                if (setting == _setting)
                {
                    callback(state);
                }
            });
            if (period > TimeSpan.Zero)
            {
                agenda.After(period, () => Fire(setting, period));
            }
        }
    }
}
