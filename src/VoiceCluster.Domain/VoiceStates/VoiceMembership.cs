using VoiceCluster.Domain.Identities;
using VoiceCluster.Protocol.Lvsp;

namespace VoiceCluster.Domain.VoiceStates;

/// <summary>The user's presence in a channel.</summary>
public sealed record VoiceMembership
{
    /// <summary>The channel.</summary>
    public required ChannelKey Channel { get; init; }

    /// <summary>What a voice websocket must present, besides a token.</summary>
    public required string SessionId { get; init; }

    /// <summary>What the user's token is derived from.</summary>
    public required string TokenSalt { get; init; }

    /// <summary>Mute and the like.</summary>
    public VoiceFlags Flags { get; init; }

    /// <summary>When each of the flags was asked for; null when nobody has said of any.</summary>
    public VoiceFlagTimes? FlagTimes { get; init; }

    /// <summary>The LVSP session that made or last repeated the state.</summary>
    public string? Origin { get; init; }

    /// <summary>When the backend last asked for the user to be here, by the clock that nodes have in common; null when nobody has said.</summary>
    public DateTimeOffset? AskedAt { get; init; }

    /// <summary>The node that the user was sent to or, once there is a claim, is on; null when nobody chose one.</summary>
    public NodeId? Node { get; init; }

    /// <summary>The voice websocket's session, when there is one.</summary>
    public VoiceClaim? Claim { get; init; }

    /// <summary>Whether it was ever claimed; decides what its expiry is called.</summary>
    public bool EverClaimed { get; init; }

    /// <summary>When the state ends unless it is claimed or resumed before.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>What of a change of flags is not late, or not asked for otherwise since.</summary>
    internal VoiceFlagsPatch NewIn(VoiceFlagsPatch patch, DateTimeOffset? askedAt, DateTimeOffset now) =>
        FlagTimes?.WithoutOvertaken(patch, askedAt, now) ?? patch;
}
