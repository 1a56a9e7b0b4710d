using System.Text.Json;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Protocol.Gateway;

/// <summary>Opcode 12 from a client: its video sources.</summary>
/// <remarks>Sources that were not named are 0. All zeros, before any transport exists, says nothing. Source: Userdoccers "Voice Connections", Video.</remarks>
/// <param name="AudioSsrc">The audio source the client believes it has; 0 for none.</param>
/// <param name="VideoSsrc">The first video source; 0 while video is off.</param>
/// <param name="RtxSsrc">The first retransmission source; 0 for none.</param>
/// <param name="Streams">The layers, at most <see cref="VideoStream.MaxPerSession"/>.</param>
public sealed record Video(Ssrc AudioSsrc, Ssrc VideoSsrc = default, Ssrc RtxSsrc = default, ValueArray<VideoStream> Streams = default)
    : VoiceClientMessage
{
    /// <inheritdoc />
    public override VoiceOpcode Opcode => VoiceOpcode.Video;

    /// <summary>Tells whether at least one layer is being sent.</summary>
    public bool IsActive => VideoSsrc.Value != 0 && (Streams.IsEmpty || Streams.Any(stream => stream.Active != false));

    internal static Video? Read(JsonElement d) => d.ValueKind != JsonValueKind.Object ? null : new Video(
        d.Source("audio_ssrc") ?? default,
        d.Source("video_ssrc") ?? default,
        d.Source("rtx_ssrc") ?? default,
        d.List("streams", VideoStream.MaxPerSession, VideoStream.Read));

    internal override void WriteData(Utf8JsonWriter writer, VoiceGatewayVersion version)
    {
        writer.WriteStartObject();
        writer.WriteNumber("audio_ssrc"u8, AudioSsrc.Value);
        writer.WriteNumber("video_ssrc"u8, VideoSsrc.Value);
        writer.WriteNumber("rtx_ssrc"u8, RtxSsrc.Value);
        VideoStream.WriteList(writer, Streams);
        writer.WriteEndObject();
    }
}
