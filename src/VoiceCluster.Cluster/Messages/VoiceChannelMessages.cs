using System.Collections.Immutable;
using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Domain.Channels;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Cluster.Messages;

/// <summary>A message to a voice channel.</summary>
public interface IVoiceChannelMessage : IActorMessage
{
    /// <summary>Which channel.</summary>
    ChannelKey Channel { get; }
}

/// <summary>Asks something of a channel, or, when told, commands it.</summary>
public sealed record VoiceChannelRequest(ChannelKey Channel, VoiceChannelCommand Command)
    : IVoiceChannelMessage, IRequest<VoiceChannelReply>;

/// <summary>Asks for a channel as it is.</summary>
public sealed record GetVoiceChannel(ChannelKey Channel) : IVoiceChannelMessage, IRequest<VoiceChannelReply>;

/// <summary>Has a session in the call told who else is in it; nothing comes back when the channel does not know the session.</summary>
public sealed record ListParticipants(ChannelKey Channel, Guid ClaimId) : IVoiceChannelMessage;

/// <summary>What a channel answers.</summary>
/// <param name="Definition">The channel as it is now; null when it does not exist.</param>
/// <param name="Token">Its token; null when it does not exist.</param>
/// <param name="Created">Whether the command made it.</param>
/// <param name="Refusal">Why a session was not attached.</param>
/// <param name="LimitReached">Whether it was not made because its realm has as many as its limit allows.</param>
/// <param name="Others">The other sessions in the call; only told to a session that enters it.</param>
/// <param name="VideoCodec">The video codec that a session which enters is to send.</param>
/// <param name="Serving">
/// The nodes that its members are on or were sent to, or else the one that the first is to be sent to; only told when the channel is asked for.
/// </param>
public sealed record VoiceChannelReply(
    ChannelDefinition? Definition,
    string? Token,
    bool Created,
    AttachRefusal? Refusal,
    bool LimitReached,
    ImmutableArray<ChannelSession> Others,
    string VideoCodec,
    ValueArray<NodeId> Serving = default) : IActorMessage
{
    // The generated text would show the token.
    public override string ToString() => $"{nameof(VoiceChannelReply)} {Definition?.BitrateBps}";
}
