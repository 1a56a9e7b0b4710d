using System.Collections.Concurrent;

namespace VoiceCluster.Client.Pacing;

/// <summary>Something that has to send a heartbeat from time to time.</summary>
public interface IHeartbeat
{
    /// <summary>When the next one is due; moved on by <see cref="BeatAsync"/>.</summary>
    TimeSpan NextBeatAt { get; }

    /// <summary>Sends one; must not throw and must not take long.</summary>
    Task BeatAsync(TimeSpan now);
}

/// <summary>Sends the heartbeats of any number of connections from one timer. Any thread.</summary>
public sealed class HeartbeatPump : IDisposable
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(100);

    private readonly ConcurrentDictionary<IHeartbeat, bool> _hearts = new();
    private readonly TimeProvider _time;
    private readonly ITimer _timer;

    /// <summary>Begins to tick.</summary>
    public HeartbeatPump(TimeProvider time)
    {
        _time = time;
        _timer = time.CreateTimer(static pump => ((HeartbeatPump)pump!).BeatDue(), this, Tick, Tick);
    }

    /// <summary>The one that connections share when they are given no other.</summary>
    public static HeartbeatPump Shared { get; } = new(TimeProvider.System);

    /// <summary>How many connections beat.</summary>
    public int Count => _hearts.Count;

    /// <summary>Begins to send heartbeats for a connection; once is enough.</summary>
    public void Add(IHeartbeat heart) => _hearts[heart] = true;

    /// <summary>Ends it.</summary>
    public void Remove(IHeartbeat heart) => _hearts.TryRemove(heart, out _);

    /// <inheritdoc />
    public void Dispose() => _timer.Dispose();

    private void BeatDue()
    {
        var now = _time.Now();
        foreach (var (heart, _) in _hearts)
        {
            if (heart.NextBeatAt <= now)
            {
                _ = heart.BeatAsync(now);
            }
        }
    }
}
