using System.Text.Json;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Protocol.Gateway;

/// <summary>Writes the envelope of text messages.</summary>
/// <remarks>
/// <code>{"op":5,"d":…,"seq":7}</code>
/// The key <c>d</c> is always there: some clients index it without a check.
/// </remarks>
internal static class VoiceEnvelope
{
    /// <summary>Writes one message; <paramref name="writeData"/> writes the value of <c>d</c>.</summary>
    /// <param name="opcode">What the message is.</param>
    /// <param name="sequence">The number of the message; 0 for none.</param>
    /// <param name="state">Handed to <paramref name="writeData"/>.</param>
    /// <param name="writeData">Writes one value.</param>
    public static byte[] Write<TState>(VoiceOpcode opcode, ushort sequence, TState state, Action<Utf8JsonWriter, TState> writeData) =>
        JsonFrame.Write((opcode, sequence, state, writeData), static (writer, message) =>
        {
            writer.WriteStartObject();
            writer.WriteNumber("op"u8, (int)message.opcode);
            writer.WritePropertyName("d"u8);
            message.writeData(writer, message.state);
            if (message.sequence != 0)
            {
                writer.WriteNumber("seq"u8, message.sequence);
            }

            writer.WriteEndObject();
        });
}
