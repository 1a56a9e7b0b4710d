using System.Text.Json;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Protocol.Gateway;

/// <summary>Opcode 2: the session is accepted; where to send media and how.</summary>
/// <remarks>
/// <code>{"ssrc":1000,"ip":"203.0.113.9","port":50001,"modes":["…"],"experiments":[],"streams":[…]}</code>
/// Up to version 3 it also carries the heartbeat interval in milliseconds.
/// Source: Discord "Voice Connections", Establishing a Voice Websocket Connection.
/// </remarks>
/// <param name="Ssrc">The user's audio source.</param>
/// <param name="Ip">A literal IPv4 address: clients parse it as one and open IPv4 sockets.</param>
/// <param name="Port">The UDP port of the worker, 1 to 65535.</param>
/// <param name="Modes">The modes on offer, best first: many clients take the first one they know.</param>
/// <param name="Streams">One per stream offered in identify, each with its sources.</param>
public sealed record VoiceReady(
    Ssrc Ssrc,
    string Ip,
    int Port,
    ValueArray<TransportEncryptionMode> Modes,
    ValueArray<VideoStream> Streams = default)
{
    private const int MaxAddressLength = 64;
    private const int MaxModes = 64;

    /// <summary>Answers the streams a client offered with sources of its block.</summary>
    /// <remarks>
    /// Stream i has video source audio + 1 + 2i and its retransmission source right after. The type is
    /// <c>video</c> even where <c>screen</c> was offered, as Discord answers.
    /// </remarks>
    /// <param name="audio">The first source of the block.</param>
    /// <param name="offered">The streams of identify.</param>
    public static ValueArray<VideoStream> AssignStreams(Ssrc audio, ValueArray<VideoStream> offered) =>
        offered.Take(VideoStream.MaxPerSession).Select((stream, index) => new VideoStream
        {
            Type = "video",
            Rid = stream.Rid,
            Quality = stream.Quality,
            Ssrc = new Ssrc(audio.Video.Value + (uint)(2 * index)),
            RtxSsrc = new Ssrc(audio.Retransmission.Value + (uint)(2 * index)),
            Active = false,
        }).ToValueArray();

    internal static VoiceReady? Read(JsonElement d)
    {
        if (d.Source("ssrc") is not { } ssrc || d.Text("ip", MaxAddressLength) is not { } ip
            || d.Int("port") is not (> 0 and <= ushort.MaxValue and var port))
        {
            return null;
        }

        return new VoiceReady(ssrc, ip, port, ReadModes(d), d.List("streams", VideoStream.MaxPerSession, VideoStream.Read));
    }

    internal void Write(Utf8JsonWriter writer, int? heartbeatIntervalMs)
    {
        writer.WriteStartObject();
        writer.WriteNumber("ssrc"u8, Ssrc.Value);
        writer.WriteString("ip"u8, Ip);
        writer.WriteNumber("port"u8, Port);
        writer.WriteStartArray("modes"u8);
        foreach (var mode in Modes)
        {
            writer.WriteStringValue(mode.ToWireName());
        }

        writer.WriteEndArray();
        writer.WriteStartArray("experiments"u8);
        writer.WriteEndArray();
        VideoStream.WriteList(writer, Streams);
        writer.WriteOptional("heartbeat_interval"u8, heartbeatIntervalMs);
        writer.WriteEndObject();
    }

    private static ValueArray<TransportEncryptionMode> ReadModes(JsonElement d)
    {
        var known = d.List("modes", MaxModes, element => element.ValueKind == JsonValueKind.String ? element.GetString() : null);
        return known
            .Select(name => TransportEncryptionModes.TryParse(name, out var mode) ? mode : (TransportEncryptionMode?)null)
            .OfType<TransportEncryptionMode>()
            .ToValueArray();
    }
}
