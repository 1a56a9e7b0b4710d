namespace VoiceCluster.Media.Forwarding;

/// <summary>The sessions that a worker serves: immutable, replaced as a whole, read once per batch.</summary>
/// <param name="Version">Counts the worker's tables.</param>
/// <param name="Sessions">Sessions by source; each knows its channel's route.</param>
internal sealed record ForwardingTable(long Version, SessionIndex Sessions)
{
    public static ForwardingTable Empty { get; } = new(0, SessionIndex.Empty);
}
