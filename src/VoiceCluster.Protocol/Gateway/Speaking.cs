using System.Text.Json;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Protocol.Gateway;

/// <summary>Opcode 5 from a client: what it is about to send.</summary>
/// <remarks>
/// A boolean and a number are read alike at every version; true is <see cref="SpeakingFlags.Voice"/>.
/// Source: Discord "Voice Connections", Speaking.
/// </remarks>
/// <param name="Flags">The mask; bits that are not known are dropped.</param>
/// <param name="Ssrc">The source the client named, if any. Over UDP only the assigned one counts, whatever stands here.</param>
/// <param name="Delay">Always 0 in practice.</param>
public sealed record Speaking(SpeakingFlags Flags, Ssrc? Ssrc = null, int Delay = 0) : VoiceClientMessage
{
    private const int KnownFlags = (int)(SpeakingFlags.Voice | SpeakingFlags.Soundshare | SpeakingFlags.Priority);

    /// <inheritdoc />
    public override VoiceOpcode Opcode => VoiceOpcode.Speaking;

    internal static Speaking? Read(JsonElement d) =>
        d.ValueKind == JsonValueKind.Object && TryReadFlags(d.Field("speaking"), out var flags)
            ? new Speaking(flags, d.Source("ssrc"), d.Int("delay") ?? 0)
            : null;

    internal static bool TryReadFlags(JsonElement field, out SpeakingFlags flags)
    {
        flags = field.ValueKind switch
        {
            JsonValueKind.True => SpeakingFlags.Voice,
            JsonValueKind.Number => (SpeakingFlags)((JsonFields.ToInt(field) ?? 0) & KnownFlags),
            _ => SpeakingFlags.None,
        };
        return field.ValueKind is JsonValueKind.True or JsonValueKind.False or JsonValueKind.Number or JsonValueKind.Undefined;
    }

    internal static void WriteFlags(Utf8JsonWriter writer, VoiceGatewayVersion version, SpeakingFlags flags)
    {
        if (version.BooleanSpeaking)
        {
            writer.WriteBoolean("speaking"u8, flags != SpeakingFlags.None);
        }
        else
        {
            writer.WriteNumber("speaking"u8, (int)flags);
        }
    }

    internal override void WriteData(Utf8JsonWriter writer, VoiceGatewayVersion version)
    {
        writer.WriteStartObject();
        WriteFlags(writer, version, Flags);
        writer.WriteNumber("delay"u8, Delay);
        writer.WriteOptional("ssrc"u8, Ssrc?.Value);
        writer.WriteEndObject();
    }
}
