using System.Text.Json;

namespace VoiceCluster.Protocol.Gateway;

/// <summary>Reads the envelope of text messages.</summary>
internal static class JsonEnvelope
{
    private static readonly JsonReaderOptions Options = new() { MaxDepth = VoiceClientMessage.MaxDepth };

    /// <summary>Reads exactly one JSON value.</summary>
    /// <exception cref="JsonException">The bytes are not one JSON value, or it is nested too deeply.</exception>
    public static JsonDocument Parse(ReadOnlySpan<byte> utf8)
    {
        var reader = new Utf8JsonReader(utf8, Options);
        var document = JsonDocument.ParseValue(ref reader);
        try
        {
            if (!reader.Read())
            {
                return document;
            }
        }
        catch (JsonException)
        {
            document.Dispose();
            throw;
        }

        document.Dispose();
        throw new JsonException("More than one value.");
    }

    /// <summary>Reads the member <c>op</c>, a 32-bit integer; null if it is absent or something else.</summary>
    public static int? ReadOpcode(JsonElement envelope) =>
        envelope.Field("op") is { ValueKind: JsonValueKind.Number } field && field.TryGetInt32(out var opcode) ? opcode : null;
}
