using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace VoiceCluster.Protocol.Primitives;

/// <summary>A Discord id: a number from 1 to 2^64-1.</summary>
/// <remarks>
/// On the wire it is written as a string of digits and read from a string of digits or a JSON integer.
/// The default value (0) is no id; parsing never yields it.
/// Source: LVSP "Envelope"; Discord API reference, "Snowflakes".
/// </remarks>
[JsonConverter(typeof(SnowflakeJsonConverter))]
public readonly record struct Snowflake(ulong Value) : IComparable<Snowflake>
{
    /// <summary>Reads decimal digits only: no sign, no spaces, not zero.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out Snowflake snowflake)
    {
        snowflake = default;
        if (!ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) || value == 0)
        {
            return false;
        }

        snowflake = new Snowflake(value);
        return true;
    }

    /// <summary>Reads a JSON string of digits or a JSON integer; anything else is not a snowflake.</summary>
    public static bool TryRead(JsonElement element, out Snowflake snowflake)
    {
        snowflake = default;
        if (element.ValueKind == JsonValueKind.String)
        {
            return TryParse(element.GetString(), out snowflake);
        }

        if (element.ValueKind != JsonValueKind.Number || !element.TryGetUInt64(out var value) || value == 0)
        {
            return false;
        }

        snowflake = new Snowflake(value);
        return true;
    }

    /// <inheritdoc />
    public int CompareTo(Snowflake other) => Value.CompareTo(other.Value);

    public static bool operator <(Snowflake left, Snowflake right) => left.Value < right.Value;

    public static bool operator >(Snowflake left, Snowflake right) => left.Value > right.Value;

    public static bool operator <=(Snowflake left, Snowflake right) => left.Value <= right.Value;

    public static bool operator >=(Snowflake left, Snowflake right) => left.Value >= right.Value;

    /// <summary>The decimal digits, as written on the wire.</summary>
    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}

/// <summary>Reads and writes <see cref="Snowflake"/> for our own stored and node-to-node JSON.</summary>
public sealed class SnowflakeJsonConverter : JsonConverter<Snowflake>
{
    /// <inheritdoc />
    public override Snowflake Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.String && Snowflake.TryParse(reader.GetString(), out var snowflake))
        {
            return snowflake;
        }

        throw new JsonException("A snowflake is a string of digits from 1 to 2^64-1.");
    }

    /// <inheritdoc />
    public override void Write(Utf8JsonWriter writer, Snowflake value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.ToString());

    /// <inheritdoc />
    public override Snowflake ReadAsPropertyName(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        Read(ref reader, typeToConvert, options);

    /// <inheritdoc />
    public override void WriteAsPropertyName(Utf8JsonWriter writer, Snowflake value, JsonSerializerOptions options) =>
        writer.WritePropertyName(value.ToString());
}
