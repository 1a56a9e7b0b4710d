using System.Collections.Frozen;

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
}

/// <summary>A session that another worker serves.</summary>
/// <param name="Session">What is known of it.</param>
/// <param name="Sends">Whether it may be heard.</param>
internal readonly record struct RelayedMember(RelayedSession Session, bool Sends);
