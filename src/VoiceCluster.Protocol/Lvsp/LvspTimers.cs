using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Protocol.Lvsp;

/// <summary>What an LVSP connection waits for.</summary>
internal enum LvspTimer
{
    /// <summary>The backend has to send IDENTIFY or RESUME.</summary>
    Authentication,

    /// <summary>The owner has to accept or reject.</summary>
    Answer,

    /// <summary>The next ping is due.</summary>
    Ping,

    /// <summary>Some frame or pong has to come.</summary>
    Silence,

    /// <summary>A HEARTBEAT has to come.</summary>
    Heartbeat,
}

/// <summary>One deadline per timer; the next timeout is their minimum.</summary>
internal sealed class LvspTimers
{
    private readonly TimeSpan?[] _deadlines = new TimeSpan?[Enum.GetValues<LvspTimer>().Length];

    public TimeSpan? this[LvspTimer timer]
    {
        get => _deadlines[(int)timer];
        set => _deadlines[(int)timer] = value;
    }

    public TimeSpan? Next => Deadlines.Earliest(_deadlines);

    public bool IsDue(LvspTimer timer, TimeSpan now) => this[timer] <= now;

    public void Clear() => Array.Clear(_deadlines);
}

/// <summary>Judges a backend by its heartbeats.</summary>
/// <remarks>
/// Litecord takes the announced interval for seconds and beats every eight hours; so nobody is judged before the first beat, and each is
/// held to its own longest gap. Source: LVSP "Heartbeat and liveness", rules 2 to 4.
/// </remarks>
internal sealed class LvspHeartbeatWatch(TimeSpan interval, bool required)
{
    private const double Patience = 2.5;

    private TimeSpan _last;
    private TimeSpan _longestGap;

    /// <summary>READY was sent. Returns the deadline of the first beat, or null.</summary>
    public TimeSpan? Start(TimeSpan now)
    {
        _last = now;
        _longestGap = TimeSpan.Zero;
        return required ? now + (interval * Patience) : null;
    }

    /// <summary>A beat came. Returns the deadline of the next.</summary>
    public TimeSpan Beat(TimeSpan now)
    {
        _longestGap = Longer(_longestGap, now - _last);
        _last = now;
        return now + ((required ? interval : Longer(interval, _longestGap)) * Patience);
    }

    private static TimeSpan Longer(TimeSpan left, TimeSpan right) => left > right ? left : right;
}

/// <summary>Counts events in a sliding minute, up to a limit.</summary>
internal sealed class LvspMinuteLimit(int limit)
{
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    private readonly Queue<TimeSpan> _times = new();

    /// <summary>Notes one event; false when there were more than the limit within a minute.</summary>
    public bool TryNote(TimeSpan now)
    {
        while (_times.TryPeek(out var oldest) && now - oldest >= Window)
        {
            _times.Dequeue();
        }

        _times.Enqueue(now);
        return _times.Count <= limit;
    }
}
