using System.Collections.Immutable;
using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Cluster.Messages;
using VoiceCluster.Domain.Channels;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Domain.Media;
using VoiceCluster.Domain.VoiceStates;
using VoiceCluster.Protocol.Gateway;
using VoiceCluster.Protocol.Lvsp;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Cluster.Tests.Messages.Wire;

/// <summary>Messages that between them have every type and every member that goes over a link.</summary>
internal static class MessageSamples
{
    private static readonly Guid Claim = new("00112233-4455-6677-8899-aabbccddeeff");
    private static readonly Snowflake User = new(1234567890123456789);
    private static readonly Realm Realm = new("default");
    private static readonly ChannelKey Channel = new(Realm, new Snowflake(20), new Snowflake(30));
    private static readonly ChannelKey PrivateCall = new(Realm, null, new Snowflake(31));
    private static readonly VoiceStateKey State = new(Realm, new Snowflake(20), User);
    private static readonly NodeIncarnation Node = new(new NodeId("node-1"), 77);
    private static readonly GatewayAddress Gateway = new(Node.Node, "voice-5");
    private static readonly VoiceFlags Flags = new(Deaf: true, Mute: false, SelfDeaf: true, SelfMute: false, Suppress: true);
    private static readonly VoiceFlagsPatch Patch = new(Deaf: null, Mute: true, SelfDeaf: false, SelfMute: null, Suppress: null);
    private static readonly ValueArray<VoiceCodec> Codecs = [VoiceCodec.Opus, new VoiceCodec("H264", "video", 1000, 101, 102, Encode: true, Decode: false)];

    private static readonly VideoStream Stream = new()
    {
        Type = "video",
        Rid = "100",
        Quality = 100,
        Ssrc = new Ssrc(65537),
        RtxSsrc = new Ssrc(65538),
        Active = true,
        MaxBitrate = 2_500_000,
        MaxFramerate = 30,
        MaxResolution = new VideoResolution("fixed", 1280, 720),
    };

    private static readonly ChannelSession FullSession = new()
    {
        ClaimId = Claim,
        UserId = User,
        Gateway = Gateway,
        Worker = new WorkerId(Node, 3),
        MediaSession = new MediaSessionId(0xFEDCBA9876543210),
        Ssrc = new Ssrc(65536),
        InCall = true,
        Speaking = SpeakingFlags.Voice | SpeakingFlags.Priority,
        Video = new Video(new Ssrc(65536), new Ssrc(65537), new Ssrc(65538), [Stream]),
        Codecs = Codecs,
    };

    private static readonly ChannelSession NewSession = new()
    {
        ClaimId = Claim,
        UserId = User,
        Gateway = Gateway,
        Worker = new WorkerId(Node, 0),
        MediaSession = new MediaSessionId(1),
        Ssrc = new Ssrc(16),
    };

    private static readonly DateTimeOffset Asked = new(2026, 1, 2, 3, 4, 5, 250, TimeSpan.Zero);

    private static readonly VoiceMembership Membership = new()
    {
        Channel = Channel,
        SessionId = "session",
        TokenSalt = "salt",
        Flags = Flags,
        FlagTimes = new VoiceFlagTimes(Mute: Asked),
        Origin = "lvsp-1",
        AskedAt = Asked,
        Node = Node.Node,
        Claim = new VoiceClaim(Claim, Gateway, 77),
        EverClaimed = true,
        ExpiresAt = new DateTimeOffset(2026, 1, 2, 3, 4, 5, 678, TimeSpan.Zero),
    };

    public static ImmutableArray<VoiceChannelCommand> ChannelCommands { get; } =
    [
        new VoiceChannelCommand.Ensure(64_000, "lvsp-1", "salt", Node.Node, Asked),
        new VoiceChannelCommand.Ensure(null, null, "salt"),
        new VoiceChannelCommand.Update(96_000, Asked),
        new VoiceChannelCommand.Destroy(Asked),
        new VoiceChannelCommand.ProjectMember(User, 1_767_323_045_000_000, Flags, Node.Node),
        new VoiceChannelCommand.RemoveMember(User, 1_767_323_045_000_001),
        new VoiceChannelCommand.AttachSession(FullSession),
        new VoiceChannelCommand.EnterCall(Claim, Codecs),
        new VoiceChannelCommand.SetCodecs(Claim, []),
        new VoiceChannelCommand.SetSpeaking(Claim, SpeakingFlags.Soundshare),
        new VoiceChannelCommand.AnnounceSource(Claim),
        new VoiceChannelCommand.SetVideo(Claim, new Video(new Ssrc(65536))),
        new VoiceChannelCommand.ConfirmSession(Claim, Gateway),
        new VoiceChannelCommand.DetachSession(Claim),
        new VoiceChannelCommand.Expire(),
    ];

