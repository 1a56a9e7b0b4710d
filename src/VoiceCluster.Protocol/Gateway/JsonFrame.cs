using System.Buffers;
using System.Text.Json;

namespace VoiceCluster.Protocol.Gateway;

/// <summary>Writes the envelope of text messages.</summary>
/// <remarks>
/// <code>{"op":5,"d":…,"seq":7}</code>
/// The key <c>d</c> is always there: some clients index it without a check. Buffers are kept per thread and cleared after use, since messages may
/// hold keys; the result is a fresh array.
/// </remarks>
internal static class JsonFrame
{
    [ThreadStatic]
    private static ArrayBufferWriter<byte>? _buffer;

    [ThreadStatic]
    private static Utf8JsonWriter? _writer;

    /// <summary>Writes one message; <paramref name="writeData"/> writes the value of <c>d</c>.</summary>
    /// <param name="sequence">The number of the message; 0 for none.</param>
    public static byte[] Write<TState>(VoiceOpcode opcode, ushort sequence, TState state, Action<Utf8JsonWriter, TState> writeData) =>
        WriteBare((opcode, sequence, state, writeData), static (writer, message) =>
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

    /// <summary>Writes one JSON value without an envelope.</summary>
    public static byte[] WriteBare<TState>(TState state, Action<Utf8JsonWriter, TState> write)
    {
        var buffer = _buffer ??= new ArrayBufferWriter<byte>(512);
        buffer.Clear();
        var writer = _writer ??= new Utf8JsonWriter(buffer);
        writer.Reset(buffer);
        write(writer, state);
        writer.Flush();
        var frame = buffer.WrittenSpan.ToArray();
        buffer.Clear();
        return frame;
    }
}
