using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Protocol.Lvsp;

/// <summary>What a backend asks for. Every request may be repeated without harm.</summary>
public abstract record LvspRequest
{
    private protected LvspRequest()
    {
    }

    /// <summary>The form it came in, and in which it is answered.</summary>
    public LvspForm Form { get; init; }
}

/// <summary>A channel shall exist (CHANNEL_REQ); in document form it is made or brought up to date (INFO 0).</summary>
/// <remarks>
/// Litecord form: always answered with <see cref="ChannelAssigned"/>. Document form: answered so when the channel is made; on
/// a known channel only its bitrate changes, and <see cref="ChannelBitrateInForce"/> answers if another one is in force than asked.
/// </remarks>
/// <param name="ChannelId">The channel.</param>
/// <param name="GuildId">Null for a private call, and for a backend of the document form that does not say.</param>
/// <param name="Bitrate">Bits per second, not yet brought within <see cref="LvspBitrate.Clamp"/>; null when not given.</param>
public sealed record ChannelRequest(Snowflake ChannelId, Snowflake? GuildId, int? Bitrate) : LvspRequest;

/// <summary>Changes a channel (Litecord form only). Not answered; an unknown channel is left alone.</summary>
/// <param name="ChannelId">The channel.</param>
/// <param name="GuildId">Null for a private call.</param>
/// <param name="Bitrate">Bits per second, not yet brought within <see cref="LvspBitrate.Clamp"/>.</param>
public sealed record ChannelUpdate(Snowflake ChannelId, Snowflake? GuildId, int Bitrate) : LvspRequest;

/// <summary>Ends a channel with everybody in it. Not answered; an unknown channel is no error.</summary>
public sealed record ChannelDestroy(Snowflake ChannelId, Snowflake? GuildId) : LvspRequest;

/// <summary>A user joins, moves to, or is still in a channel (VST_CREATE, VST_REQUEST, INFO 1 of the document form).</summary>
/// <param name="UserId">The user.</param>
/// <param name="ChannelId">The channel; an unknown one is made first.</param>
/// <param name="GuildId">Null for a private call, and for a backend of the document form that does not say.</param>
/// <param name="SessionId">
/// The session id the backend wants for the state, 1 to 128 visible ASCII characters; null lets the server choose.
/// </param>
/// <param name="Flags">Merged into the state; what is absent is false on a new one.</param>
public sealed record VoiceStateCreate(
    Snowflake UserId,
    Snowflake ChannelId,
    Snowflake? GuildId,
    string? SessionId,
    VoiceFlagsPatch Flags) : LvspRequest
{
    /// <summary>Whether it came as INFO 1 of the document form, which also serves to update a state.</summary>
    public bool IsUpsert { get; init; }

    /// <summary>
    /// Whether <see cref="VoiceStateDone"/> is due even when the user was in that channel already. Only the document
    /// form's change of booleans goes unanswered then; making and moving are always answered.
    /// </summary>
    public bool IsAnsweredWhenUnchanged => !IsUpsert || Flags.IsEmpty;
}

/// <summary>Changes the booleans of a voice state. Not answered; an unknown state is no error.</summary>
public sealed record VoiceStateUpdate(VoiceStateSelector Selector, VoiceFlagsPatch Flags) : LvspRequest;

/// <summary>A user leaves. Not answered; an unknown state is no error.</summary>
public sealed record VoiceStateDestroy(VoiceStateSelector Selector) : LvspRequest;

/// <summary>Names one voice state: by session id if there is one, else by user and channel, else by user and guild.</summary>
/// <remarks>
/// All that the message said is kept. Beside a session id the rest only helps to find the state; a session id that does not
/// fit names nothing. With a channel and no session id, only a state in that very channel is meant: a leave that names the
/// channel a user has moved away from must not end the new state.
/// </remarks>
public sealed record VoiceStateSelector(string? SessionId, Snowflake? UserId, Snowflake? ChannelId, Snowflake? GuildId)
{
    /// <summary>Whether it names a state at all. Requests that were read always do.</summary>
    public bool IsComplete => SessionId is not null || (UserId is not null && (ChannelId is not null || GuildId is not null));

    /// <summary>The state with this session id, wherever it is.</summary>
    public static VoiceStateSelector BySession(string sessionId) => new(sessionId, null, null, null);

    /// <summary>The state of a user in a channel.</summary>
    public static VoiceStateSelector ByChannel(Snowflake userId, Snowflake channelId, Snowflake? guildId) =>
        new(null, userId, channelId, guildId);

    /// <summary>The state of a user in whichever channel of a guild.</summary>
    public static VoiceStateSelector ByGuild(Snowflake userId, Snowflake guildId) => new(null, userId, null, guildId);
}
