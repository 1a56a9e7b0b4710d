using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Cluster.Messages.Wire;

/// <summary>A name that is one value, as a JSON string.</summary>
internal abstract class TextConverter<T> : JsonConverter<T>
    where T : struct
{
    /// <inheritdoc />
    public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && TryParse(reader.GetString()!, out var value)
            ? value
            : throw new JsonException($"This is no {typeof(T).Name}.");

    /// <inheritdoc />
    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) => writer.WriteStringValue(Format(value));

    protected abstract string Format(T value);

    protected abstract bool TryParse(string text, out T value);
}

/// <summary>A realm as its name.</summary>
internal sealed class RealmConverter : TextConverter<Realm>
{
    /// <inheritdoc />
    protected override string Format(Realm value) => value.Name;

    /// <inheritdoc />
    protected override bool TryParse(string text, out Realm value)
    {
        value = new Realm(text);
        return text.Length > 0;
    }
}

/// <summary>A node as its name.</summary>
internal sealed class NodeIdConverter : TextConverter<NodeId>
{
    /// <inheritdoc />
    protected override string Format(NodeId value) => value.Value;

    /// <inheritdoc />
    protected override bool TryParse(string text, out NodeId value)
    {
        value = new NodeId(text);
        return text.Length > 0;
    }
}

/// <summary>A media session as 16 hexadecimal digits.</summary>
internal sealed class MediaSessionIdConverter : TextConverter<MediaSessionId>
{
    /// <inheritdoc />
    protected override string Format(MediaSessionId value) => value.ToString();

    /// <inheritdoc />
    protected override bool TryParse(string text, out MediaSessionId value)
    {
        var parsed = ulong.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var number);
        value = new MediaSessionId(number);
        return parsed;
    }
}

/// <summary>A source as a number.</summary>
internal sealed class SsrcConverter : JsonConverter<Ssrc>
{
    /// <inheritdoc />
    public override Ssrc Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => new(reader.GetUInt32());

    /// <inheritdoc />
    public override void Write(Utf8JsonWriter writer, Ssrc value, JsonSerializerOptions options) => writer.WriteNumberValue(value.Value);
}

/// <summary>A speaking mask as a number, as clients write it; bits that are not known yet are kept.</summary>
internal sealed class SpeakingFlagsConverter : JsonConverter<SpeakingFlags>
{
    /// <inheritdoc />
    public override SpeakingFlags Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        (SpeakingFlags)reader.GetInt32();

    /// <inheritdoc />
    public override void Write(Utf8JsonWriter writer, SpeakingFlags value, JsonSerializerOptions options) => writer.WriteNumberValue((int)value);
}

/// <summary>A choice by its name; a number is refused, for numbers shift when a choice is added.</summary>
internal sealed class EnumNameConverter<TEnum>()
    : JsonStringEnumConverter<TEnum>(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false)
    where TEnum : struct, Enum;

/// <summary>A list as an array.</summary>
internal sealed class ValueArrayConverter<T> : JsonConverter<ValueArray<T>>
{
    /// <inheritdoc />
    public override ValueArray<T> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            throw new JsonException("This is no array.");
        }

        var contract = (JsonTypeInfo<T>)options.GetTypeInfo(typeof(T));
        var items = ImmutableArray.CreateBuilder<T>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            items.Add(JsonSerializer.Deserialize(ref reader, contract) ?? throw new JsonException("An element is null."));
        }

        return items.ToImmutable().ToValueArray();
    }

    /// <inheritdoc />
    public override void Write(Utf8JsonWriter writer, ValueArray<T> value, JsonSerializerOptions options)
    {
        var contract = (JsonTypeInfo<T>)options.GetTypeInfo(typeof(T));
        writer.WriteStartArray();
        foreach (var item in value)
        {
            JsonSerializer.Serialize(writer, item, contract);
        }

        writer.WriteEndArray();
    }
}
