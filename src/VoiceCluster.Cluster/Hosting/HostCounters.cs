namespace VoiceCluster.Cluster.Hosting;

/// <summary>What one host has counted; each count also goes to <see cref="Telemetry"/>.</summary>
internal sealed class HostCounters
{
    private long _handled;
    private long _dropped;
    private long _lateReplies;
    private long _restarts;
    private long _passivations;

    /// <summary>Timers set now.</summary>
    public long Timers;

    public long HandledTotal => Interlocked.Read(ref _handled);

    public long DroppedTotal => Interlocked.Read(ref _dropped);

    public long LateReplies => Interlocked.Read(ref _lateReplies);

    public long Restarts => Interlocked.Read(ref _restarts);

    public long Passivations => Interlocked.Read(ref _passivations);

    public void Handled(string kind)
    {
        Interlocked.Increment(ref _handled);
        Telemetry.Handled(kind);
    }

    public void Dropped(DropReason reason)
    {
        Interlocked.Increment(ref _dropped);
        if (reason == DropReason.LateReply)
        {
            Interlocked.Increment(ref _lateReplies);
        }

        Telemetry.Dropped(reason);
    }

    public void Restarted(string kind)
    {
        Interlocked.Increment(ref _restarts);
        Telemetry.Restarted(kind);
    }

    public void Passivated(string kind)
    {
        Interlocked.Increment(ref _passivations);
        Telemetry.Passivated(kind);
    }

    public static void AskFailed(AskFailure failure) => Telemetry.AskFailed(failure);
}
