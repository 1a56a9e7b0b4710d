using System.Buffers;
using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace VoiceCluster.Cluster.Hosting;

/// <summary>One message type's stable name on the wire and how it is written.</summary>
public abstract class MessageRegistration
{
    private protected MessageRegistration(string wireName, Type type)
    {
        ArgumentOutOfRangeException.ThrowIfZero(wireName.Length, nameof(wireName));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(wireName.Length, byte.MaxValue, nameof(wireName));
        if (!Ascii.IsValid(wireName))
        {
            throw new ArgumentException($"The wire name of {type.Name} is not ASCII.", nameof(wireName));
        }

        WireName = wireName;
        Type = type;
    }

    /// <summary>1 to 255 ASCII characters; never changed once released.</summary>
    public string WireName { get; }

    /// <summary>The message's type.</summary>
    public Type Type { get; }

    /// <summary>Registers a type with its source-generated contract.</summary>
    public static MessageRegistration Of<TMessage>(string wireName, JsonTypeInfo<TMessage> contract)
        where TMessage : class, IActorMessage =>
        new Typed<TMessage>(wireName, contract);

    internal abstract void Write(Utf8JsonWriter writer, IActorMessage message);

    internal abstract IActorMessage? Read(ref Utf8JsonReader reader);

    private sealed class Typed<TMessage>(string wireName, JsonTypeInfo<TMessage> contract) : MessageRegistration(wireName, typeof(TMessage))
        where TMessage : class, IActorMessage
    {
        internal override void Write(Utf8JsonWriter writer, IActorMessage message) =>
            JsonSerializer.Serialize(writer, (TMessage)message, contract);

        internal override IActorMessage? Read(ref Utf8JsonReader reader) => JsonSerializer.Deserialize(ref reader, contract);
    }
}

/// <summary>Messages as JSON behind their wire name.</summary>
/// <remarks>
/// <code>
/// +-------------+------------------+----------------------+
/// | length (u8) | wire name, ASCII | the message as JSON  |
/// +-------------+------------------+----------------------+
/// </code>
/// </remarks>
public sealed class JsonMessageCodec : IMessageCodec
{
    private readonly FrozenDictionary<Type, MessageRegistration> _byType;
    private readonly FrozenDictionary<string, MessageRegistration> _byName;

    /// <summary>A codec of exactly these messages.</summary>
    /// <exception cref="ArgumentException">A type or a wire name is registered twice.</exception>
    public JsonMessageCodec(params IEnumerable<MessageRegistration> registrations)
    {
        var byType = new Dictionary<Type, MessageRegistration>();
        var byName = new Dictionary<string, MessageRegistration>(StringComparer.Ordinal);
        foreach (var registration in registrations)
        {
            byType.Add(registration.Type, registration);
            byName.Add(registration.WireName, registration);
        }

        _byType = byType.ToFrozenDictionary();
        _byName = byName.ToFrozenDictionary(StringComparer.Ordinal);
    }

    /// <inheritdoc />
    public byte[] Encode(IActorMessage message)
    {
        if (!_byType.TryGetValue(message.GetType(), out var registration))
        {
            throw new ArgumentException($"{message.GetType().Name} is not registered with the message codec.", nameof(message));
        }

        var buffer = new ArrayBufferWriter<byte>(256);
        var name = registration.WireName;
        var head = buffer.GetSpan(1 + name.Length);
        head[0] = (byte)name.Length;
        Encoding.ASCII.GetBytes(name, head[1..]);
        buffer.Advance(1 + name.Length);
        using (var writer = new Utf8JsonWriter(buffer))
        {
            registration.Write(writer, message);
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <inheritdoc />
    public bool TryDecode(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out IActorMessage? message)
    {
        message = null;
        if (!TryReadName(bytes, out var registration, out var json))
        {
            return false;
        }

        // The bytes are another node's: whatever a contract throws on them (JSON, converters, constructors) is bad input, not our failure.
        try
        {
            var reader = new Utf8JsonReader(json);
            message = registration.Read(ref reader);
            return message is not null && !reader.Read();
        }
        catch (Exception)
        {
            message = null;
            return false;
        }
    }

    private bool TryReadName(
        ReadOnlySpan<byte> bytes,
        [NotNullWhen(true)] out MessageRegistration? registration,
        out ReadOnlySpan<byte> json)
    {
        registration = null;
        json = default;
        if (bytes.IsEmpty || bytes.Length < 1 + bytes[0])
        {
            return false;
        }

        json = bytes[(1 + bytes[0])..];
        return _byName.TryGetValue(Encoding.ASCII.GetString(bytes.Slice(1, bytes[0])), out registration);
    }
}
