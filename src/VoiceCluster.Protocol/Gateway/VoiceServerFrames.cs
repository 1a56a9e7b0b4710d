using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Protocol.Gateway;

/// <summary>Writes the text messages of the server, in the form of a version.</summary>
/// <remarks>Every result is a fresh array that belongs to the caller. Source: Discord "Voice Connections".</remarks>
public static class VoiceServerFrames
{
    /// <summary>HELLO: flat up to version 2, later with the version in it, which the official client takes as the version to speak.</summary>
    /// <param name="version">The version of the socket.</param>
    /// <param name="heartbeatIntervalMs">Milliseconds; clients do not read fractions.</param>
    public static byte[] Hello(VoiceGatewayVersion version, int heartbeatIntervalMs)
    {
        if (version.FlatHello)
        {
            return JsonFrame.Write(heartbeatIntervalMs, static (writer, interval) =>
            {
                writer.WriteStartObject();
                writer.WriteNumber("heartbeat_interval"u8, interval);
                writer.WriteEndObject();
            });
        }

        return VoiceEnvelope.Write(VoiceOpcode.Hello, 0, (version.Number, heartbeatIntervalMs), static (writer, hello) =>
        {
            writer.WriteStartObject();
            writer.WriteNumber("v"u8, hello.Number);
            writer.WriteNumber("heartbeat_interval"u8, hello.heartbeatIntervalMs);
            writer.WriteEndObject();
        });
    }

    /// <summary>The answer to a heartbeat, with its nonce as it came.</summary>
    public static byte[] HeartbeatAck(VoiceGatewayVersion version, ValueArray<byte> rawNonce)
    {
        if (!version.HeartbeatObject)
        {
            return VoiceEnvelope.Write(version.HeartbeatAckOpcode, 0, rawNonce, Heartbeat.WriteNonce);
        }

        return VoiceEnvelope.Write(version.HeartbeatAckOpcode, 0, rawNonce, static (writer, nonce) =>
        {
            writer.WriteStartObject();
            writer.WritePropertyName("t"u8);
            Heartbeat.WriteNonce(writer, nonce);
            writer.WriteEndObject();
        });
    }

    /// <summary>READY.</summary>
    public static byte[] Ready(VoiceGatewayVersion version, VoiceReady ready, int heartbeatIntervalMs)
    {
        int? interval = version.HeartbeatIntervalInReady ? heartbeatIntervalMs : null;
        return VoiceEnvelope.Write(VoiceOpcode.Ready, 0, (ready, interval), static (writer, state) => state.ready.Write(writer, state.interval));
    }

    /// <summary>Session description.</summary>
    public static byte[] SessionDescription(VoiceSessionDescription description) =>
        VoiceEnvelope.Write(VoiceOpcode.SessionDescription, 0, description, static (writer, state) => state.Write(writer));

    /// <summary>The answer to a resume.</summary>
    public static byte[] Resumed() => VoiceEnvelope.Write(VoiceOpcode.Resumed, 0, 0, static (writer, _) => writer.WriteNullValue());

    /// <summary>The answer to opcode 16. The official client reads both members.</summary>
    public static byte[] BackendVersion(string voice, string rtcWorker) =>
        VoiceEnvelope.Write(VoiceOpcode.VoiceBackendVersion, 0, (voice, rtcWorker), static (writer, names) =>
        {
            writer.WriteStartObject();
            writer.WriteString("voice"u8, names.voice);
            writer.WriteString("rtc_worker"u8, names.rtcWorker);
            writer.WriteEndObject();
        });

    /// <summary>An event.</summary>
    /// <param name="version">The version of the session.</param>
    /// <param name="voiceEvent">One that exists at that version.</param>
    /// <param name="sequence">Its number; 0 for none.</param>
    public static byte[] Event(VoiceGatewayVersion version, VoiceEvent voiceEvent, ushort sequence = 0) =>
        VoiceEnvelope.Write(voiceEvent.Opcode, sequence, (voiceEvent, version), static (writer, state) =>
            state.voiceEvent.WriteData(writer, state.version));
}
