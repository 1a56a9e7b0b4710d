using VoiceCluster.Media.Sessions;
using VoiceCluster.Protocol.Primitives;
using VoiceCluster.Protocol.Rtp;

namespace VoiceCluster.Media.Relay;

/// <summary>A session of this channel that another worker serves, with what is kept of its sources. Their state is the worker thread's; it survives plans.</summary>
internal sealed class RelayedSession(RelayLink link, Ssrc first)
{
    private RelayedSource?[]? _sources;

    /// <summary>Over which link it comes.</summary>
    public RelayLink Link { get; } = link;

    /// <summary>Whether it is known to send a picture.</summary>
    public bool HasVideo => Any(source => source.Media.Kind == MediaKind.Video);

    /// <summary>Whether receivers whose nonce is the header were sent something of it: its numbers must not begin anew for them.</summary>
    public bool HasNonceGuard => Any(source => source.Media.NonceGuard is not null);

    /// <summary>Begins to keep track of a source, or finds it; it lies in the block.</summary>
    public RelayedSource Source(uint ssrc) => (_sources ??= new RelayedSource?[Ssrc.BlockSize])[ssrc - first.Value] ??= new RelayedSource(new Ssrc(ssrc));

    /// <summary>Finds a source that has sent; it lies in the block.</summary>
    public RelayedSource? Find(uint ssrc) => _sources?[ssrc - first.Value];

    private bool Any(Predicate<RelayedSource> fits) => _sources is not null && Array.Exists(_sources, source => source is not null && fits(source));
}

/// <summary>A stream that comes from another worker. Worker thread only.</summary>
internal sealed class RelayedSource(Ssrc ssrc)
{
    // Mutable: a field, so that nothing works on a copy.
    private CounterWindow _frames;

    public MediaSource Media { get; } = new(ssrc);

    /// <summary>Makes the whole number of its lower half: the one that is nearest to the highest so far.</summary>
    public long Unwrap(uint sequence)
    {
        // The first may be followed by earlier ones, and no number is negative.
        var whole = Media.HasStarted ? _frames.Highest + (int)(sequence - (uint)_frames.Highest) : (1L << 32) + sequence;
        Media.HasStarted = true;
        return whole;
    }

    /// <summary>Whether a frame has not come yet, on its own or with the one after it.</summary>
    public ReplayVerdict Judge(long sequence) => _frames.Judge(sequence);
}
