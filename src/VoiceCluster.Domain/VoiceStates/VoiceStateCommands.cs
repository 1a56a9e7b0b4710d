using VoiceCluster.Domain.Identities;
using VoiceCluster.Protocol.Lvsp;

namespace VoiceCluster.Domain.VoiceStates;

/// <summary>Something that is asked of a voice state.</summary>
public abstract record VoiceStateCommand
{
    private VoiceStateCommand()
    {
    }

    /// <summary>Puts the user into a channel: a join, a repetition, or a move from another channel of the same scope.</summary>
    /// <param name="Channel">The channel to be in.</param>
    /// <param name="SessionId">The backend's own session id, or null for ours.</param>
    /// <param name="Flags">Flags that the backend gave.</param>
    /// <param name="Origin">Who asked: it is told when the state ends by itself.</param>
    /// <param name="Fresh">Used if a new state begins.</param>
    /// <param name="Node">The node that the user is sent to; null leaves a repeated join where it is.</param>
    /// <param name="AskedAt">When the backend asked for it, by the clock that nodes have in common; null when nobody says.</param>
    public sealed record Join(
        ChannelKey Channel,
        string? SessionId,
        VoiceFlagsPatch Flags,
        string? Origin,
        FreshCredentials Fresh,
        NodeId? Node = null,
        DateTimeOffset? AskedAt = null) : VoiceStateCommand;

    /// <summary>Changes flags.</summary>
    /// <param name="Channel">When given, only if the user is in that channel.</param>
    /// <param name="Flags">The change.</param>
    /// <param name="SessionId">When given, only if the state has it: one of the past names nothing.</param>
    /// <param name="AskedAt">When given, only what nobody has asked for otherwise since, should it be late.</param>
    public sealed record UpdateFlags(ChannelKey? Channel, VoiceFlagsPatch Flags, string? SessionId = null, DateTimeOffset? AskedAt = null)
        : VoiceStateCommand;

    /// <summary>Ends the state because the backend says so.</summary>
    /// <param name="Channel">When given, only if the user is in that channel.</param>
    /// <param name="SessionId">When given, only if the state has it: one of the past names nothing.</param>
    /// <param name="AskedAt">When given, only if no join was asked for since, should it be late.</param>
    public sealed record Leave(ChannelKey? Channel, string? SessionId = null, DateTimeOffset? AskedAt = null) : VoiceStateCommand;

    /// <summary>Ends the state because its channel was destroyed.</summary>
    public sealed record LoseChannel(ChannelKey Channel) : VoiceStateCommand;

    /// <summary>Moves the user's connection elsewhere without a change of channel: same session id, new token (LVSP 10.10).</summary>
    /// <param name="TokenSalt">What the new token is derived from.</param>
    /// <param name="Node">The node that the user is sent to; null leaves it to the address that the backend is told.</param>
    /// <param name="KeepUntil">Until when the connection so far is kept for a user who does not come to the new one; null for the usual time.</param>
    /// <param name="From">When given, only if this is the user's connection, or it was and he has not come to the next one.</param>
    public sealed record Relocate(string TokenSalt, NodeId? Node = null, DateTimeOffset? KeepUntil = null, Guid? From = null) : VoiceStateCommand;

    /// <summary>Takes a relocation back, unless the user has come to the new place.</summary>
    public sealed record Remain(Guid ClaimId) : VoiceStateCommand;

    /// <summary>The user's node is gone: his connection with it, or the place that he was sent to. He is sent elsewhere (LVSP 10.10).</summary>
    /// <param name="Node">The node.</param>
    /// <param name="ClaimId">The connection; null for a user who was sent there and has not come.</param>
    /// <param name="TokenSalt">What the new token is derived from.</param>
    /// <param name="Next">The node that he is sent to.</param>
    public sealed record LoseNode(NodeId Node, Guid? ClaimId, string TokenSalt, NodeId? Next) : VoiceStateCommand;

    /// <summary>A voice websocket identifies for the state. The token has been checked.</summary>
    /// <param name="ClaimId">A new one.</param>
    /// <param name="Gateway">The actor that holds the websocket.</param>
    /// <param name="SessionId">What it presented.</param>
    /// <param name="AcceptAnyFirstSessionId">Whether the first one may bring any.</param>
    /// <param name="Process">The incarnation that the process began with; 0 when it is not known.</param>
    public sealed record Claim(Guid ClaimId, GatewayAddress Gateway, string SessionId, bool AcceptAnyFirstSessionId, long Process = 0) : VoiceStateCommand;

    /// <summary>The claim's connection reached its session description.</summary>
    public sealed record ClaimReady(Guid ClaimId) : VoiceStateCommand;

    /// <summary>The claim's websocket is gone but may resume.</summary>
    public sealed record Detach(Guid ClaimId) : VoiceStateCommand;

    /// <summary>The claim's websocket has resumed.</summary>
    public sealed record Reattach(Guid ClaimId) : VoiceStateCommand;

    /// <summary>The claim's session has ended for good; the state waits to be claimed again.</summary>
    public sealed record Release(Guid ClaimId) : VoiceStateCommand;

    /// <summary>A deadline may have passed.</summary>
    public sealed record Expire : VoiceStateCommand;
}

/// <summary>Random values that a new state takes its credentials from.</summary>
/// <param name="SessionId">32 alphanumeric characters.</param>
/// <param name="TokenSalt">What the token is derived from; worthless without the cluster's secret.</param>
public sealed record FreshCredentials(string SessionId, string TokenSalt);
