namespace VoiceCluster.Media.Workers;

/// <summary>Counts how often a loop goes round, so that one that hangs is noticed without the loop ever reading a clock for it.</summary>
internal sealed class LoopRounds
{
    private readonly Lock _asking = new();
    private long _rounds;
    private long _seen = -1;
    private long _seenAt;

    /// <summary>The loop goes round; its thread only.</summary>
    public void Count() => Volatile.Write(ref _rounds, _rounds + 1);

    /// <summary>Whether the loop has not gone round since a question that lies so long back. Any thread.</summary>
    public bool HaveStoodStill(TimeSpan duration)
    {
        lock (_asking)
        {
            var rounds = Volatile.Read(ref _rounds);
            if (_seen == rounds)
            {
                return TimeProvider.System.GetElapsedTime(_seenAt) > duration;
            }

            (_seen, _seenAt) = (rounds, TimeProvider.System.GetTimestamp());
            return false;
        }
    }
}
