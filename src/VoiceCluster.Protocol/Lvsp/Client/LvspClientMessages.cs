using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Protocol.Lvsp.Client;

/// <summary>Which numbers a backend of the Litecord form puts on its requests.</summary>
public enum LvspNumbering
{
    /// <summary>As Litecord's code: <see cref="LvspLitecordInfoType"/>.</summary>
    LitecordCode,

    /// <summary>As the latest revision of the document: <see cref="LvspInfoType"/>.</summary>
    LatestDocument,
}

/// <summary>Writes the frames a backend sends.</summary>
/// <remarks>Each result is a whole text frame in a buffer of its own. Any thread.</remarks>
public static class LvspClientMessages
{
    private static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>IDENTIFY.</summary>
    /// <param name="token">From <see cref="LvspToken.Compute"/>, for the nonce of this connection's HELLO.</param>
    public static byte[] Identify(string token) => Write(LvspOpcode.Identify, json => json.WriteString("token"u8, token));

    /// <summary>RESUME.</summary>
    /// <param name="token">The token of the session's IDENTIFY or, with a session id, one for this connection's nonce.</param>
    /// <param name="sequenceNumber">The last number seen, 0 for none.</param>
    /// <param name="sessionId">From READY; null to be found by the old token.</param>
    public static byte[] Resume(string token, long sequenceNumber, string? sessionId) => Write(LvspOpcode.Resume, json =>
    {
        json.WriteString("token"u8, token);
        json.WriteNumber("seq"u8, sequenceNumber);
        WriteIfAny(json, "session_id"u8, sessionId);
    });

    /// <summary>HEARTBEAT.</summary>
    /// <param name="sequenceNumber">The last number seen, 0 for none.</param>
    public static byte[] Heartbeat(long sequenceNumber) =>
        Write(LvspOpcode.Heartbeat, json => json.WriteNumber("s"u8, sequenceNumber));

    /// <summary>VST_REQUEST, the document form's way to join a user.</summary>
    public static byte[] VoiceStateRequest(Snowflake userId, Snowflake channelId, Snowflake? guildId = null) =>
        Write(LvspOpcode.VoiceStateRequest, json =>
        {
            WriteSnowflake(json, "user_id"u8, userId);
            WriteSnowflake(json, "channel_id"u8, channelId);
            WriteIfAny(json, "guild_id"u8, guildId);
        });

    /// <summary>INFO, or VST_REQUEST for a <see cref="VoiceStateCreate"/> of the document form that is no upsert.</summary>
    /// <param name="request">What to ask for; its <see cref="LvspRequest.Form"/> is the form used.</param>
    /// <param name="numbering">How to number the types of the Litecord form.</param>
    /// <exception cref="ArgumentException">The form cannot say it: document form has no ChannelUpdate, VST_REQUEST takes no booleans.</exception>
    public static byte[] Request(LvspRequest request, LvspNumbering numbering = LvspNumbering.LitecordCode)
    {
        if (request is VoiceStateCreate { Form: LvspForm.Document, IsUpsert: false } join)
        {
            return join is { Flags.IsEmpty: true, SessionId: null }
                ? VoiceStateRequest(join.UserId, join.ChannelId, join.GuildId)
                : throw new ArgumentException("VST_REQUEST carries neither booleans nor a session id; use IsUpsert.", nameof(request));
        }

        var type = request.Form == LvspForm.Litecord ? LitecordType(request, numbering) : DocumentType(request);
        return Write(LvspOpcode.Info, json =>
        {
            json.WriteNumber("type"u8, type);
            json.WriteStartObject(request.Form.ToBodyKey());
            WriteFields(json, request);
            json.WriteEndObject();
        });
    }

    private static int LitecordType(LvspRequest request, LvspNumbering numbering) => (request, numbering) switch
    {
        (ChannelRequest, _) => (int)LvspInfoType.ChannelRequest,
        (ChannelUpdate, _) => (int)LvspLitecordInfoType.ChannelUpdate,
        (ChannelDestroy, LvspNumbering.LitecordCode) => (int)LvspLitecordInfoType.ChannelDestroy,
        (ChannelDestroy, _) => (int)LvspInfoType.ChannelDestroy,
        (VoiceStateCreate, LvspNumbering.LitecordCode) => (int)LvspLitecordInfoType.VoiceStateCreate,
        (VoiceStateCreate, _) => (int)LvspInfoType.VoiceStateCreate,
        (VoiceStateUpdate, LvspNumbering.LitecordCode) => (int)LvspLitecordInfoType.VoiceStateUpdate,
        (VoiceStateUpdate, _) => (int)LvspInfoType.VoiceStateUpdate,
        // In the code's numbering a leave is known by its user; without one it would be an update of nothing.
        (VoiceStateDestroy { Selector.UserId: not null }, LvspNumbering.LitecordCode) => (int)LvspLitecordInfoType.VoiceStateLeave,
        (VoiceStateDestroy, _) => (int)LvspInfoType.VoiceStateDestroy,
        _ => throw new ArgumentException("Unknown request.", nameof(request)),
    };

