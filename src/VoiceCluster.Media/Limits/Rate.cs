namespace VoiceCluster.Media.Limits;

/// <summary>So many units a second, and for how long nothing may have been used to be caught up on at once.</summary>
internal readonly record struct Rate(long UnitsPerSecond, TimeSpan Burst)
{
    /// <summary>How long the rate takes for <paramref name="units"/>, in ticks.</summary>
    public long Cost(int units) => units * TimeSpan.TicksPerSecond / UnitsPerSecond;
}

/// <summary>A token bucket kept as one number: the time up to which the rate is used up. The default value is a full bucket.</summary>
internal struct RateLimit
{
    private long _usedUpTo;

    /// <summary>Takes units if there is room for all of them.</summary>
    public bool TryTake(in Rate rate, int units, long now)
    {
        var end = Math.Max(_usedUpTo, now) + rate.Cost(units);
        if (end - now > rate.Burst.Ticks)
        {
            return false;
        }

        _usedUpTo = end;
        return true;
    }

    /// <summary>Tells whether one more unit would be let through.</summary>
    public readonly bool HasRoom(in Rate rate, long now) => Math.Max(_usedUpTo, now) + rate.Cost(1) - now <= rate.Burst.Ticks;

    /// <summary>How far ahead of the rate the use is, in ticks.</summary>
    public readonly long Excess(long now) => Math.Max(0, _usedUpTo - now);
}
