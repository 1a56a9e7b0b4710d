using System.Text.Json;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Protocol.Gateway;

/// <summary>Opcode 7: a client continues its session on a new socket.</summary>
/// <remarks>
/// The text form leaves session id and token out, so that neither can reach a log.
/// Source: Discord "Voice Connections", Resuming Voice Connection and Buffered Resume.
/// </remarks>
/// <param name="ServerId">As in the identify of the session.</param>
/// <param name="SessionId">As in the identify of the session.</param>
/// <param name="Token">As in the identify of the session.</param>
/// <param name="SequenceAck">The last server message received; from version 8 on.</param>
/// <param name="ChannelId">The channel, from version 9 on.</param>
public sealed record Resume(
    Snowflake ServerId,
    string SessionId,
    string Token,
    SequenceAck SequenceAck = default,
    Snowflake? ChannelId = null) : VoiceClientMessage
{
    /// <inheritdoc />
    public override VoiceOpcode Opcode => VoiceOpcode.Resume;

    /// <inheritdoc />
    public override string ToString() => $"Resume {{ ServerId = {ServerId}, SequenceAck = {SequenceAck.Value}, ChannelId = {ChannelId} }}";

    internal static Resume? Read(JsonElement d)
    {
        if (d.Id("server_id") is not { } server
            || d.Text("session_id", Identify.MaxSecretLength) is not { Length: > 0 } session
            || d.Text("token", Identify.MaxSecretLength) is not { Length: > 0 } token)
        {
            return null;
        }

        return new Resume(server, session, token, SequenceAck.Read(d), d.Id("channel_id"));
    }

    internal override void WriteData(Utf8JsonWriter writer, VoiceGatewayVersion version)
    {
        writer.WriteStartObject();
        writer.WriteId("server_id"u8, ServerId);
        if (version.ChannelInIdentify && ChannelId is { } channel)
        {
            writer.WriteId("channel_id"u8, channel);
        }

        writer.WriteString("session_id"u8, SessionId);
        writer.WriteString("token"u8, Token);
        if (version.SequenceNumbers)
        {
            writer.WriteNumber("seq_ack"u8, SequenceAck.Value);
        }

        writer.WriteEndObject();
    }
}
