using System.Collections.Immutable;
using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Domain.Channels;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Domain.VoiceStates;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Cluster.Messages;

/// <summary>A message to the actor that holds a voice websocket.</summary>
public interface IVoiceGatewayMessage : IActorMessage;

/// <summary>Another user is in the call.</summary>
public sealed record ParticipantEntered(ChannelSession Session) : IVoiceGatewayMessage;

/// <summary>Another user is not in the call any more.</summary>
public sealed record ParticipantLeft(Snowflake UserId) : IVoiceGatewayMessage;

/// <summary>Another user says, or shows, what he sends.</summary>
public sealed record ParticipantSpeaking(Snowflake UserId, Ssrc Ssrc, SpeakingFlags Speaking) : IVoiceGatewayMessage;

/// <summary>Another user's video changed.</summary>
public sealed record ParticipantVideo(ChannelSession Session) : IVoiceGatewayMessage;

/// <summary>In short, which others are in the call: whoever told his client otherwise asks for the list.</summary>
public sealed record ParticipantsSummary(Guid ClaimId, CallSummary Others) : IVoiceGatewayMessage;

/// <summary>The other sessions in the call, as <see cref="ListParticipants"/> asked.</summary>
public sealed record ParticipantsListed(Guid ClaimId, ImmutableArray<ChannelSession> Others) : IVoiceGatewayMessage;

/// <summary>The session is to send another video codec, because of who can decode what.</summary>
public sealed record VideoCodecChosen(Guid ClaimId, string Codec) : IVoiceGatewayMessage;

/// <summary>The claim is over: close the websocket and end the session.</summary>
public sealed record EndClaim(Guid ClaimId, ClaimEnd Reason) : IVoiceGatewayMessage;

/// <summary>The channel was loaded anew and has to know its sessions: attach again.</summary>
public sealed record AnnounceSession(Guid ClaimId, ChannelKey Channel) : IVoiceGatewayMessage;

/// <summary>The packet loop saw the session's first packet.</summary>
public sealed record SourceStarted(Ssrc Ssrc) : IVoiceGatewayMessage;

/// <summary>More people speak than are heard at once: this one is talking unheard, or, after the others were told so, is heard again.</summary>
public sealed record SourceHeard(Ssrc Ssrc, bool IsHeard) : IVoiceGatewayMessage;

/// <summary>The session's nonces are nearly used up: it must make a new key.</summary>
public sealed record KeyExhausted : IVoiceGatewayMessage;
