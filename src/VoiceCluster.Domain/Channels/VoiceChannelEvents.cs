using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Domain.Channels;

/// <summary>Something that happened to a voice channel.</summary>
public abstract record VoiceChannelEvent
{
    private VoiceChannelEvent()
    {
    }

    /// <summary>The channel exists from now on.</summary>
    public sealed record Created(ChannelDefinition Definition, DateTimeOffset? IdleUntil) : VoiceChannelEvent;

    /// <summary>Its definition changed.</summary>
    public sealed record Redefined(ChannelDefinition Definition) : VoiceChannelEvent;

    /// <summary>It was asked for again while nobody is in it: it waits anew, so that the join that usually follows finds it.</summary>
    public sealed record Kept(DateTimeOffset IdleUntil) : VoiceChannelEvent;

    /// <summary>A backend has asked for it, or for a bitrate. Matters for requests that come late only.</summary>
    /// <param name="ChannelAt">When it asked for the channel; null if it did not.</param>
    /// <param name="BitrateAt">When it asked for a bitrate; null if it did not.</param>
    public sealed record AskedFor(DateTimeOffset? ChannelAt, DateTimeOffset? BitrateAt) : VoiceChannelEvent;

    /// <summary>It is over: its backend destroyed it, or it stood empty for too long and was forgotten.</summary>
    public sealed record Destroyed(ChannelDefinition Definition, bool Forgotten) : VoiceChannelEvent;

    /// <summary>A member came or changed.</summary>
    public sealed record MemberChanged(Snowflake UserId, ChannelMember Member) : VoiceChannelEvent;

    /// <summary>A member went; an empty channel waits until the given time.</summary>
    public sealed record MemberRemoved(Snowflake UserId, long Revision, DateTimeOffset At, DateTimeOffset? IdleUntil) : VoiceChannelEvent;

    /// <summary>A session has its place and sources.</summary>
    public sealed record SessionAttached(ChannelSession Session) : VoiceChannelEvent;

    /// <summary>A session could not be placed.</summary>
    public sealed record SessionRefused(ChannelSession Session, AttachRefusal Reason) : VoiceChannelEvent;

    /// <summary>A session is in the call; its user may have been, by another session.</summary>
    public sealed record SessionEntered(ChannelSession Session, bool UserIsNew) : VoiceChannelEvent;

    /// <summary>What a session sends is to be told to the others.</summary>
    public sealed record SpeakingChanged(ChannelSession Session, SpeakingFlags Told) : VoiceChannelEvent;

    /// <summary>A session's video sources changed.</summary>
    public sealed record VideoChanged(ChannelSession Session) : VoiceChannelEvent;

    /// <summary>What a session can encode and decode changed.</summary>
    public sealed record CodecsChanged(ChannelSession Session) : VoiceChannelEvent;

    /// <summary>A session is gone.</summary>
    /// <param name="Session">The session as it was.</param>
    /// <param name="UserLeft">Whether none other of the same user is in the call.</param>
    public sealed record SessionDetached(ChannelSession Session, bool UserLeft) : VoiceChannelEvent;
}

/// <summary>Why a session got no place in a channel.</summary>
public enum AttachRefusal
{
    /// <summary>The channel does not exist.</summary>
    NoChannel,

    /// <summary>The user is not in the channel.</summary>
    NotMember,

    /// <summary>Another session has one of the sources: propose another block.</summary>
    SourceTaken,
}
