namespace VoiceCluster.LoadGen.Chaos.Measuring;

/// <summary>What one user hears of one speaker: the longest silence, what is missing, and what came twice or too late.</summary>
/// <remarks>
/// A silence is the time between two frames heard one after the other. It counts whole for the window in which it ended, also if it began before, and so does
/// one that has not ended when the window does. Not safe for use by several threads at once.
/// </remarks>
internal sealed class PairEar
{
    /// <summary>How far behind the newest a frame may be and still be told from a duplicate: 80 s.</summary>
    public const int Kept = 4096;

    private const byte Nobody = 0;

    // Which connection brought each of the last frames: two of one user that overlap may both bring one, and that is no duplicate.
    private readonly byte[] _broughtBy = new byte[Kept];
    private long _highest = -1;
    private long _fromNumber;
    private TimeSpan _longestSilence;

    /// <summary>When a frame that was not stale was last heard; null before the first.</summary>
    public TimeSpan? LastHeardAt { get; private set; }

    /// <summary>Frames of this window that came, each once.</summary>
    public long Received { get; private set; }

    /// <summary>Frames that came again in this window.</summary>
    public long Duplicates { get; private set; }

    /// <summary>Frames of this window that came, but when nobody waits for them any more.</summary>
    public long Stale { get; private set; }

    /// <summary>The age of the oldest frame heard in this window.</summary>
    public TimeSpan Oldest { get; private set; }

    /// <summary>Begins a window.</summary>
    /// <param name="nextNumber">The number of the speaker's next frame: earlier ones do not count as received.</param>
    public void BeginWindow(long nextNumber)
    {
        _fromNumber = nextNumber;
        _longestSilence = TimeSpan.Zero;
        Oldest = TimeSpan.Zero;
        (Received, Duplicates, Stale) = (0, 0, 0);
    }

    /// <summary>Takes a frame.</summary>
    /// <param name="number">Its number, from 0, over all connections of the speaker.</param>
    /// <param name="connection">Which of the listener's connections brought it: not 0, and another for each that overlaps.</param>
    /// <param name="age">How long ago it was said.</param>
    /// <param name="now">When it came.</param>
    /// <param name="staleAfter">From which age a frame is of no use.</param>
    public void Hear(long number, byte connection, TimeSpan age, TimeSpan now, TimeSpan staleAfter)
    {
        if (Mark(number, connection) is var first && first != Nobody)
        {
            Duplicates += first == connection ? 1 : 0;
            return;
        }

        Oldest = age > Oldest ? age : Oldest;
        Received += number >= _fromNumber ? 1 : 0;
        if (age > staleAfter)
        {
            Stale++;
            return;
        }

        EndSilence(now);
        LastHeardAt = now;
    }

    /// <summary>The longest silence of the window, the one that lasts until now included.</summary>
    /// <param name="windowBegan">Counts for a speaker who was never heard.</param>
    /// <param name="now">The end of the window.</param>
    public TimeSpan LongestSilence(TimeSpan windowBegan, TimeSpan now)
    {
        var lasting = now - (LastHeardAt ?? windowBegan);
        return lasting > _longestSilence ? lasting : _longestSilence;
    }

    private void EndSilence(TimeSpan now)
    {
        if (LastHeardAt is { } last && now - last > _longestSilence)
        {
            _longestSilence = now - last;
        }
    }

    /// <summary>Notes who brought a frame.</summary>
    /// <returns>Who had brought it before; the same connection if it is too old to tell.</returns>
    private byte Mark(long number, byte connection)
    {
        if (number <= _highest - Kept)
        {
            return connection;
        }

        for (var skipped = Math.Max(_highest + 1, number - Kept + 1); skipped <= number; skipped++)
        {
            _broughtBy[skipped % Kept] = Nobody;
        }

        _highest = Math.Max(_highest, number);
        ref var by = ref _broughtBy[number % Kept];
        var before = by;
        by = before == Nobody ? connection : before;
        return before;
    }
}
