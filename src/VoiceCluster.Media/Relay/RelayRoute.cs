using System.Collections.Frozen;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Media.Relay;

/// <summary>What the plan in force says of a channel on other workers. Immutable, but for the state of its sources.</summary>
/// <param name="Channel">The channel's digest.</param>
/// <param name="Epoch">The plan's epoch.</param>
/// <param name="Peers">The workers that serve it too.</param>
/// <param name="Listeners">The workers that get a copy of what is sent here.</param>
/// <param name="Sources">Sessions that others serve, by the first source of their block.</param>
internal sealed record RelayRoute(ulong Channel, long Epoch, RelayLink[] Peers, RelayLink[] Listeners, FrozenDictionary<uint, RelayedMember> Sources)
{
    /// <summary>The channel is nowhere else.</summary>
    public static RelayRoute None { get; } = new(0, 0, [], [], FrozenDictionary<uint, RelayedMember>.Empty);

    /// <summary>Finds the session that sends a stream on another worker.</summary>
    public bool TryFindMember(uint ssrc, out RelayedMember member) => Sources.TryGetValue(ssrc & ~(uint)(Ssrc.BlockSize - 1), out member);

    /// <summary>Finds a stream that came from another worker already.</summary>
    public RelayedSource? Find(uint ssrc) => TryFindMember(ssrc, out var member) ? member.Session.Find(ssrc) : null;
}

/// <summary>A session that another worker serves.</summary>
/// <param name="Session">What is known of it.</param>
/// <param name="Sends">Whether it may be heard.</param>
internal readonly record struct RelayedMember(RelayedSession Session, bool Sends);
