using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Protocol.Gateway;

/// <summary>The deadlines of a socket.</summary>
internal enum VoiceTimer
{
    /// <summary>Identify or resume must come.</summary>
    Identify,

    /// <summary>The owner must accept or reject.</summary>
    Authentication,

    /// <summary>Select protocol must come.</summary>
    SelectProtocol,

    /// <summary>The owner must describe the session.</summary>
    SessionDescription,

    /// <summary>The next heartbeat must come.</summary>
    Heartbeat,
}

/// <summary>One deadline per timer; the next timeout is the least of them.</summary>
internal sealed class VoiceTimerTable
{
    private readonly TimeSpan?[] _deadlines = new TimeSpan?[Enum.GetValues<VoiceTimer>().Length];

    public TimeSpan? Next => Deadlines.Earliest(_deadlines);

    public void Set(VoiceTimer timer, TimeSpan deadline) => _deadlines[(int)timer] = deadline;

    public void Clear(VoiceTimer timer) => _deadlines[(int)timer] = null;

    public void ClearAll() => Array.Clear(_deadlines);

    /// <summary>Takes one timer whose deadline has come.</summary>
    public bool TryExpire(TimeSpan now, out VoiceTimer timer)
    {
        timer = (VoiceTimer)Array.FindIndex(_deadlines, deadline => deadline <= now);
        if (timer < VoiceTimer.Identify)
        {
            return false;
        }

        Clear(timer);
        return true;
    }
}
