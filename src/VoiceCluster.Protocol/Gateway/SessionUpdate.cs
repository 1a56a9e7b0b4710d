using System.Text.Json;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Protocol.Gateway;

/// <summary>Opcode 14 from a client: its codecs changed.</summary>
/// <remarks>Source: Userdoccers "Voice Connections", Session Update.</remarks>
/// <param name="Codecs">The new list; empty if none was given.</param>
public sealed record SessionUpdate(ValueArray<VoiceCodec> Codecs) : VoiceClientMessage
{
    /// <inheritdoc />
    public override VoiceOpcode Opcode => VoiceOpcode.SessionUpdate;

    internal static SessionUpdate? Read(JsonElement d) =>
        d.ValueKind == JsonValueKind.Object ? new SessionUpdate(VoiceCodec.ReadList(d)) : null;

    internal override void WriteData(Utf8JsonWriter writer, VoiceGatewayVersion version)
    {
        writer.WriteStartObject();
        VoiceCodec.WriteList(writer, Codecs);
        writer.WriteEndObject();
    }
}
