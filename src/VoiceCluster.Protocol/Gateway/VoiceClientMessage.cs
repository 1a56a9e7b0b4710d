using System.Text.Json;
using System.Text.Unicode;

namespace VoiceCluster.Protocol.Gateway;

/// <summary>Why a text message of a client was not understood.</summary>
public enum VoiceDecodeError
{
    /// <summary>It was understood.</summary>
    None,

    /// <summary>Longer than the limit.</summary>
    TooLong,

    /// <summary>No JSON object with an integer <c>op</c>, not UTF-8, or nested too deeply.</summary>
    NotAnEnvelope,

    /// <summary>The opcode does not exist or is one that only servers send.</summary>
    UnknownOpcode,

    /// <summary>The opcode exists in binary form only.</summary>
    NotBinary,

    /// <summary>The contents do not fit the opcode.</summary>
    MalformedData,
}

/// <summary>A text message of a client.</summary>
/// <remarks>
/// <code>{"op":int,"d":any}</code>
/// Reading is lenient: members that are missing, null or of another kind count as absent unless nothing can be done
/// without them. Unknown members are ignored. Source: Discord "Voice Connections".
/// </remarks>
public abstract record VoiceClientMessage
{
    /// <summary>The longest message read, in bytes: session descriptions of browsers fit in it.</summary>
    public const int MaxBytes = 64 * 1024;

    /// <summary>The deepest nesting read. Real messages have at most five levels.</summary>
    public const int MaxDepth = 16;

    /// <summary>The opcode of the message.</summary>
    public abstract VoiceOpcode Opcode { get; }

    /// <summary>Reads one message. Does not throw for any bytes.</summary>
    /// <param name="utf8">The whole message; not kept.</param>
    /// <param name="message">Set if the result is <see cref="VoiceDecodeError.None"/>.</param>
    /// <param name="opcode">The opcode if the envelope could be read, else null.</param>
    public static VoiceDecodeError TryParse(ReadOnlySpan<byte> utf8, out VoiceClientMessage? message, out int? opcode)
    {
        message = null;
        opcode = null;
        if (utf8.Length > MaxBytes)
        {
            return VoiceDecodeError.TooLong;
        }

        if (!Utf8.IsValid(utf8))
        {
            return VoiceDecodeError.NotAnEnvelope;
        }

        try
        {
            using var document = JsonEnvelope.Parse(utf8);
            return Read(document.RootElement, out message, out opcode);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: an escaped lone surrogate, which the reader only notices when the text is taken.
            return opcode is null ? VoiceDecodeError.NotAnEnvelope : VoiceDecodeError.MalformedData;
        }
    }

    /// <summary>Writes the value of <c>d</c> in the form of <paramref name="version"/>.</summary>
    internal abstract void WriteData(Utf8JsonWriter writer, VoiceGatewayVersion version);

    private static VoiceDecodeError Read(JsonElement envelope, out VoiceClientMessage? message, out int? opcode)
    {
        message = null;
        opcode = JsonEnvelope.ReadOpcode(envelope);
        if (opcode is not { } number)
        {
            return VoiceDecodeError.NotAnEnvelope;
        }

        if (!VoiceOpcodes.IsFromClient(number))
        {
            return VoiceDecodeError.UnknownOpcode;
        }

        if (VoiceOpcodes.IsBinaryFromClient(number))
        {
            return VoiceDecodeError.NotBinary;
        }

        message = ReadData((VoiceOpcode)number, envelope.Field("d"));
        return message is null ? VoiceDecodeError.MalformedData : VoiceDecodeError.None;
    }

    private static VoiceClientMessage? ReadData(VoiceOpcode opcode, JsonElement d) => opcode switch
    {
        VoiceOpcode.Identify => Identify.Read(d),
        VoiceOpcode.SelectProtocol => d.ValueKind == JsonValueKind.Undefined ? new IgnoredMessage(opcode) : SelectProtocol.Read(d),
        VoiceOpcode.Heartbeat => Heartbeat.Read(d),
        VoiceOpcode.Speaking => Speaking.Read(d),
        VoiceOpcode.Resume => Resume.Read(d),
        VoiceOpcode.Video => Video.Read(d),
        VoiceOpcode.SessionUpdate => SessionUpdate.Read(d),
        VoiceOpcode.MediaSinkWants => MediaSinkWants.Read(d),
        VoiceOpcode.VoiceBackendVersion => new VoiceBackendVersionRequest(),
        VoiceOpcode.NoRoute => new NoRoute(),
        _ => new IgnoredMessage(opcode),
    };
}

/// <summary>Opcode 16 from a client: asks for the names of the server's builds.</summary>
public sealed record VoiceBackendVersionRequest : VoiceClientMessage
{
    /// <inheritdoc />
    public override VoiceOpcode Opcode => VoiceOpcode.VoiceBackendVersion;

    internal override void WriteData(Utf8JsonWriter writer, VoiceGatewayVersion version) => EmptyObject.Write(writer);
}

/// <summary>Opcode 32: the client found no way to the media address.</summary>
public sealed record NoRoute : VoiceClientMessage
{
    /// <inheritdoc />
    public override VoiceOpcode Opcode => VoiceOpcode.NoRoute;

    internal override void WriteData(Utf8JsonWriter writer, VoiceGatewayVersion version) => EmptyObject.Write(writer);
}

/// <summary>A message a client may send but that says nothing to this server: dead opcodes, end-to-end encryption that was not negotiated.</summary>
/// <param name="IgnoredOpcode">Its opcode.</param>
public sealed record IgnoredMessage(VoiceOpcode IgnoredOpcode) : VoiceClientMessage
{
    /// <inheritdoc />
    public override VoiceOpcode Opcode => IgnoredOpcode;

    internal override void WriteData(Utf8JsonWriter writer, VoiceGatewayVersion version) => EmptyObject.Write(writer);
}

internal static class EmptyObject
{
    public static void Write(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WriteEndObject();
    }
}
