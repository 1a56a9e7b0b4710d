using VoiceCluster.Cluster.Hosting;

namespace VoiceCluster.Cluster.Messages.Wire;

/// <summary>Every message that one node may send another, under its name on the wire.</summary>
/// <remarks>
/// <para>
/// Two releases run side by side during an upgrade, so a name stays, a new member is an optional parameter, and a member goes only after a release that
/// no longer needs it. A member that is not known is skipped; a message or command that is not known is refused and counted by the host.
/// </para>
/// <para>What is public among the messages is in this list; what is internal to an assembly never leaves its node.</para>
/// </remarks>
public static class ClusterMessages
{
    /// <summary>The one codec of all links between nodes.</summary>
    public static JsonMessageCodec Codec { get; } = new(
        MessageRegistration.Of("channel-request", MessageJson.Default.VoiceChannelRequest),
        MessageRegistration.Of("channel-get", MessageJson.Default.GetVoiceChannel),
        MessageRegistration.Of("channel-list-participants", MessageJson.Default.ListParticipants),
        MessageRegistration.Of("channel-reply", MessageJson.Default.VoiceChannelReply),
        MessageRegistration.Of("state-request", MessageJson.Default.VoiceStateRequest),
        MessageRegistration.Of("state-claim", MessageJson.Default.ClaimVoiceState),
        MessageRegistration.Of("state-get", MessageJson.Default.GetVoiceState),
        MessageRegistration.Of("state-reply", MessageJson.Default.VoiceStateReply),
        MessageRegistration.Of("state-merge", MessageJson.Default.MergeVoiceState),
        MessageRegistration.Of("session-report", MessageJson.Default.ReportSession),
        MessageRegistration.Of("claim-report", MessageJson.Default.ReportClaim),
        MessageRegistration.Of("claims-confirm", MessageJson.Default.ConfirmClaims),
        MessageRegistration.Of("participant-entered", MessageJson.Default.ParticipantEntered),
        MessageRegistration.Of("participant-left", MessageJson.Default.ParticipantLeft),
        MessageRegistration.Of("participant-speaking", MessageJson.Default.ParticipantSpeaking),
        MessageRegistration.Of("participant-video", MessageJson.Default.ParticipantVideo),
        MessageRegistration.Of("participants-summary", MessageJson.Default.ParticipantsSummary),
        MessageRegistration.Of("participants-listed", MessageJson.Default.ParticipantsListed),
        MessageRegistration.Of("video-codec-chosen", MessageJson.Default.VideoCodecChosen),
        MessageRegistration.Of("end-claim", MessageJson.Default.EndClaim),
        MessageRegistration.Of("announce-session", MessageJson.Default.AnnounceSession),
        MessageRegistration.Of("source-started", MessageJson.Default.SourceStarted),
        MessageRegistration.Of("source-heard", MessageJson.Default.SourceHeard),
        MessageRegistration.Of("key-exhausted", MessageJson.Default.KeyExhausted),
        MessageRegistration.Of("outbox-advanced", MessageJson.Default.OutboxAdvanced),
        MessageRegistration.Of("resumed-elsewhere", MessageJson.Default.ResumedElsewhere),
        MessageRegistration.Of("settle-session", MessageJson.Default.SettleSession),
        MessageRegistration.Of("session-settled", MessageJson.Default.SessionSettled),
        MessageRegistration.Of("begin-drain", MessageJson.Default.BeginDrain),
        MessageRegistration.Of("cancel-drain", MessageJson.Default.CancelDrain),
        MessageRegistration.Of("get-drain", MessageJson.Default.GetDrain),
        MessageRegistration.Of("drain-report", MessageJson.Default.DrainReport),
        MessageRegistration.Of("publish-plan", MessageJson.Default.PublishPlan),
        MessageRegistration.Of("bind-media-session", MessageJson.Default.BindMediaSession),
        MessageRegistration.Of("unbind-media-session", MessageJson.Default.UnbindMediaSession),
        MessageRegistration.Of("open-splice", MessageJson.Default.OpenSplice),
        MessageRegistration.Of("splice-opened", MessageJson.Default.SpliceOpened),
        MessageRegistration.Of("splice-frame", MessageJson.Default.SpliceFrame),
        MessageRegistration.Of("splice-taken", MessageJson.Default.SpliceTaken),
        MessageRegistration.Of("splice-ended", MessageJson.Default.SpliceEnded));
}
