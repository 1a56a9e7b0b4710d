using System.Text.Json;

namespace VoiceCluster.Protocol.Lvsp;

/// <summary>Reads what INFO and VST_REQUEST ask for, in both forms and both numberings.</summary>
/// <remarks>
/// <para>
/// The key of the body tells the form: <c>data</c> is Litecord form, <c>info</c> document form; with both, <c>data</c>.
/// </para>
/// <para>
/// Litecord's code and the latest document number the types 2 to 6 differently; the fields of the body tell which is meant.
/// There a field that is null counts as being there: a half-empty update must not be taken for a leave or a destroy.
/// See the table in <c>docs/lvsp.md</c>, "INFO".
/// </para>
/// </remarks>
internal static class LvspInfoReader
{
    private const string Channel = "channel_id";
    private const string Guild = "guild_id";
    private const string User = "user_id";

    private static readonly string[] FlagNames = ["deaf", "mute", "self_deaf", "self_mute", "suppress"];

    public static LvspFrame ReadInfo(JsonElement d)
    {
        if (!TryGetBody(d, out var body, out var form))
        {
            return new LvspFrame.Skipped(LvspSkipReason.NoBody, null, null);
        }

        if (body.ValueKind != JsonValueKind.Object)
        {
            return new LvspFrame.Skipped(LvspSkipReason.WrongField, form.ToBodyKey(), form);
        }

        if (!TryGetType(d, out var type, out var reason))
        {
            return new LvspFrame.Skipped(reason, "type", form);
        }

        var reader = new LvspBodyReader(body, form);
        var request = form == LvspForm.Litecord ? ReadLitecord(type, reader) : ReadDocument(type, reader);
        return Result(request, reader, form);
    }

    public static LvspFrame ReadVoiceStateRequest(JsonElement d)
    {
        var reader = new LvspBodyReader(d, LvspForm.Document);
        var request = ReadVoiceStateCreate(reader);
        return Result(request, reader, LvspForm.Document);
    }

    private static LvspFrame Result(LvspRequest? request, LvspBodyReader reader, LvspForm form)
    {
        if (reader.Problem is { } problem)
        {
            return problem;
        }

        return request is null
            ? new LvspFrame.Skipped(LvspSkipReason.UnknownType, "type", form)
            : new LvspFrame.Request(request with { Form = form });
    }

    private static bool TryGetBody(JsonElement d, out JsonElement body, out LvspForm form)
    {
        body = default;
        form = LvspForm.Litecord;
        if (d.ValueKind != JsonValueKind.Object)
        {
            return false;
        }

        if (d.TryGetProperty("data"u8, out body) && body.ValueKind != JsonValueKind.Null)
        {
            return true;
        }

        form = LvspForm.Document;
        return d.TryGetProperty("info"u8, out body) && body.ValueKind != JsonValueKind.Null;
    }

    private static bool TryGetType(JsonElement d, out int type, out LvspSkipReason reason)
    {
        type = 0;
        reason = LvspSkipReason.MissingField;
        if (!d.TryGetProperty("type"u8, out var value) || value.ValueKind == JsonValueKind.Null)
        {
            return false;
        }

        reason = LvspFrameReader.IsInteger(value) ? LvspSkipReason.UnknownType : LvspSkipReason.WrongField;
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out type);
    }

    private static LvspRequest? ReadLitecord(int type, LvspBodyReader reader)
    {
        switch (type)
        {
            case 0:
                return new ChannelRequest(reader.RequiredSnowflake(Channel), reader.OptionalSnowflake(Guild), reader.OptionalBitrate());
            case 1:
                reader.Fail(LvspSkipReason.ServerOnlyType, "type");
                return null;
            case 2:
                return IsChannelUpdate(reader) ? ReadChannelUpdate(reader) : ReadChannelDestroy(reader);
            case 3:
                return reader.Has(User) ? ReadVoiceStateCreate(reader) : ReadChannelDestroy(reader);
            case 4:
                return ReadVoiceStateCreate(reader);
            case 5:
                return HasFlags(reader) ? ReadVoiceStateUpdate(reader) : new VoiceStateDestroy(reader.Selector());
            case 6:
                return HasFlags(reader) ? ReadVoiceStateUpdate(reader) : ReadVoiceStateLeave(reader);
            default:
                return null;
        }
    }

    private static LvspRequest? ReadDocument(int type, LvspBodyReader reader) => (LvspDocumentInfoType)type switch
    {
        LvspDocumentInfoType.Channel => ReadDocumentChannel(reader),
        LvspDocumentInfoType.VoiceState => ReadDocumentVoiceState(reader),
        _ => null,
    };

    private static LvspRequest ReadDocumentChannel(LvspBodyReader reader)
    {
        var channelId = reader.RequiredSnowflake("id");
        var guildId = reader.OptionalSnowflake(Guild);
        return reader.OptionalBoolean("deleted") == true
            ? new ChannelDestroy(channelId, guildId)
            : new ChannelRequest(channelId, guildId, reader.OptionalBitrate());
    }

    /// <summary>Null as the channel is a leave; no channel at all is a change to a state that is named otherwise.</summary>
    private static LvspRequest ReadDocumentVoiceState(LvspBodyReader reader)
    {
        if (reader.IsNull(Channel))
        {
            return new VoiceStateDestroy(reader.Selector("last_channel_id"));
        }

        return reader.Has(Channel) ? ReadVoiceStateCreate(reader) with { IsUpsert = true } : ReadVoiceStateUpdate(reader);
    }

    private static bool IsChannelUpdate(LvspBodyReader reader) =>
        reader.Has("bitrate") || reader.Has("channel_properties") || reader.Has("user_limit");

    private static bool HasFlags(LvspBodyReader reader) => Array.Exists(FlagNames, reader.Has);

    private static ChannelUpdate ReadChannelUpdate(LvspBodyReader reader)
    {
        var channelId = reader.RequiredSnowflake(Channel);
        var guildId = reader.OptionalSnowflake(Guild);
        var bitrate = reader.OptionalBitrate();
        if (bitrate is null)
        {
            reader.Fail(LvspSkipReason.NothingToUpdate, "bitrate");
        }

        return new ChannelUpdate(channelId, guildId, bitrate.GetValueOrDefault());
    }

    private static ChannelDestroy ReadChannelDestroy(LvspBodyReader reader) =>
        new(reader.RequiredSnowflake(Channel), reader.OptionalSnowflake(Guild));

    private static VoiceStateCreate ReadVoiceStateCreate(LvspBodyReader reader) => new(
        reader.RequiredSnowflake(User),
        reader.RequiredSnowflake(Channel),
        reader.OptionalSnowflake(Guild),
        reader.OptionalSessionId(),
        reader.Flags());

    private static VoiceStateUpdate ReadVoiceStateUpdate(LvspBodyReader reader)
    {
        var selector = reader.Selector();
        var flags = reader.Flags();
        if (flags.IsEmpty)
        {
            reader.Fail(LvspSkipReason.NothingToUpdate, "mute");
        }

        return new VoiceStateUpdate(selector, flags);
    }

    private static VoiceStateDestroy ReadVoiceStateLeave(LvspBodyReader reader)
    {
        var selector = reader.Selector();
        if (selector.UserId is null)
        {
            reader.Fail(LvspSkipReason.NothingToUpdate, User);
        }

        return new VoiceStateDestroy(selector);
    }
}
