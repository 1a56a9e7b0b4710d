using VoiceCluster.Domain.Identities;
using VoiceCluster.Protocol.Gateway;
using VoiceCluster.Protocol.Lvsp;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Domain.Channels;

/// <summary>Something that is asked of a voice channel.</summary>
public abstract record VoiceChannelCommand
{
    private VoiceChannelCommand()
    {
    }

    /// <summary>Makes the channel, or repeats that it is wanted; a bitrate, when given, is put in force.</summary>
    /// <param name="BitrateBps">The bitrate, if one was asked for.</param>
    /// <param name="Origin">Who asked.</param>
    /// <param name="FreshTokenSalt">What a new channel's token is derived from.</param>
    /// <param name="Candidate">The node that a channel without members is to be on, unless it was given one before.</param>
    /// <param name="AskedAt">When the backend asked for it, by the clock that nodes have in common; null when nobody says.</param>
    public sealed record Ensure(int? BitrateBps, string? Origin, string FreshTokenSalt, NodeId? Candidate = null, DateTimeOffset? AskedAt = null)
        : VoiceChannelCommand;

    /// <summary>Changes a channel that exists.</summary>
    /// <param name="BitrateBps">The bitrate.</param>
    /// <param name="AskedAt">When given, only if no other one was asked for since, should it be late.</param>
    public sealed record Update(int BitrateBps, DateTimeOffset? AskedAt = null) : VoiceChannelCommand;

    /// <summary>Ends the channel with everybody in it.</summary>
    /// <param name="AskedAt">When given, only if nobody asked for the channel since, should it be late.</param>
    public sealed record Destroy(DateTimeOffset? AskedAt = null) : VoiceChannelCommand;

    /// <summary>A voice state tells that its user is in the channel, and how.</summary>
    public sealed record ProjectMember(Snowflake UserId, long Revision, VoiceFlags Flags, NodeId? Node = null) : VoiceChannelCommand;

    /// <summary>A voice state tells that its user is not in the channel any more.</summary>
    public sealed record RemoveMember(Snowflake UserId, long Revision) : VoiceChannelCommand;

    /// <summary>A claimed voice session asks for its place and its block of sources.</summary>
    public sealed record AttachSession(ChannelSession Session) : VoiceChannelCommand;

    /// <summary>The session has its session description: it is in the call from now on.</summary>
    public sealed record EnterCall(Guid ClaimId, ValueArray<VoiceCodec> Codecs = default) : VoiceChannelCommand;

    /// <summary>The session can encode and decode other things than before.</summary>
    public sealed record SetCodecs(Guid ClaimId, ValueArray<VoiceCodec> Codecs) : VoiceChannelCommand;

    /// <summary>The session says what it sends.</summary>
    public sealed record SetSpeaking(Guid ClaimId, SpeakingFlags Speaking) : VoiceChannelCommand;

    /// <summary>The session sent a packet: the others must be able to attribute it.</summary>
    public sealed record AnnounceSource(Guid ClaimId) : VoiceChannelCommand;

    /// <summary>The session tells of its video, on or off, with the assigned sources.</summary>
    public sealed record SetVideo(Guid ClaimId, Video Video) : VoiceChannelCommand;

    /// <summary>A session that must be there: one that is not is asked to attach. Causes no event.</summary>
    public sealed record ConfirmSession(Guid ClaimId, GatewayAddress Gateway) : VoiceChannelCommand;

    /// <summary>The session is over.</summary>
    public sealed record DetachSession(Guid ClaimId) : VoiceChannelCommand;

    /// <summary>A deadline may have passed.</summary>
    public sealed record Expire : VoiceChannelCommand;
}
