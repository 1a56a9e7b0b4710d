using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Media.Sessions;

/// <summary>A session's reserved block of sources, with what the worker knows of those in use.</summary>
internal sealed class SourceBlock(Ssrc first)
{
    private readonly MediaSource?[] _sources = new MediaSource?[Ssrc.BlockSize];

    public Ssrc First { get; } = first;

    /// <summary>Those that have sent; in the order of their numbers.</summary>
    public ReadOnlySpan<MediaSource?> All => _sources;

    /// <summary>Finds a source that has sent before; <paramref name="ssrc"/> lies in the block.</summary>
    public MediaSource? Find(uint ssrc) => _sources[ssrc - First.Value];

    /// <summary>Finds a source or begins to keep track of it. Costs an allocation the first time, which an authentic packet pays for.</summary>
    public MediaSource GetOrAdd(uint ssrc) => _sources[ssrc - First.Value] ??= new MediaSource(new Ssrc(ssrc));

    /// <summary>Nobody waits to ask for key frames any more: the worker that did is gone.</summary>
    public void ForgetWaiting()
    {
        foreach (var source in _sources)
        {
            if (source is not null)
            {
                source.IsKeyFrameWaiting = false;
            }
        }
    }
}
