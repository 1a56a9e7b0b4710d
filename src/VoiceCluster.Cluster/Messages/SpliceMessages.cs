using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Domain.Identities;

namespace VoiceCluster.Cluster.Messages;

/// <summary>Asks a node that holds a voice session to take a client's socket which another node has, frame by frame.</summary>
/// <param name="Name">The local name of either end's actor, each on its own node; random.</param>
/// <param name="From">The node with the socket.</param>
/// <param name="Process">The incarnation that its process began with.</param>
/// <param name="Version">The version of the voice gateway that the client asked for.</param>
/// <param name="Peer">The client's IP address; null when it is not known.</param>
public sealed record OpenSplice(string Name, NodeId From, long Process, int Version, string? Peer) : IRequest<SpliceOpened>;

/// <summary>Whether the node took the socket: the other end exists then, and waits for the first frame.</summary>
public sealed record SpliceOpened(bool IsOpen) : IActorMessage;

/// <summary>What one end of a splice tells the other. An older release knows none of these and refuses the question before them.</summary>
public interface ISpliceMessage : IActorMessage;

/// <summary>A message of the client or for it.</summary>
/// <param name="Number">From 1, one more with each in this direction: one that is missing ends the splice.</param>
/// <param name="IsText">Text or binary.</param>
/// <param name="Payload">The message, unchanged.</param>
public sealed record SpliceFrame(long Number, bool IsText, ReadOnlyMemory<byte> Payload) : ISpliceMessage;

/// <summary>The first so many frames have been written to the client's socket or, in the other direction, handled by the session.</summary>
public sealed record SpliceTaken(long Count) : ISpliceMessage;

/// <summary>The socket, or the session's use of it, is over.</summary>
/// <param name="Code">With which code it was or is to be closed; null when it was lost.</param>
/// <param name="Reason">For people.</param>
public sealed record SpliceEnded(int? Code, string? Reason) : ISpliceMessage;
