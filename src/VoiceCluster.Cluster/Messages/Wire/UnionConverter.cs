using System.Collections.Frozen;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace VoiceCluster.Cluster.Messages.Wire;

/// <summary>A value of one of several types, as an object whose only member says which: <c>{"leave":{...}}</c>.</summary>
internal abstract class UnionConverter<TBase> : JsonConverter<TBase>
    where TBase : class
{
    private readonly FrozenDictionary<string, Type> _byName;
    private readonly FrozenDictionary<Type, string> _byType;

    private protected UnionConverter(params ReadOnlySpan<(string Name, Type Type)> cases)
    {
        var listed = cases.ToArray();
        _byName = listed.ToFrozenDictionary(pair => pair.Name, pair => pair.Type, StringComparer.Ordinal);
        _byType = listed.ToFrozenDictionary(pair => pair.Type, pair => pair.Name);
    }

    /// <inheritdoc />
    public override TBase? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.StartObject || !reader.Read() || reader.TokenType != JsonTokenType.PropertyName)
        {
            throw new JsonException($"A {typeof(TBase).Name} is an object with one member.");
        }

        if (!_byName.TryGetValue(reader.GetString()!, out var type))
        {
            throw new JsonException($"No such {typeof(TBase).Name}.");
        }

        reader.Read();
        var value = JsonSerializer.Deserialize(ref reader, options.GetTypeInfo(type)) as TBase;
        reader.Read();
        return reader.TokenType == JsonTokenType.EndObject && value is not null
            ? value
            : throw new JsonException($"A {typeof(TBase).Name} has one member, which is not null.");
    }

    /// <inheritdoc />
    public override void Write(Utf8JsonWriter writer, TBase value, JsonSerializerOptions options)
    {
        var type = value.GetType();
        writer.WriteStartObject();
        writer.WritePropertyName(_byType[type]);
        JsonSerializer.Serialize(writer, value, options.GetTypeInfo(type));
        writer.WriteEndObject();
    }
}
