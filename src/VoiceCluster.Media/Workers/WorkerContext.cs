using VoiceCluster.Domain.Media;
using VoiceCluster.Media.Discovery;
using VoiceCluster.Media.Forwarding;
using VoiceCluster.Media.Limits;
using VoiceCluster.Media.Sessions;

namespace VoiceCluster.Media.Workers;

/// <summary>What the steps of one worker share. Worker thread only.</summary>
internal sealed class WorkerContext(WorkerLimits limits, WorkerCounters counters, WorkerEdges edges, SendQueue send, WorkerInbox inbox)
{
    /// <summary>Anybody can make up sources, and each worker more makes looking for them dearer.</summary>
    private static readonly Rate LooksElsewhere = new(200, TimeSpan.FromSeconds(1));

    private RateLimit _looksElsewhere;

    public WorkerLimits Limits { get; } = limits;

    public WorkerCounters Counters { get; } = counters;

    public SendQueue Send { get; } = send;

    public SinkTable Sinks { get; } = inbox.Sinks;

    public Bindings Bindings { get; } = new(inbox.Sinks);

    /// <summary>Answers given to each address.</summary>
    public AddressLimiter Answers { get; } = new(limits.Answers);

    /// <summary>Packets from each address that could not be opened.</summary>
    public AddressLimiter FailedOpens { get; } = new(limits.FailedOpens);

    /// <summary>The table of this batch.</summary>
    public ForwardingTable Table { get; set; } = ForwardingTable.Empty;

    /// <summary>The time of this batch.</summary>
    public long Now { get; set; }

    /// <summary>Whether a source that is not served here has its session on another worker of this node; false too when that was asked too often.</summary>
    public bool IsServedElsewhere(uint ssrc)
    {
        var siblings = inbox.Siblings;
        if (siblings.Length == 0 || !_looksElsewhere.TryTake(LooksElsewhere, 1, Now))
        {
            return false;
        }

        foreach (var sibling in siblings)
        {
            if (sibling.Table.Sessions.Find(ssrc) is not null)
            {
                return true;
            }
        }

        return false;
    }

    public void Drop(PacketDropReason reason) => Counters.CountDrop(reason);

    public void Tell(MediaEdge edge) => edges.Tell(edge);
}
