namespace VoiceCluster.Media.Workers;

/// <summary>Decides which packets have waited too long, and finds out when there is more to do than can be done.</summary>
/// <remarks>
/// <para>A backlog that goes away by itself (a pause of the process, a burst) is worth working off: up to the maximum age everything is forwarded. One that stays for
/// a tenth of a second is overload: it would only make everybody late, so the worker sheds what has waited for more than a fraction of that, and all that is left is on
/// time. As soon as the backlog is gone everything passes again. (Nichols and Jacobson's controlled delay, with a time limit per packet instead of a rate of drops.)</para>
/// <para>Between half the limit and the limit chance decides: senders send at a fixed pace, and a sharp limit would hit the same ones each time.</para>
/// Mutable: keep it in a field. One thread.
/// </remarks>
internal struct OverloadGuard(long maximumAgeNanoseconds, ulong seed)
{
    /// <summary>A packet that waited no longer shows that there is no backlog.</summary>
    public const long BacklogNanoseconds = 5_000_000;

    /// <summary>For how long a backlog may stand before it is overload, in ticks.</summary>
    public static readonly long Patience = TimeSpan.FromMilliseconds(100).Ticks;

    /// <summary>What is forwarded in overload has waited no longer.</summary>
    public const long OverloadAgeNanoseconds = 20_000_000;

    private readonly long _overloadAge = Math.Min(OverloadAgeNanoseconds, maximumAgeNanoseconds);
    private ulong _random = seed | 1;
    private long _backlogSince = -1;

    /// <summary>Whether packets are shed.</summary>
    public bool IsOverloaded { get; private set; }

    /// <summary>Takes note of how long the packet at the head of the queue has waited, or that there is none (0).</summary>
    public void Observe(long ageNanoseconds, long now)
    {
        if (ageNanoseconds < BacklogNanoseconds)
        {
            _backlogSince = -1;
            IsOverloaded = false;
        }
        else if (_backlogSince < 0)
        {
            _backlogSince = now;
        }
        else if (now - _backlogSince >= Patience)
        {
            IsOverloaded = true;
        }
    }

    /// <summary>Judges one packet by its age.</summary>
    public PacketDropReason Judge(long ageNanoseconds)
    {
        if (ageNanoseconds > maximumAgeNanoseconds)
        {
            return PacketDropReason.TooOld;
        }

        return IsOverloaded && ageNanoseconds > DrawLimit() ? PacketDropReason.Overload : PacketDropReason.None;
    }

    // Xorshift: no call, no allocation, and nobody gains anything by foreseeing it.
    private long DrawLimit()
    {
        _random ^= _random << 13;
        _random ^= _random >> 7;
        _random ^= _random << 17;
        return (_overloadAge / 2) + (long)(_random % (ulong)(_overloadAge / 2));
    }
}
