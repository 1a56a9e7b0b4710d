using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Domain.VoiceStates;

namespace VoiceCluster.Cluster.Messages;

/// <summary>A message to a voice state.</summary>
public interface IVoiceStateMessage : IActorMessage
{
    /// <summary>Which state.</summary>
    VoiceStateKey State { get; }
}

/// <summary>Asks something of a voice state, or, when told, commands it.</summary>
public sealed record VoiceStateRequest(VoiceStateKey State, VoiceStateCommand Command)
    : IVoiceStateMessage, IRequest<VoiceStateReply>;

/// <summary>A voice websocket identifies: the credentials are checked against the state before it is claimed.</summary>
/// <param name="State">Which state.</param>
/// <param name="Command">The claim.</param>
/// <param name="Token">The presented token; null when the channel's token was presented and found right.</param>
/// <param name="ChannelToken">The channel whose token was presented, if it was not the user's own.</param>
public sealed record ClaimVoiceState(VoiceStateKey State, VoiceStateCommand.Claim Command, string? Token, ChannelKey? ChannelToken)
    : IVoiceStateMessage, IRequest<VoiceStateReply>
{
    /// <inheritdoc />
    public override string ToString() => $"{nameof(ClaimVoiceState)} {State}";
}

/// <summary>Asks for a state as it is.</summary>
public sealed record GetVoiceState(VoiceStateKey State) : IVoiceStateMessage, IRequest<VoiceStateReply>;

/// <summary>What a voice state answers.</summary>
/// <param name="Membership">Where the user is now; null when nowhere.</param>
/// <param name="Token">The user's token; null when nowhere.</param>
/// <param name="Changed">Whether the command began a new membership or was granted a claim.</param>
/// <param name="Refusal">Why a claim or join was refused.</param>
public sealed record VoiceStateReply(VoiceMembership? Membership, string? Token, bool Changed, VoiceStateRefusal? Refusal) : IActorMessage
{
    /// <inheritdoc />
    public override string ToString() => $"{nameof(VoiceStateReply)} {Membership?.Channel}";
}

/// <summary>Why a voice state refused.</summary>
public enum VoiceStateRefusal
{
    /// <summary>The user is in no channel, or another session id is needed.</summary>
    NoSession,

    /// <summary>The token is not, or no longer, the state's.</summary>
    WrongToken,

    /// <summary>The realm has as many voice states as its limit allows.</summary>
    LimitReached,
}
