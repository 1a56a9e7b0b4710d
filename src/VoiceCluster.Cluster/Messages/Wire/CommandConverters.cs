using VoiceCluster.Domain.Channels;
using VoiceCluster.Domain.VoiceStates;

namespace VoiceCluster.Cluster.Messages.Wire;

/// <summary>The commands of a channel by name.</summary>
internal sealed class VoiceChannelCommandConverter() : UnionConverter<VoiceChannelCommand>(
    ("ensure", typeof(VoiceChannelCommand.Ensure)),
    ("update", typeof(VoiceChannelCommand.Update)),
    ("destroy", typeof(VoiceChannelCommand.Destroy)),
    ("project_member", typeof(VoiceChannelCommand.ProjectMember)),
    ("remove_member", typeof(VoiceChannelCommand.RemoveMember)),
    ("attach_session", typeof(VoiceChannelCommand.AttachSession)),
    ("enter_call", typeof(VoiceChannelCommand.EnterCall)),
    ("set_codecs", typeof(VoiceChannelCommand.SetCodecs)),
    ("set_speaking", typeof(VoiceChannelCommand.SetSpeaking)),
    ("announce_source", typeof(VoiceChannelCommand.AnnounceSource)),
    ("set_video", typeof(VoiceChannelCommand.SetVideo)),
    ("confirm_session", typeof(VoiceChannelCommand.ConfirmSession)),
    ("detach_session", typeof(VoiceChannelCommand.DetachSession)),
    ("expire", typeof(VoiceChannelCommand.Expire)));

/// <summary>The commands of a voice state by name.</summary>
internal sealed class VoiceStateCommandConverter() : UnionConverter<VoiceStateCommand>(
    ("join", typeof(VoiceStateCommand.Join)),
    ("update_flags", typeof(VoiceStateCommand.UpdateFlags)),
    ("leave", typeof(VoiceStateCommand.Leave)),
    ("lose_channel", typeof(VoiceStateCommand.LoseChannel)),
    ("relocate", typeof(VoiceStateCommand.Relocate)),
    ("lose_node", typeof(VoiceStateCommand.LoseNode)),
    ("remain", typeof(VoiceStateCommand.Remain)),
    ("claim", typeof(VoiceStateCommand.Claim)),
    ("claim_ready", typeof(VoiceStateCommand.ClaimReady)),
    ("detach", typeof(VoiceStateCommand.Detach)),
    ("reattach", typeof(VoiceStateCommand.Reattach)),
    ("release", typeof(VoiceStateCommand.Release)),
    ("expire", typeof(VoiceStateCommand.Expire)));
