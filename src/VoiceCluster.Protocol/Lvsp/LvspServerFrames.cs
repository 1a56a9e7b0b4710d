using System.Buffers;
using System.Text.Json;

namespace VoiceCluster.Protocol.Lvsp;

/// <summary>Writes the frames a server sends.</summary>
public static class LvspServerFrames
{
    /// <summary><c>{"op":0,"d":{"heartbeat_interval":N,"nonce":"..."}}</c></summary>
    /// <param name="heartbeatInterval">Milliseconds; for an unmodified Litecord whole seconds.</param>
    /// <param name="nonce">The connection's nonce.</param>
    public static byte[] Hello(long heartbeatInterval, string nonce) => Write(LvspOpcode.Hello, json =>
    {
        json.WriteNumber("heartbeat_interval"u8, heartbeatInterval);
        json.WriteString("nonce"u8, nonce);
    });

    /// <summary><c>{"op":3,"d":{"health":H,"session_id":"...","resumed":false}}</c></summary>
    public static byte[] Ready(LvspHealth health, string sessionId, bool resumed) => Write(LvspOpcode.Ready, json =>
    {
        json.WriteNumber("health"u8, health.Value);
        json.WriteString("session_id"u8, sessionId);
        json.WriteBoolean("resumed"u8, resumed);
    });

    /// <summary><c>{"op":5,"d":{"s":S,"seq":N,"health":H}}</c></summary>
    /// <param name="echoed">The heartbeat's own number.</param>
    /// <param name="highestSent">The highest number this session has sent.</param>
    /// <param name="health">Health now.</param>
    public static byte[] HeartbeatAck(long echoed, long highestSent, LvspHealth health) => Write(LvspOpcode.HeartbeatAck, json =>
    {
        json.WriteNumber("s"u8, echoed);
        json.WriteNumber("seq"u8, highestSent);
        json.WriteNumber("health"u8, health.Value);
    });

    /// <summary><c>{"op":6,"s":S,"d":BODY}</c></summary>
    /// <param name="sequenceNumber">From 1.</param>
    /// <param name="body">As <see cref="LvspNoticeWriter"/> wrote it.</param>
    public static byte[] Info(long sequenceNumber, ReadOnlySpan<byte> body)
    {
        var buffer = new ArrayBufferWriter<byte>(body.Length + 40);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteNumber("op"u8, (int)LvspOpcode.Info);
            json.WriteNumber("s"u8, sequenceNumber);
            json.WritePropertyName("d"u8);
            json.WriteRawValue(body, skipInputValidation: true);
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    private static byte[] Write(LvspOpcode opcode, Action<Utf8JsonWriter> writeFields)
    {
        var buffer = new ArrayBufferWriter<byte>(128);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteNumber("op"u8, (int)opcode);
            json.WriteStartObject("d"u8);
            writeFields(json);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }
}
