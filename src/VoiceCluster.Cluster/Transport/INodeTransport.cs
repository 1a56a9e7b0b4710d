using VoiceCluster.Domain.Identities;

namespace VoiceCluster.Cluster.Transport;

/// <summary>Carries frames between nodes: ordered per pair of nodes, bounded, at most once.</summary>
/// <remarks>Safe for calls from any thread. Receivers are called one frame at a time per sending node.</remarks>
public interface INodeTransport
{
    /// <summary>Queues a frame for a node. Never blocks.</summary>
    /// <returns>False when the node is not reachable or its queue is full; the drop is counted.</returns>
    bool TrySend(NodeId target, ReadOnlyMemory<byte> frame);

    /// <summary>Sets who is handed the frames that arrive; called once, before the first send.</summary>
    void Receive(Action<NodeIncarnation, ReadOnlyMemory<byte>> handler);
}
