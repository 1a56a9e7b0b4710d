using VoiceCluster.Media.Sessions;

namespace VoiceCluster.Media.Forwarding;

/// <summary>Everything that a worker forwards by: immutable, replaced as a whole, read once per batch.</summary>
/// <param name="Version">Counts the worker's tables.</param>
/// <param name="Sessions">Sessions by source.</param>
/// <param name="Routes">Channels by <see cref="MediaSession.ChannelSlot"/>.</param>
internal sealed record ForwardingTable(long Version, SessionIndex Sessions, ChannelRoute[] Routes)
{
    public static ForwardingTable Empty { get; } = new(0, SessionIndex.Empty, []);

    public ChannelRoute Route(MediaSession session) => Routes[session.ChannelSlot];
}
