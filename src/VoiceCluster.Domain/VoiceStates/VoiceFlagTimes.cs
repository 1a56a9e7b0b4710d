using VoiceCluster.Domain.Requests;
using VoiceCluster.Protocol.Lvsp;

namespace VoiceCluster.Domain.VoiceStates;

/// <summary>When each of a voice state's five booleans was last asked for; null for one that nobody has asked for.</summary>
/// <remarks>Each for itself: a mute that comes late must not be lost because the user was deafened meanwhile.</remarks>
public sealed record VoiceFlagTimes(
    DateTimeOffset? Deaf = null,
    DateTimeOffset? Mute = null,
    DateTimeOffset? SelfDeaf = null,
    DateTimeOffset? SelfMute = null,
    DateTimeOffset? Suppress = null)
{
    /// <summary>Of none.</summary>
    public static VoiceFlagTimes None { get; } = new();

    /// <summary>What of a change no newer one holds instead of.</summary>
    public VoiceFlagsPatch WithoutOvertaken(VoiceFlagsPatch patch, DateTimeOffset? askedAt, DateTimeOffset now)
    {
        return new(Keep(patch.Deaf, Deaf), Keep(patch.Mute, Mute), Keep(patch.SelfDeaf, SelfDeaf), Keep(patch.SelfMute, SelfMute), Keep(patch.Suppress, Suppress));

        bool? Keep(bool? flag, DateTimeOffset? inForceSince) => Overtaking.IsOvertaken(askedAt, inForceSince, now) ? null : flag;
    }

    /// <summary>The times after a change.</summary>
    public VoiceFlagTimes After(VoiceFlagsPatch patch, DateTimeOffset? askedAt)
    {
        return new(Next(patch.Deaf, Deaf), Next(patch.Mute, Mute), Next(patch.SelfDeaf, SelfDeaf), Next(patch.SelfMute, SelfMute), Next(patch.Suppress, Suppress));

        DateTimeOffset? Next(bool? flag, DateTimeOffset? inForceSince) => flag is null ? inForceSince : Overtaking.Latest(inForceSince, askedAt);
    }
}
