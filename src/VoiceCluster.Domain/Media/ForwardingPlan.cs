using System.Collections.Immutable;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Domain.Media;

/// <summary>What one worker does for one channel: who may be heard and who is sent to.</summary>
/// <remarks>
/// A plan is whole: it replaces the plan of the same channel, and one without sessions withdraws it. A worker obeys a plan only
/// if (<see cref="Epoch"/>, <see cref="Version"/>) is not below the one in force.
/// </remarks>
/// <param name="Channel">The channel.</param>
/// <param name="Epoch">The channel owner's shard epoch.</param>
/// <param name="Version">Counts this owner's plans for the channel, from 1.</param>
/// <param name="Worker">The worker that carries it out.</param>
/// <param name="BitrateBps">The audio bitrate that each sender is held to, in bit/s.</param>
/// <param name="Sessions">The sessions in the call that this worker serves.</param>
public sealed record ForwardingPlan(
    ChannelKey Channel,
    long Epoch,
    long Version,
    WorkerId Worker,
    int BitrateBps,
    ImmutableArray<PlannedSession> Sessions)
{
    /// <summary>The other workers that serve the channel: whom to send a copy, and from whom to take one.</summary>
    public ImmutableArray<PlannedRelay> Relays { get; init; } = [];
}

/// <summary>Another worker with sessions in the channel.</summary>
/// <param name="Worker">The worker.</param>
/// <param name="Listens">Whether anybody there is sent to: without a listener nothing is relayed to it.</param>
/// <param name="Sources">The sources of its sessions in the call.</param>
public sealed record PlannedRelay(WorkerId Worker, bool Listens, ImmutableArray<PlannedSource> Sources);

/// <summary>A source block of a session on another worker.</summary>
/// <param name="First">The first source of the block.</param>
/// <param name="Sends">False for the server-muted and suppressed: what is relayed of them is dropped.</param>
public readonly record struct PlannedSource(Ssrc First, bool Sends);

/// <summary>One session of a <see cref="ForwardingPlan"/>.</summary>
/// <param name="Session">The session on that worker.</param>
/// <param name="Sends">False for the server-muted and suppressed: their packets are dropped.</param>
/// <param name="Receives">False for the deafened: nothing is sent to them.</param>
public readonly record struct PlannedSession(MediaSessionId Session, bool Sends, bool Receives);
