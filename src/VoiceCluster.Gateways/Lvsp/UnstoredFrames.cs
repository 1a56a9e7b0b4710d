using VoiceCluster.Cluster.Store;
using VoiceCluster.Protocol.Lvsp;

namespace VoiceCluster.Gateways.Lvsp;

/// <summary>What a link has numbered and sent while the store was away; the oldest is given up beyond what an outbox keeps. Not thread safe.</summary>
internal sealed class UnstoredFrames
{
    private readonly Queue<LvspAppend> _appends = new();
    private long _after;
    private long _first;

    /// <summary>Whether all that was sent is stored.</summary>
    public bool IsEmpty => _appends.Count == 0;

    /// <summary>Numbers a frame and keeps its body.</summary>
    /// <param name="append">As it was, or would have been, told to the store.</param>
    /// <param name="highestSent">The last number that the link has sent.</param>
    public LvspNumberedFrame Add(LvspAppend append, long highestSent)
    {
        if (IsEmpty)
        {
            _after = highestSent;
            _first = highestSent + 1;
        }

        _appends.Enqueue(append);
        if (_appends.Count > LvspOutbox.MaxMessages)
        {
            _appends.Dequeue();
            _first++;
        }

        var number = _first + _appends.Count - 1;
        return new LvspNumberedFrame(number, LvspServerFrames.Info(number, append.Info.Span));
    }

    /// <summary>What the store is to be told.</summary>
    public LvspUnstored For(LvspSessionRecord session) => new(session, _after, _first, [.. _appends]);

    /// <summary>All is stored.</summary>
    public void Clear() => _appends.Clear();
}
