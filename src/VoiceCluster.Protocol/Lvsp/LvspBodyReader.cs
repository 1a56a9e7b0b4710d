using System.Text.Json;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Protocol.Lvsp;

/// <summary>Reads the fields of one INFO body and remembers the first that is missing or wrong.</summary>
/// <remarks>
/// Null counts as missing. After a problem the values read are of no use; the caller looks at <see cref="Problem"/> once, at the end.
/// </remarks>
internal sealed class LvspBodyReader(JsonElement body, LvspForm? form)
{
    /// <summary>The first problem, or null.</summary>
    public LvspFrame.Skipped? Problem { get; private set; }

    /// <summary>Whether a field is there, null or not.</summary>
    public bool Has(string name) => body.ValueKind == JsonValueKind.Object && body.TryGetProperty(name, out _);

    /// <summary>Whether a field is there and null.</summary>
    public bool IsNull(string name) =>
        body.ValueKind == JsonValueKind.Object && body.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Null;

    public Snowflake? OptionalSnowflake(string name)
    {
        if (!TryGet(name, out var value))
        {
            return null;
        }

        if (!Snowflake.TryRead(value, out var snowflake))
        {
            Fail(LvspSkipReason.WrongField, name);
        }

        return snowflake;
    }

    public Snowflake RequiredSnowflake(string name)
    {
        if (OptionalSnowflake(name) is { } snowflake)
        {
            return snowflake;
        }

        Fail(LvspSkipReason.MissingField, name);
        return default;
    }

    public bool? OptionalBoolean(string name)
    {
        if (!TryGet(name, out var value))
        {
            return null;
        }

        if (value.ValueKind is not (JsonValueKind.True or JsonValueKind.False))
        {
            Fail(LvspSkipReason.WrongField, name);
            return null;
        }

        return value.ValueKind == JsonValueKind.True;
    }

    /// <summary>The session id; an empty text counts as missing.</summary>
    public string? OptionalSessionId()
    {
        const string Name = "session_id";
        if (!TryGet(Name, out var value))
        {
            return null;
        }

        var text = value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        if (text is null || (text.Length > 0 && !LvspCredential.IsSessionId(text)))
        {
            Fail(LvspSkipReason.WrongField, Name);
        }

        return string.IsNullOrEmpty(text) ? null : text;
    }

    /// <summary>Bits per second, from <c>bitrate</c> or else <c>channel_properties.bitrate</c>.</summary>
    public int? OptionalBitrate()
    {
        if (!TryGet("bitrate", out var value) && !TryGetProperty("bitrate", out value))
        {
            return null;
        }

        if (value.ValueKind != JsonValueKind.Number
            || !value.TryGetInt64(out var number)
            || !LvspBitrate.TryNormalize(number, out var bitsPerSecond))
        {
            Fail(LvspSkipReason.WrongField, "bitrate");
            return null;
        }

        return bitsPerSecond;
    }

    public VoiceFlagsPatch Flags() => new(
        OptionalBoolean("deaf"),
        OptionalBoolean("mute"),
        OptionalBoolean("self_deaf"),
        OptionalBoolean("self_mute"),
        OptionalBoolean("suppress"));

    /// <summary>The voice state that the body names, with the channel from <paramref name="channelField"/>.</summary>
    public VoiceStateSelector Selector(string channelField = "channel_id")
    {
        var selector = new VoiceStateSelector(
            OptionalSessionId(),
            OptionalSnowflake("user_id"),
            OptionalSnowflake(channelField),
            OptionalSnowflake("guild_id"));
        if (!selector.IsComplete)
        {
            Fail(LvspSkipReason.MissingField, selector.UserId is null ? "user_id" : channelField);
        }

        return selector;
    }

    /// <summary>Passes the message over; the first reason stays.</summary>
    public void Fail(LvspSkipReason reason, string field) => Problem ??= new LvspFrame.Skipped(reason, field, form);

    private bool TryGetProperty(string name, out JsonElement value)
    {
        value = default;
        if (!TryGet("channel_properties", out var properties))
        {
            return false;
        }

        if (properties.ValueKind == JsonValueKind.Object)
        {
            return properties.TryGetProperty(name, out value) && value.ValueKind != JsonValueKind.Null;
        }

        Fail(LvspSkipReason.WrongField, "channel_properties");
        return false;
    }

    private bool TryGet(string name, out JsonElement value)
    {
        value = default;
        return body.ValueKind == JsonValueKind.Object
            && body.TryGetProperty(name, out value)
            && value.ValueKind != JsonValueKind.Null;
    }
}
