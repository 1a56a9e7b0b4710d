using System.Collections.Immutable;
using VoiceCluster.Domain.Channels;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Domain.Media;
using VoiceCluster.Protocol.Gateway;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Gateways.Voice;

/// <summary>A claimed voice session: what outlives its socket. Belongs to one actor.</summary>
internal sealed class VoiceSession
{
    /// <summary>The claim on the voice state.</summary>
    public required Guid ClaimId { get; init; }

    /// <summary>The claimed voice state.</summary>
    public required VoiceStateKey State { get; init; }

    /// <summary>Its channel.</summary>
    public required ChannelKey Channel { get; init; }

    /// <summary>The session id it was claimed with.</summary>
    public required string SessionId { get; init; }

    /// <summary>Its media on this node.</summary>
    public required MediaSessionOffer Media { get; init; }

    /// <summary>What READY said.</summary>
    public required VoiceReady Ready { get; init; }

    /// <summary>Numbered messages, kept for a resume.</summary>
    public required VoiceOutbox Outbox { get; init; }

    /// <summary>Whether it has its session description and is in the call.</summary>
    public bool InCall { get; set; }

    /// <summary>The newest key of its media that a description was made for; 0 before the first.</summary>
    public int ConfiguredKey { get; set; }

    /// <summary>The last speaking mask that was not 0.</summary>
    public SpeakingFlags Speaking { get; set; }

    /// <summary>The video it announced.</summary>
    public Video? Video { get; set; }

    /// <summary>What it can encode and decode; empty when it gave no list.</summary>
    public ValueArray<VoiceCodec> Codecs { get; set; }

    /// <summary>The video codec it was told to send.</summary>
    public string VideoCodec { get; set; } = VideoCodecChoice.Default;

    /// <summary>The others in the call, as the client was or will be told.</summary>
    public HashSet<Snowflake> Others { get; } = [];

    /// <summary>The others when the socket was lost: below version 8 only the difference can be told.</summary>
    public ImmutableHashSet<Snowflake> OthersWhenDetached { get; set; } = [];

    /// <summary>Takes over who else is in the call.</summary>
    public void KnowOthers(ImmutableArray<ChannelSession> others)
    {
        Others.Clear();
        Others.UnionWith(others.Select(other => other.UserId));
    }

    /// <summary>The session as its channel knows it.</summary>
    public ChannelSession ToChannelSession(GatewayAddress gateway) => new()
    {
        ClaimId = ClaimId,
        UserId = State.UserId,
        Gateway = gateway,
        Worker = Media.Worker,
        MediaSession = Media.Session,
        Ssrc = Media.Ssrc,
        InCall = InCall,
        Speaking = Speaking,
        Video = Video,
        Codecs = Codecs,
    };

    /// <summary>The same session, not yet told to anybody, with another block of sources.</summary>
    public VoiceSession WithSources(Ssrc ssrc) => new()
    {
        ClaimId = ClaimId,
        State = State,
        Channel = Channel,
        SessionId = SessionId,
        Media = Media with { Ssrc = ssrc },
        Ready = Ready with { Ssrc = ssrc, Streams = VoiceReady.AssignStreams(ssrc, Ready.Streams) },
        Outbox = Outbox,
    };

    /// <summary>What the others are told of a video: the assigned sources, whatever the client called them.</summary>
    public Video Assign(Video told) => told with
    {
        AudioSsrc = Media.Ssrc,
        VideoSsrc = told.VideoSsrc.Value == 0 ? default : Media.Ssrc.Video,
        RtxSsrc = told.VideoSsrc.Value == 0 ? default : Media.Ssrc.Retransmission,
        Streams = told.Streams
            .Where(stream => IsOwn(stream.Ssrc) && IsOwn(stream.RtxSsrc))
            .ToValueArray(),
    };

    private bool IsOwn(Ssrc? ssrc) => ssrc is not { Value: not 0 } named || Media.Ssrc.BlockContains(named);
}
