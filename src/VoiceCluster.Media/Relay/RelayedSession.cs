using VoiceCluster.Media.Sessions;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Media.Relay;

/// <summary>A session of this channel that another worker serves, with what is kept of its sources. Their state is the worker thread's; it survives plans.</summary>
internal sealed class RelayedSession(RelayLink link, Ssrc first)
{
    private readonly SourceBlock _sources = new(first);
    private readonly long[] _highest = new long[Ssrc.BlockSize];

    /// <summary>Over which link it comes.</summary>
    public RelayLink Link { get; } = link;

    /// <summary>Begins to keep track of a source, or finds it; it lies in the block.</summary>
    public MediaSource Source(uint ssrc) => _sources.GetOrAdd(ssrc);

    /// <summary>Makes the whole number of its lower half: the one that is nearest to the highest so far.</summary>
    public long Unwrap(MediaSource source, uint sequence)
    {
        ref var highest = ref _highest[source.Ssrc.Value - _sources.First.Value];

        // The first may be followed by earlier ones, and no number is negative.
        var whole = source.HasStarted ? highest + (int)(sequence - (uint)highest) : (1L << 32) + sequence;
        highest = source.HasStarted ? Math.Max(highest, whole) : whole;
        source.HasStarted = true;
        return whole;
    }
}
