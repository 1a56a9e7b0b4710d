namespace VoiceCluster.Protocol.Lvsp;

/// <summary>The five booleans of a voice state.</summary>
/// <param name="Deaf">Is sent no media, by order of the guild.</param>
/// <param name="Mute">Media is not forwarded, by order of the guild.</param>
/// <param name="SelfDeaf">The user's own wish to hear nothing.</param>
/// <param name="SelfMute">The user's own wish to say nothing.</param>
/// <param name="Suppress">Media is not forwarded: no permission to speak.</param>
public readonly record struct VoiceFlags(bool Deaf, bool Mute, bool SelfDeaf, bool SelfMute, bool Suppress);

/// <summary>A change to some of the five booleans; null leaves one as it is.</summary>
public readonly record struct VoiceFlagsPatch(bool? Deaf, bool? Mute, bool? SelfDeaf, bool? SelfMute, bool? Suppress)
{
    /// <summary>Whether nothing is changed.</summary>
    public bool IsEmpty => this == default;

    /// <summary>The booleans after the change.</summary>
    public VoiceFlags ApplyTo(VoiceFlags flags) => new(
        Deaf ?? flags.Deaf,
        Mute ?? flags.Mute,
        SelfDeaf ?? flags.SelfDeaf,
        SelfMute ?? flags.SelfMute,
        Suppress ?? flags.Suppress);
}