    public static ImmutableArray<VoiceStateCommand> StateCommands { get; } =
    [
        new VoiceStateCommand.Join(Channel, "session", Patch, "lvsp-1", new FreshCredentials("fresh", "salt"), Node.Node, Asked),
        new VoiceStateCommand.Join(PrivateCall, null, default, null, new FreshCredentials("fresh", "salt")),
        new VoiceStateCommand.UpdateFlags(Channel, Patch, "session", Asked),
        new VoiceStateCommand.Leave(null, AskedAt: Asked),
        new VoiceStateCommand.LoseChannel(Channel),
        new VoiceStateCommand.Relocate("salt", Node.Node, new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero), Claim),
        new VoiceStateCommand.Relocate("salt"),
        new VoiceStateCommand.Remain(Claim),
        new VoiceStateCommand.LoseNode(Node.Node, Claim, "salt", new NodeId("node-2")),
        new VoiceStateCommand.Claim(Claim, Gateway, "session", AcceptAnyFirstSessionId: true, Process: 77),
        new VoiceStateCommand.ClaimReady(Claim),
        new VoiceStateCommand.Detach(Claim),
        new VoiceStateCommand.Reattach(Claim),
        new VoiceStateCommand.Release(Claim),
        new VoiceStateCommand.Expire(),
    ];

    public static ImmutableArray<IActorMessage> All { get; } =
    [
        .. ChannelCommands.Select(command => new VoiceChannelRequest(Channel, command)),
        .. StateCommands.Select(command => new VoiceStateRequest(State, command)),
        new GetVoiceChannel(PrivateCall),
        new ListParticipants(Channel, Claim),
        new VoiceChannelReply(new ChannelDefinition(64_000, "salt", "lvsp-1"), "token", Created: true, null, LimitReached: false, [NewSession], "H264", [Node.Node]),
        new VoiceChannelReply(null, null, Created: false, AttachRefusal.NotMember, LimitReached: true, [], "VP8"),
        new ClaimVoiceState(State, new VoiceStateCommand.Claim(Claim, Gateway, "session", AcceptAnyFirstSessionId: false), "token", Channel),
        new GetVoiceState(State),
        new VoiceStateReply(Membership, "token", Changed: true, null),
        new VoiceStateReply(null, null, Changed: false, VoiceStateRefusal.WrongToken),
        new MergeVoiceState(State, new VoiceState
        {
            Key = State,
            Revision = 1_767_323_045_000_002,
            Membership = Membership,
            Leaving = new LeavingClaim(new VoiceClaim(Claim, Gateway), UntilReady: true, new DateTimeOffset(2026, 1, 2, 3, 4, 6, 0, TimeSpan.Zero)),
        }),
        new ReportSession(Claim),
        new ReportClaim(State, Claim, Gateway, IsAttached: true),
        new ConfirmClaims([new BelievedClaim(State, Claim)]),
        new ParticipantEntered(NewSession),
        new ParticipantLeft(User),
        new ParticipantSpeaking(User, new Ssrc(65536), SpeakingFlags.Voice),
        new ParticipantVideo(NewSession),
        new ParticipantsSummary(Claim, new CallSummary(2, ulong.MaxValue)),
        new ParticipantsListed(Claim, [NewSession]),
        new VideoCodecChosen(Claim, "VP8"),
        new EndClaim(Claim, ClaimEnd.CallTerminated),
        new AnnounceSession(Claim, Channel),
        new SourceStarted(new Ssrc(65536)),
        new SourceHeard(new Ssrc(65536), IsHeard: true),
        new KeyExhausted(),
        new OutboxAdvanced("lvsp-1", 42),
        new ResumedElsewhere("lvsp-1", 3),
        new SettleSession("lvsp-1", 3),
        new SessionSettled(IsStored: true),
        new BeginDrain(TimeSpan.FromSeconds(60), UntilOver: true),
        new CancelDrain(),
        new GetDrain(),
        new DrainReport(IsDraining: true, Users: 5, Shards: 4, Moved: 3, TimeSpan.FromSeconds(2)),
        new PublishPlan(new ForwardingPlan(
            Channel, Epoch: 9, Version: 1_767_323_045_000_000, new WorkerId(Node, 3), 64_000, [new PlannedSession(new MediaSessionId(255), Sends: true, Receives: false)])
        {
            Relays = [new PlannedRelay(new WorkerId(new NodeIncarnation(new NodeId("node-2"), 78), 1), Listens: true, [new PlannedSource(new Ssrc(65536), Sends: true)])],
        }),
        new BindMediaSession(new MediaSessionId(255), Gateway),
        new UnbindMediaSession(new MediaSessionId(255)),
        new OpenSplice("splice-1", Node.Node, 77, 8, "2001:db8::1"),
        new OpenSplice("splice-1", Node.Node, 77, 4, null),
        new SpliceOpened(IsOpen: true),
        new SpliceFrame(3, IsText: true, """{"op":5}"""u8.ToArray()),
        new SpliceFrame(4, IsText: false, new byte[] { 28, 0, 255 }),
        new SpliceTaken(4),
        new SpliceEnded(4006, "Unknown session"),
        new SpliceEnded(null, null),
    ];
}
