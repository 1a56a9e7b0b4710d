namespace VoiceCluster.Cluster.VoiceStates;

/// <summary>The highest revision with which a voice state of this node has ended. Safe for calls from any thread.</summary>
/// <remarks>
/// A user who comes back must do so with a higher revision than he left with, and the clock may not have moved on since. One number for
/// all saves keeping every state that has ended.
/// </remarks>
public sealed class EndedRevisions
{
    private long _highest;

    /// <summary>The revision above which new states begin; 0 if none has ended.</summary>
    public long Highest => Volatile.Read(ref _highest);

    /// <summary>A state has ended.</summary>
    public void Add(long revision)
    {
        for (var highest = Highest; highest < revision;)
        {
            var before = Interlocked.CompareExchange(ref _highest, revision, highest);
            if (before == highest)
            {
                return;
            }

            highest = before;
        }
    }
}
