namespace VoiceCluster.Gateways;

/// <summary>Counts how voice sessions begin and come again: what a node tells of it keeps others from sending it too many. Safe from any thread.</summary>
public sealed class SessionTurnover
{
    private long _began;
    private long _resumed;

    /// <summary>Sessions begun since the start.</summary>
    public long Began => Interlocked.Read(ref _began);

    /// <summary>Sessions that lost their websocket and came again since the start.</summary>
    public long Resumed => Interlocked.Read(ref _resumed);

    internal void CountBegun() => Interlocked.Increment(ref _began);

    internal void CountResumed() => Interlocked.Increment(ref _resumed);
}
