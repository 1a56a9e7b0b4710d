namespace VoiceCluster.Cluster.Hosting;

/// <summary>The timers of all actors that are not due for seconds, kept by the second in which they will be.</summary>
/// <remarks>
/// Nearly all timers of a crowd are deadlines that are put off again and again and never come, while the base library looks at each of its own timers three times a
/// second. So those that come due within one second share one of its timers. What is still set when that second begins gets one of its own, and fires as exactly as any.
/// Safe for calls from any thread; actors' locks may be held by callers.
/// </remarks>
internal sealed class TimerSlots(TimeProvider time)
{
    private static readonly TimeSpan Width = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly Dictionary<long, Slot> _slots = [];
    private readonly long _origin = time.GetTimestamp();

    private TimeSpan Now => time.GetElapsedTime(_origin);

    /// <summary>Sets a timer, in a slot if it is due late enough.</summary>
    public void Set(ActorTimer timer, TimeSpan dueTime)
    {
        lock (_gate)
        {
            timer.Due = Now + dueTime;
            if (dueTime < 2 * Width)
            {
                timer.StartAlone(time, dueTime);
            }
            else
            {
                SlotOf(timer.Due).Add(timer);
            }
        }
    }

    /// <summary>Takes a timer back. It may be firing at this moment.</summary>
    public void Cancel(ActorTimer timer)
    {
        lock (_gate)
        {
            if (timer.Slot is not { } slot)
            {
                timer.StopAlone();
            }
            else if (slot.Remove(timer))
            {
                _slots.Remove(slot.Number);
                slot.Dispose();
            }
        }
    }

    private Slot SlotOf(TimeSpan due)
    {
        var number = due.Ticks / Width.Ticks;
        if (!_slots.TryGetValue(number, out var slot))
        {
            // Whoever was held up since, by a pause of the process for instance, may come when the second has begun.
            var left = (number * Width) - Now;
            slot = new Slot(this, number);
            slot.Start(time, left > TimeSpan.Zero ? left : TimeSpan.Zero);
            _slots.Add(number, slot);
        }

        return slot;
    }

    private void Open(Slot slot)
    {
        List<ActorTimer> overdue;
        lock (_gate)
        {
            if (!_slots.TryGetValue(slot.Number, out var current) || current != slot)
            {
                // Emptied and disposed while its timer was firing.
                return;
            }

            _slots.Remove(slot.Number);
            slot.Dispose();
            overdue = StartAlone(slot.TakeAll());
        }

        overdue.ForEach(static timer => timer.Fire());
    }

    /// <returns>Those that should have fired already, first due first.</returns>
    private List<ActorTimer> StartAlone(IEnumerable<ActorTimer> timers)
    {
        var overdue = new List<ActorTimer>();
        foreach (var timer in timers.OrderBy(timer => timer.Due))
        {
            if (timer.Due - Now is var left && left > TimeSpan.Zero)
            {
                timer.StartAlone(time, left);
            }
            else
            {
                overdue.Add(timer);
            }
        }

        return overdue;
    }

    /// <summary>The timers of one second. Guarded by the lock of all slots.</summary>
    internal sealed class Slot(TimerSlots slots, long number) : IDisposable
    {
        private readonly List<ActorTimer> _timers = [];
        private ITimer? _opening;

        public long Number { get; } = number;

        public void Start(TimeProvider time, TimeSpan dueTime) =>
            _opening = DetachedTimer.Create(time, static slot => ((Slot)slot!).Open(), this, dueTime);

        public void Add(ActorTimer timer)
        {
            timer.Slot = this;
            timer.Place = _timers.Count;
            _timers.Add(timer);
        }

        /// <summary>Takes a timer out; the last one takes its place.</summary>
        /// <returns>Whether none is left.</returns>
        public bool Remove(ActorTimer timer)
        {
            var last = _timers[^1];
            _timers[timer.Place] = last;
            last.Place = timer.Place;
            _timers.RemoveAt(_timers.Count - 1);
            timer.Slot = null;
            return _timers.Count == 0;
        }

        public List<ActorTimer> TakeAll()
        {
            _timers.ForEach(static timer => timer.Slot = null);
            return _timers;
        }

        public void Dispose() => _opening?.Dispose();

        private void Open() => slots.Open(this);
    }
}
