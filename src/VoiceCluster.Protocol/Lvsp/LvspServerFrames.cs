using System.Text.Json;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Protocol.Lvsp;

/// <summary>Writes the frames a server sends.</summary>
public static class LvspServerFrames
{
    /// <summary><c>{"op":0,"d":{"heartbeat_interval":N,"nonce":"..."}}</c></summary>
    /// <param name="heartbeatInterval">Milliseconds; for an unmodified Litecord whole seconds.</param>
    /// <param name="nonce">The connection's nonce.</param>
    public static byte[] Hello(long heartbeatInterval, string nonce) =>
        Write(LvspOpcode.Hello, (heartbeatInterval, nonce), static (json, hello) =>
        {
            json.WriteNumber("heartbeat_interval"u8, hello.heartbeatInterval);
            json.WriteString("nonce"u8, hello.nonce);
        });

    /// <summary><c>{"op":3,"d":{"health":H,"session_id":"...","resumed":false}}</c></summary>
    public static byte[] Ready(LvspHealth health, string sessionId, bool resumed) =>
        Write(LvspOpcode.Ready, (health, sessionId, resumed), static (json, ready) =>
        {
            json.WriteNumber("health"u8, ready.health.Value);
            json.WriteString("session_id"u8, ready.sessionId);
            json.WriteBoolean("resumed"u8, ready.resumed);
        });

    /// <summary><c>{"op":5,"d":{"s":S,"seq":N,"health":H}}</c></summary>
    /// <param name="echoed">The heartbeat's own number.</param>
    /// <param name="highestSent">The highest number this session has sent.</param>
    /// <param name="health">Health now.</param>
    public static byte[] HeartbeatAck(long echoed, long highestSent, LvspHealth health) =>
        Write(LvspOpcode.HeartbeatAck, (echoed, highestSent, health), static (json, ack) =>
        {
            json.WriteNumber("s"u8, ack.echoed);
            json.WriteNumber("seq"u8, ack.highestSent);
            json.WriteNumber("health"u8, ack.health.Value);
        });

    /// <summary><c>{"op":6,"s":S,"d":BODY}</c></summary>
    /// <param name="sequenceNumber">From 1.</param>
    /// <param name="body">As <see cref="LvspNoticeWriter"/> wrote it.</param>
    public static byte[] Info(long sequenceNumber, ReadOnlySpan<byte> body) =>
        JsonFrame.Write(new NumberedBody(sequenceNumber, body), static (json, info) =>
        {
            json.WriteStartObject();
            json.WriteNumber("op"u8, (int)LvspOpcode.Info);
            json.WriteNumber("s"u8, info.SequenceNumber);
            json.WritePropertyName("d"u8);
            json.WriteRawValue(info.Body, skipInputValidation: true);
            json.WriteEndObject();
        });

    private static byte[] Write<TState>(LvspOpcode opcode, TState state, Action<Utf8JsonWriter, TState> writeFields) =>
        JsonFrame.Write((opcode, state, writeFields), static (json, message) =>
        {
            json.WriteStartObject();
            json.WriteNumber("op"u8, (int)message.opcode);
            json.WriteStartObject("d"u8);
            message.writeFields(json, message.state);
            json.WriteEndObject();
            json.WriteEndObject();
        });

    private readonly ref struct NumberedBody(long sequenceNumber, ReadOnlySpan<byte> body)
    {
        public long SequenceNumber { get; } = sequenceNumber;

        public ReadOnlySpan<byte> Body { get; } = body;
    }
}
