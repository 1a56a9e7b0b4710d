using System.Text.Json;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Protocol.Gateway;

/// <summary>Opcode 0: a client begins a session.</summary>
/// <remarks>
/// The text form leaves session id and token out, so that neither can reach a log.
/// Source: Discord "Voice Connections", Establishing a Voice Websocket Connection.
/// </remarks>
/// <param name="ServerId">The guild; for a private call its channel.</param>
/// <param name="UserId">The user.</param>
/// <param name="SessionId">The main gateway's session of that user.</param>
/// <param name="Token">The bearer token handed out for this join.</param>
/// <param name="ChannelId">The channel, from version 9 on.</param>
/// <param name="Video">The client means to send video. Some set it without offering a stream.</param>
/// <param name="Streams">Video streams the client offers, at most <see cref="VideoStream.MaxPerSession"/>.</param>
/// <param name="MaxDaveProtocolVersion">Highest version of end-to-end encryption it knows; 0 for none.</param>
public sealed record Identify(
    Snowflake ServerId,
    Snowflake UserId,
    string SessionId,
    string Token,
    Snowflake? ChannelId = null,
    bool Video = false,
    ValueArray<VideoStream> Streams = default,
    int MaxDaveProtocolVersion = 0) : VoiceClientMessage
{
    /// <summary>Longest session id or token that is looked at, in characters.</summary>
    public const int MaxSecretLength = 2048;

    /// <inheritdoc />
    public override VoiceOpcode Opcode => VoiceOpcode.Identify;

    /// <inheritdoc />
    public override string ToString() => $"Identify {{ ServerId = {ServerId}, UserId = {UserId}, ChannelId = {ChannelId} }}";

    internal static Identify? Read(JsonElement d)
    {
        if (d.Id("server_id") is not { } server || d.Id("user_id") is not { } user
            || d.Text("session_id", MaxSecretLength) is not { Length: > 0 } session
            || d.Text("token", MaxSecretLength) is not { Length: > 0 } token)
        {
            return null;
        }

        return new Identify(server, user, session, token)
        {
            ChannelId = d.Id("channel_id"),
            Video = d.Bool("video") ?? false,
            Streams = d.List("streams", VideoStream.MaxPerSession, VideoStream.Read),
            MaxDaveProtocolVersion = Math.Max(0, d.Int("max_dave_protocol_version") ?? 0),
        };
    }

    internal override void WriteData(Utf8JsonWriter writer, VoiceGatewayVersion version)
    {
        writer.WriteStartObject();
        writer.WriteId("server_id"u8, ServerId);
        writer.WriteId("user_id"u8, UserId);
        if (version.ChannelInIdentify && ChannelId is { } channel)
        {
            writer.WriteId("channel_id"u8, channel);
        }

        writer.WriteString("session_id"u8, SessionId);
        writer.WriteString("token"u8, Token);
        if (Video || !Streams.IsEmpty)
        {
            writer.WriteBoolean("video"u8, Video);
            VideoStream.WriteList(writer, Streams);
        }

        if (MaxDaveProtocolVersion > 0)
        {
            writer.WriteNumber("max_dave_protocol_version"u8, MaxDaveProtocolVersion);
        }

        writer.WriteEndObject();
    }
}
