using VoiceCluster.Domain.Identities;

namespace VoiceCluster.Cluster.Placement;

/// <summary>Which node a user is sent to, and how backends are told of it. Safe for calls from any thread; answers come from memory.</summary>
public interface IVoicePlacement
{
    /// <summary>A node for one more user of a channel.</summary>
    /// <param name="channel">The channel.</param>
    /// <param name="serving">The nodes that its members are on or were sent to.</param>
    /// <returns>Null when no node takes users.</returns>
    NodeId? Find(ChannelKey channel, IEnumerable<NodeId> serving);

    /// <summary>Counts a join at the node that was found for it, until it shows in that node's reports.</summary>
    void Count(ChannelKey channel, NodeId node);

    /// <summary>Whether any other node than this takes users.</summary>
    bool TakesElsewhere { get; }

    /// <summary>Whether a node lives, as far as is known here, and may be given users.</summary>
    bool Takes(NodeId node);

    /// <summary>Whether a process is gone with all connections that ended in it; with incarnation 0, any of its node.</summary>
    bool IsLost(NodeIncarnation process);

    /// <summary><c>host:port</c> of a node's voice websockets; this node's own for one that is not known.</summary>
    string EndpointOf(NodeId? node);
}
