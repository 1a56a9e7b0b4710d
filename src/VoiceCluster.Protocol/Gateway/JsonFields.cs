using System.Text.Json;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Protocol.Gateway;

/// <summary>Lenient reading of members of JSON objects: a member of the wrong kind counts as absent.</summary>
/// <remarks>Text that is not valid Unicode throws <see cref="InvalidOperationException"/>; the message parsers catch that once.</remarks>
internal static class JsonFields
{
    /// <summary>The member, or an undefined element if it is absent, null, or the parent is no object.</summary>
    public static JsonElement Field(this JsonElement parent, string name) =>
        parent.ValueKind == JsonValueKind.Object
        && parent.TryGetProperty(name, out var field)
        && field.ValueKind != JsonValueKind.Null
            ? field
            : default;

    /// <summary>A string of at most <paramref name="maxLength"/> characters.</summary>
    public static string? Text(this JsonElement parent, string name, int maxLength)
    {
        var field = parent.Field(name);
        if (field.ValueKind != JsonValueKind.String)
        {
            return null;
        }

        var text = field.GetString()!;
        return text.Length <= maxLength ? text : null;
    }

    /// <summary>A number that fits 32 bits; fractions lose their fractional part.</summary>
    public static int? Int(this JsonElement parent, string name) => ToInt(parent.Field(name));

    /// <summary>A number that fits 32 bits; fractions lose their fractional part.</summary>
    public static int? ToInt(JsonElement field)
    {
        if (field.ValueKind != JsonValueKind.Number)
        {
            return null;
        }

        if (field.TryGetInt32(out var value))
        {
            return value;
        }

        return field.TryGetDouble(out var real) && real is > int.MinValue and < int.MaxValue ? (int)real : null;
    }

    /// <summary>A boolean.</summary>
    public static bool? Bool(this JsonElement parent, string name) => parent.Field(name).ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => null,
    };

    /// <summary>An unsigned 32-bit number as a source.</summary>
    public static Ssrc? Source(this JsonElement parent, string name) =>
        parent.Field(name) is { ValueKind: JsonValueKind.Number } field && field.TryGetUInt32(out var value)
            ? new Ssrc(value)
            : null;

    /// <summary>A snowflake, as a string of digits or an integer.</summary>
    public static Snowflake? Id(this JsonElement parent, string name) =>
        Snowflake.TryRead(parent.Field(name), out var snowflake) ? snowflake : null;

    /// <summary>The elements of an array, at most <paramref name="max"/>; those that <paramref name="read"/> refuses are left out.</summary>
    public static ValueArray<T> List<T>(this JsonElement parent, string name, int max, Func<JsonElement, T?> read)
        where T : class
    {
        var field = parent.Field(name);
        return field.ValueKind == JsonValueKind.Array
            ? field.EnumerateArray().Take(max).Select(read).OfType<T>().ToValueArray()
            : [];
    }

    /// <summary>Writes a snowflake as a string member.</summary>
    public static void WriteId(this Utf8JsonWriter writer, ReadOnlySpan<byte> name, Snowflake snowflake)
    {
        Span<byte> digits = stackalloc byte[20];
        _ = snowflake.Value.TryFormat(digits, out var length);
        writer.WriteString(name, digits[..length]);
    }

    /// <summary>Writes a snowflake as a string element.</summary>
    public static void WriteIdValue(this Utf8JsonWriter writer, Snowflake snowflake)
    {
        Span<byte> digits = stackalloc byte[20];
        _ = snowflake.Value.TryFormat(digits, out var length);
        writer.WriteStringValue(digits[..length]);
    }

    /// <summary>Writes a string member if there is one.</summary>
    public static void WriteOptional(this Utf8JsonWriter writer, ReadOnlySpan<byte> name, string? text)
    {
        if (text is not null)
        {
            writer.WriteString(name, text);
        }
    }

    /// <summary>Writes a number member if there is one.</summary>
    public static void WriteOptional(this Utf8JsonWriter writer, ReadOnlySpan<byte> name, long? number)
    {
        if (number is { } value)
        {
            writer.WriteNumber(name, value);
        }
    }

    /// <summary>Writes a boolean member if there is one.</summary>
    public static void WriteOptional(this Utf8JsonWriter writer, ReadOnlySpan<byte> name, bool? flag)
    {
        if (flag is { } value)
        {
            writer.WriteBoolean(name, value);
        }
    }
}
