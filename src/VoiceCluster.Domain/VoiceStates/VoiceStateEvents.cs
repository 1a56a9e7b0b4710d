using VoiceCluster.Domain.Identities;
using VoiceCluster.Protocol.Lvsp;

namespace VoiceCluster.Domain.VoiceStates;

/// <summary>Something that happened to a voice state.</summary>
public abstract record VoiceStateEvent
{
    private VoiceStateEvent()
    {
    }

    /// <summary>The user is in a channel, with new credentials; a claim of an earlier channel is leaving.</summary>
    public sealed record Joined(long Revision, VoiceMembership Membership, ChannelKey? Left, LeavingClaim? Leaving) : VoiceStateEvent;

    /// <summary>The join was repeated for the same channel; something about it may be new.</summary>
    public sealed record JoinRepeated(VoiceMembership Membership) : VoiceStateEvent;

    /// <summary>Flags changed.</summary>
    /// <param name="Flags">The flags.</param>
    /// <param name="Times">When they were asked for; null if that is as it was.</param>
    public sealed record FlagsChanged(VoiceFlags Flags, VoiceFlagTimes? Times = null) : VoiceStateEvent;

    /// <summary>Flags were asked for that are so already. Matters for what comes late only, and is not worth storing.</summary>
    public sealed record FlagsRepeated(VoiceFlagTimes Times) : VoiceStateEvent;

    /// <summary>The connection is to move: a new token is out, the claim so far serves until the new one is ready.</summary>
    public sealed record Relocated(long Revision, VoiceMembership Membership, LeavingClaim? Leaving) : VoiceStateEvent;

    /// <summary>The relocation was taken back: the claim that was to leave is the current one again. The token stays the new one.</summary>
    public sealed record Remained(VoiceClaim Claim) : VoiceStateEvent;

    /// <summary>A websocket claimed the state.</summary>
    public sealed record Claimed(VoiceClaim Claim, string SessionId) : VoiceStateEvent;

    /// <summary>A claim is over and its websocket is to be closed.</summary>
    public sealed record ClaimEnded(VoiceClaim Claim, ClaimEnd Reason) : VoiceStateEvent;

    /// <summary>The claimed websocket is gone or back; until the deadline it may resume.</summary>
    public sealed record AttachmentChanged(bool Attached, DateTimeOffset? ExpiresAt) : VoiceStateEvent;

    /// <summary>The claimed session ended by itself; the state waits to be claimed again.</summary>
    public sealed record ClaimReleased(VoiceClaim Claim, DateTimeOffset ExpiresAt) : VoiceStateEvent;

    /// <summary>The state is over.</summary>
    public sealed record Ended(long Revision, VoiceMembership Membership, VoiceStateEnd Reason) : VoiceStateEvent;
}

/// <summary>Why a voice state ended.</summary>
public enum VoiceStateEnd
{
    /// <summary>The backend said so.</summary>
    Left,

    /// <summary>Its channel was destroyed.</summary>
    ChannelDestroyed,

    /// <summary>No voice websocket claimed it in time.</summary>
    Unclaimed,

    /// <summary>Its voice websocket was gone and did not come back in time.</summary>
    Disconnected,
}

/// <summary>Why a claim ended; it decides the close code of its websocket.</summary>
public enum ClaimEnd
{
    /// <summary>Another websocket claimed the same state.</summary>
    Replaced,

    /// <summary>The user left or was moved.</summary>
    Removed,

    /// <summary>The channel was destroyed.</summary>
    CallTerminated,

    /// <summary>It did not resume in time.</summary>
    Expired,

    /// <summary>Its node was emptied, and the user had not gone by the deadline.</summary>
    Drained,
}
