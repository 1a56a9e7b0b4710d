using System.Collections.Immutable;

namespace VoiceCluster.Media.Workers;

/// <summary>A copy of one worker's counters.</summary>
public sealed record WorkerStatistics
{
    /// <summary>Datagrams received.</summary>
    public long PacketsIn { get; init; }

    /// <summary>Their bytes.</summary>
    public long BytesIn { get; init; }

    /// <summary>Datagrams handed to the kernel.</summary>
    public long PacketsOut { get; init; }

    /// <summary>Their bytes.</summary>
    public long BytesOut { get; init; }

    /// <summary>Media packets that passed every check of their sender, however many copies went out.</summary>
    public long Forwarded { get; init; }

    /// <summary>Batches received.</summary>
    public long Batches { get; init; }

    /// <summary>Sum of the times from the kernel to the end of the batch.</summary>
    public long ResidenceNanoseconds { get; init; }

    /// <summary>Drops, indexed by <see cref="PacketDropReason"/>.</summary>
    public ImmutableArray<long> Drops { get; init; } = [];

    /// <summary>Datagrams by residence time, one bucket per bound of <see cref="ResidenceBoundsMicroseconds"/> and one for the rest.</summary>
    public ImmutableArray<long> Residence { get; init; } = [];

    /// <summary>Edges that control did not take in time.</summary>
    public long EdgesDropped { get; init; }

    /// <summary>Plans that were older than the one in force.</summary>
    public long PlansRefused { get; init; }

    /// <summary>How often a plan named a worker that there was no room for a link to.</summary>
    public long RelayLinksRefused { get; init; }

    /// <summary>Datagrams handed to the network device as whole frames.</summary>
    public long FramesSent { get; init; }

    /// <summary>Datagrams handed to the socket together with others for the same receiver.</summary>
    public long GroupedSent { get; init; }

    /// <summary>Datagrams that the kernel refused to send.</summary>
    public long SendFailures { get; init; }

    /// <summary>Datagrams whose destination cannot be reached from this host.</summary>
    public long SendUnreachable { get; init; }

    /// <summary>Datagrams for which the send buffer had no room.</summary>
    public long SendBufferFull { get; init; }

    /// <summary>Receive calls that failed.</summary>
    public long ReceiveFailures { get; init; }

    /// <summary>Datagrams for which the receive buffer had no room.</summary>
    public long ReceiveOverflows { get; init; }

    /// <summary>Upper bounds of <see cref="Residence"/>.</summary>
    public static ImmutableArray<long> ResidenceBoundsMicroseconds { get; } = [.. WorkerCounters.ResidenceBoundsMicroseconds];

    /// <summary>Drops for one reason.</summary>
    public long Dropped(PacketDropReason reason) => Drops.IsDefaultOrEmpty ? 0 : Drops[(int)reason];
}
