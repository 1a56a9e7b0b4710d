namespace VoiceCluster.Cluster.Hosting;

/// <summary>How long a failed actor waits before its next start. Not safe for concurrent calls.</summary>
internal struct RestartBackoff
{
    private const int MostDoublings = 30;

    private int _failures;
    private long _lastFailure;

    /// <summary>Notes a failure and gives the wait: doubled each time, cut by up to half at random so that many do not return at once.</summary>
    public TimeSpan Next(EntityHostOptions options, TimeProvider time)
    {
        var now = time.GetTimestamp();
        if (_failures > 0 && time.GetElapsedTime(_lastFailure, now) > options.RestartBackoffMax * 2)
        {
            _failures = 0;
        }

        _lastFailure = now;
        var doublings = Math.Min(_failures++, MostDoublings);
        var longest = Math.Min(options.RestartBackoffMin.Ticks * Math.Pow(2, doublings), options.RestartBackoffMax.Ticks);
        return TimeSpan.FromTicks((long)(longest * (1 - (0.5 * options.Jitter()))));
    }
}
