using System.Text.Json.Serialization;
using VoiceCluster.Domain.Channels;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Domain.VoiceStates;
using VoiceCluster.Protocol.Gateway;

namespace VoiceCluster.Cluster.Messages.Wire;

/// <summary>The members of messages between nodes as JSON.</summary>
/// <remarks>What a constructor needs must be there, nulls included: a message without it was written by nobody who knows it.</remarks>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    IgnoreReadOnlyProperties = true,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    Converters =
    [
        typeof(RealmConverter),
        typeof(NodeIdConverter),
        typeof(SsrcConverter),
        typeof(MediaSessionIdConverter),
        typeof(SpeakingFlagsConverter),
        typeof(EnumNameConverter<AttachRefusal>),
        typeof(EnumNameConverter<VoiceStateRefusal>),
        typeof(EnumNameConverter<ClaimEnd>),
        typeof(ValueArrayConverter<NodeId>),
        typeof(ValueArrayConverter<VoiceCodec>),
        typeof(ValueArrayConverter<VideoStream>),
        typeof(VoiceChannelCommandConverter),
        typeof(VoiceStateCommandConverter),
    ])]
[JsonSerializable(typeof(VoiceChannelRequest))]
[JsonSerializable(typeof(GetVoiceChannel))]
[JsonSerializable(typeof(VoiceChannelReply))]
[JsonSerializable(typeof(VoiceStateRequest))]
[JsonSerializable(typeof(ClaimVoiceState))]
[JsonSerializable(typeof(GetVoiceState))]
[JsonSerializable(typeof(VoiceStateReply))]
[JsonSerializable(typeof(MergeVoiceState))]
[JsonSerializable(typeof(ReportSession))]
[JsonSerializable(typeof(ReportClaim))]
[JsonSerializable(typeof(ConfirmClaims))]
[JsonSerializable(typeof(ParticipantEntered))]
[JsonSerializable(typeof(ParticipantLeft))]
[JsonSerializable(typeof(ParticipantSpeaking))]
[JsonSerializable(typeof(ParticipantVideo))]
[JsonSerializable(typeof(ParticipantsSummary))]
[JsonSerializable(typeof(ParticipantsListed))]
[JsonSerializable(typeof(ListParticipants))]
[JsonSerializable(typeof(VideoCodecChosen))]
[JsonSerializable(typeof(EndClaim))]
[JsonSerializable(typeof(AnnounceSession))]
[JsonSerializable(typeof(SourceStarted))]
[JsonSerializable(typeof(SourceHeard))]
[JsonSerializable(typeof(KeyExhausted))]
[JsonSerializable(typeof(OutboxAdvanced))]
[JsonSerializable(typeof(SettleSession))]
[JsonSerializable(typeof(SessionSettled))]
[JsonSerializable(typeof(ResumedElsewhere))]
[JsonSerializable(typeof(BeginDrain))]
[JsonSerializable(typeof(CancelDrain))]
[JsonSerializable(typeof(GetDrain))]
[JsonSerializable(typeof(DrainReport))]
[JsonSerializable(typeof(PublishPlan))]
[JsonSerializable(typeof(BindMediaSession))]
[JsonSerializable(typeof(UnbindMediaSession))]
[JsonSerializable(typeof(OpenSplice))]
[JsonSerializable(typeof(SpliceOpened))]
[JsonSerializable(typeof(SpliceFrame))]
[JsonSerializable(typeof(SpliceTaken))]
[JsonSerializable(typeof(SpliceEnded))]
[JsonSerializable(typeof(NodeId))]
[JsonSerializable(typeof(VoiceCodec))]
[JsonSerializable(typeof(VideoStream))]
[JsonSerializable(typeof(VoiceChannelCommand.Ensure))]
[JsonSerializable(typeof(VoiceChannelCommand.Update))]
[JsonSerializable(typeof(VoiceChannelCommand.Destroy))]
[JsonSerializable(typeof(VoiceChannelCommand.ProjectMember))]
[JsonSerializable(typeof(VoiceChannelCommand.RemoveMember))]
[JsonSerializable(typeof(VoiceChannelCommand.AttachSession))]
[JsonSerializable(typeof(VoiceChannelCommand.EnterCall))]
[JsonSerializable(typeof(VoiceChannelCommand.SetCodecs))]
[JsonSerializable(typeof(VoiceChannelCommand.SetSpeaking))]
[JsonSerializable(typeof(VoiceChannelCommand.AnnounceSource))]
[JsonSerializable(typeof(VoiceChannelCommand.SetVideo))]
[JsonSerializable(typeof(VoiceChannelCommand.ConfirmSession))]
[JsonSerializable(typeof(VoiceChannelCommand.DetachSession))]
[JsonSerializable(typeof(VoiceChannelCommand.Expire), TypeInfoPropertyName = "ExpireChannel")]
[JsonSerializable(typeof(VoiceStateCommand.Join))]
[JsonSerializable(typeof(VoiceStateCommand.UpdateFlags))]
[JsonSerializable(typeof(VoiceStateCommand.Leave))]
[JsonSerializable(typeof(VoiceStateCommand.LoseChannel))]
[JsonSerializable(typeof(VoiceStateCommand.Relocate))]
[JsonSerializable(typeof(VoiceStateCommand.Remain))]
[JsonSerializable(typeof(VoiceStateCommand.LoseNode))]
[JsonSerializable(typeof(VoiceStateCommand.Claim))]
[JsonSerializable(typeof(VoiceStateCommand.ClaimReady))]
[JsonSerializable(typeof(VoiceStateCommand.Detach))]
[JsonSerializable(typeof(VoiceStateCommand.Reattach))]
[JsonSerializable(typeof(VoiceStateCommand.Release))]
[JsonSerializable(typeof(VoiceStateCommand.Expire), TypeInfoPropertyName = "ExpireState")]
internal sealed partial class MessageJson : JsonSerializerContext;
