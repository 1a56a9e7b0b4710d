using VoiceCluster.Domain.Identities;

namespace VoiceCluster.Gateways.NodeLinks;

/// <summary>A link at one moment.</summary>
/// <param name="Peer">The node at the other end.</param>
/// <param name="Incarnation">Its life that was last connected; default before the first connection.</param>
/// <param name="IsConnected">Whether a connection stands.</param>
/// <param name="IsUnreachable">Whether there has been none for too long.</param>
/// <param name="Attempts">How often this node has tried to connect.</param>
/// <param name="Waiting">Frames not yet acknowledged.</param>
/// <param name="RoundTrip">The last time from ping to pong.</param>
public sealed record NodeLinkStatus(
    NodeId Peer,
    NodeIncarnation Incarnation,
    bool IsConnected,
    bool IsUnreachable,
    int Attempts,
    int Waiting,
    TimeSpan? RoundTrip);
