using System.Collections.Immutable;
using VoiceCluster.Domain.Identities;

namespace VoiceCluster.Domain.Placement;

/// <summary>A user who needs a node.</summary>
/// <param name="Channel">The channel to join.</param>
/// <param name="Serving">The nodes that serve the channel already: those of its sessions' workers.</param>
/// <param name="Region">Where the user, or the backend that speaks for him, is; null when nobody said.</param>
public readonly record struct JoinRequest(ChannelKey Channel, ImmutableArray<NodeId> Serving, string? Region = null);

/// <summary>The node that a user is sent to.</summary>
/// <param name="Node">The node; its public address is the <c>endpoint</c> that the backend is told.</param>
/// <param name="Standing">How good a choice it was.</param>
/// <param name="Serves">Whether the channel is there already.</param>
/// <param name="Sampled">Whether it is the better of two random ones rather than the best.</param>
public readonly record struct PlacedJoin(NodeIncarnation Node, NodeStanding Standing, bool Serves, bool Sampled);

/// <summary>How gladly a node is given a user, best first.</summary>
public enum NodeStanding
{
    /// <summary>It has room.</summary>
    Open,

    /// <summary>What room it has is meant for the channels that it serves.</summary>
    Reserved,

    /// <summary>Overloaded, silent, unsettled, or given as many joins as it should get within a minute.</summary>
    Strained,

    /// <summary>Full by its measured load, or not ready. Both may be a moment's, so it is a last resort and no refusal.</summary>
    Full,

    /// <summary>Being emptied; only for users of a channel that is still there, when no other node can take them.</summary>
    Draining,

    /// <summary>It would refuse: it holds as many sessions as it may, or is being emptied.</summary>
    Unavailable,
}
