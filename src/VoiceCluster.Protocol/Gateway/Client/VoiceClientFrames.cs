namespace VoiceCluster.Protocol.Gateway.Client;

/// <summary>Writes the text messages of a client, in the form of a version.</summary>
/// <remarks>For tools and tests. Every result is a fresh array that belongs to the caller. Source: Discord "Voice Connections".</remarks>
public static class VoiceClientFrames
{
    /// <summary>Writes any message, identify and heartbeats included.</summary>
    public static byte[] Write(VoiceGatewayVersion version, VoiceClientMessage message) =>
        VoiceEnvelope.Write(message.Opcode, 0, (message, version), static (writer, state) => state.message.WriteData(writer, state.version));
}
