namespace VoiceCluster.Protocol.Rtp;

/// <summary>Judges 64-bit counters that never wrap and never start over, such as those of a relay link.</summary>
/// <remarks>
/// Ask only after the packet proved authentic. Mutable: keep it in a field, never a copy. One sender, one thread.
/// </remarks>
public struct CounterWindow
{
    private SlidingBitmap _seen;
    private bool _started;

    /// <summary>The highest counter accepted; 0 before the first.</summary>
    public readonly long Highest => _seen.Highest;

    /// <summary>Judges a counter, and remembers it if it is fresh.</summary>
    /// <returns><c>Fresh</c>, <c>Duplicate</c> or <c>TooOld</c>.</returns>
    public ReplayVerdict Judge(long counter)
    {
        if (!_started)
        {
            _started = true;
            _seen.Restart(counter);
            return ReplayVerdict.Fresh;
        }

        if (counter > Highest)
        {
            _seen.Advance(counter);
            return ReplayVerdict.Fresh;
        }

        if (!_seen.Covers(counter))
        {
            return ReplayVerdict.TooOld;
        }

        return _seen.TryMark(counter) ? ReplayVerdict.Fresh : ReplayVerdict.Duplicate;
    }
}
