using VoiceCluster.Cluster.Store;
using VoiceCluster.Protocol.Lvsp;

namespace VoiceCluster.Gateways.Lvsp;

/// <summary>What a link has numbered and sent while the store was away; the oldest is given up beyond what an outbox keeps. Not thread safe.</summary>
internal sealed class UnstoredFrames
{
    private readonly Queue<ReadOnlyMemory<byte>> _bodies = new();
    private long _after;
    private long _first;

    /// <summary>Whether all that was sent is stored.</summary>
    public bool IsEmpty => _bodies.Count == 0;

    /// <summary>Numbers a frame and keeps its body.</summary>
    /// <param name="body">Not changed afterwards.</param>
    /// <param name="highestSent">The last number that the link has sent.</param>
    public long Add(ReadOnlyMemory<byte> body, long highestSent)
    {
        if (IsEmpty)
        {
            _after = highestSent;
            _first = highestSent + 1;
        }

        _bodies.Enqueue(body);
        if (_bodies.Count > LvspOutbox.MaxMessages)
        {
            _bodies.Dequeue();
            _first++;
        }

        return _first + _bodies.Count - 1;
    }

    /// <summary>What the store is to be told.</summary>
    public LvspUnstored For(LvspSessionRecord session) => new(session.SessionId, session.Generation, _after, _first, [.. _bodies]);

    /// <summary>All is stored.</summary>
    public void Clear() => _bodies.Clear();
}
