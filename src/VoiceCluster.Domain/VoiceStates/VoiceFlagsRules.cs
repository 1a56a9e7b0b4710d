using VoiceCluster.Protocol.Lvsp;

namespace VoiceCluster.Domain.VoiceStates;

/// <summary>What the five booleans of a voice state do to media.</summary>
public static class VoiceFlagsRules
{
    /// <summary>Whether the user's packets are forwarded. A user's own mute needs no act of ours: the client sends nothing.</summary>
    public static bool MaySend(this VoiceFlags flags) => !flags.Mute && !flags.Suppress;

    /// <summary>Whether the user is sent packets. A user's own deafness counts too: it saves the work.</summary>
    public static bool MayReceive(this VoiceFlags flags) => !flags.Deaf && !flags.SelfDeaf;
}
