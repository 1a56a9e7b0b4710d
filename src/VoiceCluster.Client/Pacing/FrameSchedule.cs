namespace VoiceCluster.Client.Pacing;

/// <summary>Says which of several speakers sends next, and when: each every 20 ms, spread evenly over those 20 ms.</summary>
/// <remarks>Pure. Frames keep their times whatever happens in between: a late one does not move those behind it.</remarks>
/// <param name="speakers">How many speakers there are, at least one.</param>
/// <param name="interval">Time between two frames of one speaker.</param>
/// <param name="start">When the first speaker sends its first frame.</param>
public sealed class FrameSchedule(int speakers, TimeSpan interval, TimeSpan start)
{
    private long _turn;

    /// <summary>The speaker whose turn it is, from 0.</summary>
    public int Speaker => (int)(_turn % speakers);

    /// <summary>When it sends.</summary>
    public TimeSpan DueAt => start + TimeSpan.FromTicks((_turn / speakers * interval.Ticks) + (_turn % speakers * interval.Ticks / speakers));

    /// <summary>Goes on to the next turn.</summary>
    public void Advance() => _turn++;
}
