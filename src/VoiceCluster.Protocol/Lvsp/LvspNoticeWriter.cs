using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Protocol.Lvsp;

/// <summary>Writes notices as the <c>d</c> of an INFO.</summary>
/// <remarks>
/// Litecord form: <c>{"type":T,"data":{...}}</c>, where <c>guild_id</c> is always there, null for a private call.
/// Document form: <c>{"type":T,"info":{...}}</c>, where <c>guild_id</c> is there when there is one. Any thread.
/// </remarks>
public static class LvspNoticeWriter
{
    private static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes a notice in a form.</summary>
    /// <param name="notice">What to say.</param>
    /// <param name="form">How to say it.</param>
    /// <param name="litecordCompatibility">Whether the peer is an unmodified Litecord, which a CHANNEL_ASSIGN would throw off the link.</param>
    /// <param name="body">The body, a buffer of its own; empty when false.</param>
    /// <returns>False when the form has no way to say it, or compatibility forbids it: nothing is to be sent.</returns>
    public static bool TryWriteBody(LvspNotice notice, LvspForm form, bool litecordCompatibility, out ReadOnlyMemory<byte> body)
    {
        body = default;
        if (form == LvspForm.Litecord && (notice is ChannelBitrateInForce || (notice is ChannelAssigned && litecordCompatibility)))
        {
            return false;
        }

        var buffer = new ArrayBufferWriter<byte>(384);
        using (var json = new Utf8JsonWriter(buffer, WriterOptions))
        {
            json.WriteStartObject();
            json.WriteNumber("type"u8, form == LvspForm.Litecord ? (int)LitecordType(notice) : (int)DocumentType(notice));
            json.WriteStartObject(form.ToBodyKey());
            WriteFields(json, notice, form);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        body = buffer.WrittenMemory;
        return true;
    }

    private static void WriteFields(Utf8JsonWriter json, LvspNotice notice, LvspForm form)
    {
        switch (notice, form)
        {
            case (VoiceStateDone done, LvspForm.Litecord):
                WriteLitecord(json, done);
                break;
            case (VoiceStateDestroyed destroyed, LvspForm.Litecord):
                WriteLitecord(json, destroyed);
                break;
            case (_, LvspForm.Litecord):
                WriteLitecordChannel(json, notice);
                break;
            case (VoiceStateDone done, _):
                WriteDocument(json, done);
                break;
            case (VoiceStateDestroyed destroyed, _):
                WriteDocument(json, destroyed);
                break;
            default:
                WriteDocumentChannel(json, notice);
                break;
        }
    }

    private static LvspInfoType LitecordType(LvspNotice notice) => notice switch
    {
        ChannelAssigned => LvspInfoType.ChannelAssign,
        ChannelDestroyed => LvspInfoType.ChannelDestroy,
        VoiceStateDone => LvspInfoType.VoiceStateDone,
        VoiceStateDestroyed => LvspInfoType.VoiceStateDestroy,
        _ => throw new ArgumentOutOfRangeException(nameof(notice), notice, "No notice of the Litecord form."),
    };

    private static LvspDocumentInfoType DocumentType(LvspNotice notice) =>
        notice is VoiceStateDone or VoiceStateDestroyed ? LvspDocumentInfoType.VoiceState : LvspDocumentInfoType.Channel;

    private static void WriteLitecordChannel(Utf8JsonWriter json, LvspNotice notice)
    {
        WriteSnowflake(json, "channel_id"u8, notice.ChannelId);
        WriteGuild(json, notice.GuildId);
        switch (notice)
        {
            case ChannelAssigned assigned:
                WriteAccess(json, assigned.Token, assigned.Endpoint);
                break;
            case ChannelDestroyed destroyed:
                json.WriteString("reason"u8, destroyed.Reason);
                break;
        }
    }

    private static void WriteLitecord(Utf8JsonWriter json, VoiceStateDone done)
    {
        WriteSnowflake(json, "user_id"u8, done.UserId);
        WriteSnowflake(json, "channel_id"u8, done.ChannelId);
        WriteGuild(json, done.GuildId);
        json.WriteString("session_id"u8, done.SessionId);
        WriteAccess(json, done.Token, done.Endpoint);
    }

    private static void WriteLitecord(Utf8JsonWriter json, VoiceStateDestroyed destroyed)
    {
        WriteSnowflake(json, "user_id"u8, destroyed.UserId);
        WriteSnowflake(json, "channel_id"u8, destroyed.ChannelId);
        WriteGuild(json, destroyed.GuildId);
        json.WriteString("session_id"u8, destroyed.SessionId);
        json.WriteString("reason"u8, destroyed.Reason);
    }

    private static void WriteDocumentChannel(Utf8JsonWriter json, LvspNotice notice)
    {
        WriteSnowflake(json, "id"u8, notice.ChannelId);
        WriteGuildIfAny(json, notice.GuildId);
        switch (notice)
        {
            case ChannelAssigned assigned:
                json.WriteNumber("bitrate"u8, assigned.Bitrate);
                WriteAccess(json, assigned.Token, assigned.Endpoint);
                break;
            case ChannelBitrateInForce inForce:
                json.WriteNumber("bitrate"u8, inForce.Bitrate);
                break;
            case ChannelDestroyed destroyed:
                json.WriteBoolean("deleted"u8, true);
                json.WriteString("reason"u8, destroyed.Reason);
                break;
        }
    }

    private static void WriteDocument(Utf8JsonWriter json, VoiceStateDone done)
    {
        WriteSnowflake(json, "user_id"u8, done.UserId);
        WriteSnowflake(json, "channel_id"u8, done.ChannelId);
        WriteGuildIfAny(json, done.GuildId);
        json.WriteString("session_id"u8, done.SessionId);
        WriteFlags(json, done.Flags);
        WriteAccess(json, done.Token, done.Endpoint);
    }

    private static void WriteDocument(Utf8JsonWriter json, VoiceStateDestroyed destroyed)
    {
        WriteSnowflake(json, "user_id"u8, destroyed.UserId);
        json.WriteNull("channel_id"u8);
        WriteSnowflake(json, "last_channel_id"u8, destroyed.ChannelId);
        WriteGuildIfAny(json, destroyed.GuildId);
        json.WriteString("session_id"u8, destroyed.SessionId);
        WriteFlags(json, destroyed.Flags);
        json.WriteString("reason"u8, destroyed.Reason);
    }

    private static void WriteAccess(Utf8JsonWriter json, string token, string endpoint)
    {
        json.WriteString("token"u8, token);
        json.WriteString("endpoint"u8, endpoint);
    }

    private static void WriteFlags(Utf8JsonWriter json, VoiceFlags flags)
    {
        json.WriteBoolean("deaf"u8, flags.Deaf);
        json.WriteBoolean("mute"u8, flags.Mute);
        json.WriteBoolean("self_deaf"u8, flags.SelfDeaf);
        json.WriteBoolean("self_mute"u8, flags.SelfMute);
        json.WriteBoolean("suppress"u8, flags.Suppress);
    }

    private static void WriteGuild(Utf8JsonWriter json, Snowflake? guildId)
    {
        // The key must be there even without a guild: Litecord looks it up before it looks at it.
        if (guildId is { } id)
        {
            WriteSnowflake(json, "guild_id"u8, id);
        }
        else
        {
            json.WriteNull("guild_id"u8);
        }
    }

    private static void WriteGuildIfAny(Utf8JsonWriter json, Snowflake? guildId)
    {
        if (guildId is { } id)
        {
            WriteSnowflake(json, "guild_id"u8, id);
        }
    }

    private static void WriteSnowflake(Utf8JsonWriter json, ReadOnlySpan<byte> name, Snowflake id) => json.WriteString(name, id.ToString());
}
