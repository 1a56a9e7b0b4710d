namespace VoiceCluster.Cluster.Hosting;

/// <summary>What one host has counted; each count also goes to <see cref="Telemetry"/>.</summary>
internal sealed class HostCounters
{
    private long _handled;
    private long _dropped;
    private long _lateReplies;
    private long _restarts;
    private long _passivations;
    private long _losses;

    /// <summary>Timers set now.</summary>
    public long Timers;

    public long HandledTotal => Interlocked.Read(ref _handled);

    public long DroppedTotal => Interlocked.Read(ref _dropped);

    public long LateReplies => Interlocked.Read(ref _lateReplies);

    public long Restarts => Interlocked.Read(ref _restarts);

    public long Passivations => Interlocked.Read(ref _passivations);

    /// <summary>Messages that somebody should have had, late answers and failures of actors: whatever may have left parts of the node with different ideas.</summary>
    public long Losses => Interlocked.Read(ref _losses);

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

        // Whoever is gone lacks nothing.
        if (reason is DropReason.MailboxFull or DropReason.ShardQueueFull or DropReason.LateReply)
        {
            Interlocked.Increment(ref _losses);
        }

        Telemetry.Dropped(reason);
    }

    public void Restarted(string kind)
    {
        Interlocked.Increment(ref _restarts);
        Interlocked.Increment(ref _losses);
        Telemetry.Restarted(kind);
    }

    public void Passivated(string kind)
    {
        Interlocked.Increment(ref _passivations);
        Telemetry.Passivated(kind);
    }

    public static void AskFailed(AskFailure failure) => Telemetry.AskFailed(failure);
}
