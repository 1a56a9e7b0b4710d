using VoiceCluster.Domain.Identities;

namespace VoiceCluster.Cluster.Transport;

/// <summary>Carries frames between nodes: ordered per pair of nodes, bounded, at most once.</summary>
/// <remarks>Safe for calls from any thread. Receivers are called one frame at a time per sending node.</remarks>
public interface INodeTransport
{
    /// <summary>Queues a frame for another node; there is no way to the own one. Never blocks. The bytes must not change afterwards.</summary>
    /// <returns>Whether it was taken; a drop is counted.</returns>
    SendResult TrySend(NodeId target, ReadOnlyMemory<byte> frame);

    /// <summary>Sets who is handed the frames that arrive; called once, before the first send.</summary>
    /// <param name="handler">Takes a frame and who sent it. Must not wait.</param>
    /// <param name="lost">
    /// Takes a frame that was queued and then given up, with the node it was for: it did not arrive, or nobody knows whether it did. Must not wait.
    /// </param>
    void Receive(Action<NodeIncarnation, ReadOnlyMemory<byte>> handler, Action<NodeId, ReadOnlyMemory<byte>>? lost = null);

    /// <summary>Whether there is a way to a node at present, as far as is known.</summary>
    bool CanReach(NodeId node) => true;

    /// <summary>Whether a node that there was a way to has been without one for too long. Not the opposite of <see cref="CanReach"/>: in between is what may come back at once.</summary>
    bool IsCutOff(NodeId node) => false;
}

/// <summary>Whether a link took a frame.</summary>
public enum SendResult
{
    /// <summary>It is on its way.</summary>
    Queued,

    /// <summary>Too much waits for that node already; a little later there may be room.</summary>
    Full,

    /// <summary>There is no way to the node at present.</summary>
    Unreachable,

    /// <summary>No link carries a frame that long.</summary>
    TooLarge,
}
