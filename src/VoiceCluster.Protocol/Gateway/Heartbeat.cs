using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Protocol.Gateway;

/// <summary>Opcode 3 from a client: keeps the socket and says what was received.</summary>
/// <remarks>
/// <code>
/// versions 1 to 7   {"op":3,"d":NONCE}
/// versions 8, 9     {"op":3,"d":{"t":NONCE,"seq_ack":S}}
/// </code>
/// Both forms are read at every version. The nonce is kept as the bytes that came, because clients send unsigned
/// 64-bit integers and fractions that no number type gives back unchanged.
/// Source: Discord "Voice Connections", Heartbeating.
/// </remarks>
/// <param name="RawNonce">One JSON scalar in UTF-8, at most <see cref="MaxNonceLength"/> bytes; empty if none was sent.</param>
/// <param name="SequenceAck">The last server message received, if the client said so.</param>
public sealed record Heartbeat(ValueArray<byte> RawNonce, SequenceAck? SequenceAck = null) : VoiceClientMessage
{
    /// <summary>Longest nonce that is echoed. The longest seen are numbers of 20 digits.</summary>
    public const int MaxNonceLength = 256;

    /// <summary>A heartbeat with a number as nonce.</summary>
    public Heartbeat(ulong nonce, SequenceAck? sequenceAck = null)
        : this(Encoding.ASCII.GetBytes(nonce.ToString()).ToValueArray(), sequenceAck)
    {
    }

    /// <inheritdoc />
    public override VoiceOpcode Opcode => VoiceOpcode.Heartbeat;

    internal static Heartbeat? Read(JsonElement d)
    {
        var isObject = d.ValueKind == JsonValueKind.Object;
        var nonce = isObject ? d.Field("t") : d;
        SequenceAck? ack = isObject && d.TryGetProperty("seq_ack", out _) ? Gateway.SequenceAck.Read(d) : null;
        return TryCopyNonce(nonce, out var raw) ? new Heartbeat(raw, ack) : null;
    }

    internal static bool TryCopyNonce(JsonElement nonce, out ValueArray<byte> raw)
    {
        raw = [];
        if (nonce.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null)
        {
            return true;
        }

        if (nonce.ValueKind is JsonValueKind.Object or JsonValueKind.Array)
        {
            return false;
        }

        var bytes = JsonMarshal.GetRawUtf8Value(nonce);
        raw = bytes.Length <= MaxNonceLength ? ValueArray.Create(bytes) : [];
        return bytes.Length <= MaxNonceLength;
    }

    /// <summary>Writes a nonce as it came, or null if there was none.</summary>
    internal static void WriteNonce(Utf8JsonWriter writer, ValueArray<byte> rawNonce)
    {
        if (rawNonce.IsEmpty)
        {
            writer.WriteNullValue();
        }
        else
        {
            writer.WriteRawValue(rawNonce.AsSpan(), skipInputValidation: true);
        }
    }

    internal override void WriteData(Utf8JsonWriter writer, VoiceGatewayVersion version)
    {
        if (!version.HeartbeatObject)
        {
            WriteNonce(writer, RawNonce);
            return;
        }

        writer.WriteStartObject();
        writer.WritePropertyName("t"u8);
        WriteNonce(writer, RawNonce);
        writer.WriteOptional("seq_ack"u8, SequenceAck?.Value);
        writer.WriteEndObject();
    }
}