    private static int DocumentType(LvspRequest request) => request switch
    {
        ChannelRequest or ChannelDestroy => (int)LvspDocumentInfoType.Channel,
        ChannelUpdate => throw new ArgumentException("The document form updates a channel with ChannelRequest.", nameof(request)),
        _ => (int)LvspDocumentInfoType.VoiceState,
    };

    private static void WriteFields(Utf8JsonWriter json, LvspRequest request)
    {
        var channelName = request.Form == LvspForm.Litecord ? "channel_id"u8 : "id"u8;
        switch (request)
        {
            case ChannelRequest channel:
                WriteChannel(json, channelName, channel.ChannelId, channel.GuildId, channel.Bitrate);
                break;
            case ChannelUpdate update:
                WriteChannel(json, channelName, update.ChannelId, update.GuildId, update.Bitrate);
                break;
            case ChannelDestroy destroy:
                WriteChannel(json, channelName, destroy.ChannelId, destroy.GuildId, bitrate: null);
                WriteDeleted(json, request.Form);
                break;
            case VoiceStateCreate create:
                WriteSelector(json, new VoiceStateSelector(create.SessionId, create.UserId, create.ChannelId, create.GuildId));
                WriteFlags(json, create.Flags);
                break;
            case VoiceStateUpdate update:
                WriteUpdateSelector(json, update.Selector, request.Form);
                WriteFlags(json, update.Flags);
                break;
            case VoiceStateDestroy destroy:
                WriteLeave(json, destroy.Selector, request.Form);
                break;
        }
    }

    private static void WriteChannel(Utf8JsonWriter json, ReadOnlySpan<byte> name, Snowflake channelId, Snowflake? guildId, int? bitrate)
    {
        WriteSnowflake(json, name, channelId);
        WriteIfAny(json, "guild_id"u8, guildId);
        if (bitrate is { } bitsPerSecond)
        {
            json.WriteNumber("bitrate"u8, bitsPerSecond);
        }
    }

    private static void WriteDeleted(Utf8JsonWriter json, LvspForm form)
    {
        if (form == LvspForm.Document)
        {
            json.WriteBoolean("deleted"u8, true);
        }
    }

    private static void WriteUpdateSelector(Utf8JsonWriter json, VoiceStateSelector selector, LvspForm form)
    {
        // In document form a channel would also make or move the state; it is left out where it is not needed.
        var withoutChannel = selector with { ChannelId = null };
        WriteSelector(json, form == LvspForm.Document && withoutChannel.IsComplete ? withoutChannel : selector);
    }

    private static void WriteLeave(Utf8JsonWriter json, VoiceStateSelector selector, LvspForm form)
    {
        if (form == LvspForm.Document)
        {
            json.WriteNull("channel_id"u8);
            WriteIfAny(json, "last_channel_id"u8, selector.ChannelId);
            selector = selector with { ChannelId = null };
        }

        WriteSelector(json, selector);
    }

    private static void WriteSelector(Utf8JsonWriter json, VoiceStateSelector selector)
    {
        WriteIfAny(json, "user_id"u8, selector.UserId);
        WriteIfAny(json, "channel_id"u8, selector.ChannelId);
        WriteIfAny(json, "guild_id"u8, selector.GuildId);
        WriteIfAny(json, "session_id"u8, selector.SessionId);
    }

    private static void WriteFlags(Utf8JsonWriter json, VoiceFlagsPatch flags)
    {
        WriteIfAny(json, "deaf"u8, flags.Deaf);
        WriteIfAny(json, "mute"u8, flags.Mute);
        WriteIfAny(json, "self_deaf"u8, flags.SelfDeaf);
        WriteIfAny(json, "self_mute"u8, flags.SelfMute);
        WriteIfAny(json, "suppress"u8, flags.Suppress);
    }

    private static void WriteIfAny(Utf8JsonWriter json, ReadOnlySpan<byte> name, bool? value)
    {
        if (value is { } flag)
        {
            json.WriteBoolean(name, flag);
        }
    }

    private static void WriteIfAny(Utf8JsonWriter json, ReadOnlySpan<byte> name, string? value)
    {
        if (value is not null)
        {
            json.WriteString(name, value);
        }
    }

    private static void WriteIfAny(Utf8JsonWriter json, ReadOnlySpan<byte> name, Snowflake? value)
    {
        if (value is { } id)
        {
            WriteSnowflake(json, name, id);
        }
    }

    private static void WriteSnowflake(Utf8JsonWriter json, ReadOnlySpan<byte> name, Snowflake id) => json.WriteString(name, id.ToString());

    private static byte[] Write(LvspOpcode opcode, Action<Utf8JsonWriter> writeFields)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(buffer, WriterOptions))
        {
            json.WriteStartObject();
            json.WriteNumber("op"u8, (int)opcode);
            json.WriteStartObject("d"u8);
            writeFields(json);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }
}
