using VoiceCluster.Domain.Identities;

namespace VoiceCluster.Media.Relay;

/// <summary>A copy of the counts of one link, as one of its ends sees them.</summary>
/// <param name="Peer">The other worker.</param>
/// <param name="Sent">Frames sealed for it.</param>
/// <param name="Received">Authentic frames of it, each once.</param>
/// <param name="Lost">Numbers below the highest received that have not come, those of reports included.</param>
/// <param name="Reordered">Packets that came after one with a higher number.</param>
public readonly record struct RelayLinkStatistics(WorkerId Peer, long Sent, long Received, long Lost, long Reordered)
{
    /// <summary>Frames that were lost and came with the one after them.</summary>
    public long Recovered { get; init; }

    /// <summary>Whether each frame is sent a second time, with the one after it, because the other end reports loss.</summary>
    public bool IsRepeating { get; init; }

    /// <summary>The share of what was sent lately that the other end lacks, from 0 to 1.</summary>
    public double SendLoss { get; init; }

    /// <summary>The smoothed round trip between the two loops; zero before it was measured.</summary>
    public TimeSpan RoundTrip { get; init; }
}
