using System.Text.Json;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Protocol.Gateway;

/// <summary>One layer of a user's video, in opcodes 0, 2 and 12.</summary>
/// <remarks>
/// Identify offers type, rid and quality; READY answers with sources; opcode 12 tells the current state. Members that
/// were not sent are null. Source: Userdoccers "Voice Connections", Stream Structure.
/// </remarks>
public sealed record VideoStream
{
    /// <summary>The most streams a session has: pairs of video and retransmission after the audio source of its block.</summary>
    public const int MaxPerSession = (Primitives.Ssrc.BlockSize - 1) / 2;

    private const int MaxTextLength = 32;

    /// <summary><c>video</c>, <c>screen</c> or <c>test</c>.</summary>
    public string? Type { get; init; }

    /// <summary>Name of the layer, such as <c>100</c>.</summary>
    public string? Rid { get; init; }

    /// <summary>0 to 100.</summary>
    public int? Quality { get; init; }

    /// <summary>The video source; 0 while there is none.</summary>
    public Ssrc? Ssrc { get; init; }

    /// <summary>The retransmission source.</summary>
    public Ssrc? RtxSsrc { get; init; }

    /// <summary>The stream is being sent.</summary>
    public bool? Active { get; init; }

    /// <summary>Bits per second.</summary>
    public int? MaxBitrate { get; init; }

    /// <summary>Frames per second.</summary>
    public int? MaxFramerate { get; init; }

    /// <summary>The largest picture.</summary>
    public VideoResolution? MaxResolution { get; init; }

    internal static VideoStream? Read(JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        return new VideoStream
        {
            Type = element.Text("type", MaxTextLength),
            Rid = element.Text("rid", MaxTextLength),
            Quality = element.Int("quality"),
            Ssrc = element.Source("ssrc"),
            RtxSsrc = element.Source("rtx_ssrc"),
            Active = element.Bool("active"),
            MaxBitrate = element.Int("max_bitrate"),
            MaxFramerate = element.Int("max_framerate"),
            MaxResolution = VideoResolution.Read(element.Field("max_resolution")),
        };
    }

    internal static void WriteList(Utf8JsonWriter writer, ValueArray<VideoStream> streams)
    {
        writer.WriteStartArray("streams"u8);
        foreach (var stream in streams)
        {
            stream.Write(writer);
        }

        writer.WriteEndArray();
    }

    private void Write(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WriteOptional("type"u8, Type);
        writer.WriteOptional("rid"u8, Rid);
        writer.WriteOptional("quality"u8, Quality);
        writer.WriteOptional("ssrc"u8, Ssrc?.Value);
        writer.WriteOptional("rtx_ssrc"u8, RtxSsrc?.Value);
        writer.WriteOptional("active"u8, Active);
        writer.WriteOptional("max_bitrate"u8, MaxBitrate);
        writer.WriteOptional("max_framerate"u8, MaxFramerate);
        MaxResolution?.Write(writer);
        writer.WriteEndObject();
    }
}

/// <summary>The largest picture of a video stream.</summary>
/// <param name="Type"><c>fixed</c>, or <c>source</c> with 0 by 0 for whatever the source has.</param>
/// <param name="Width">Pixels.</param>
/// <param name="Height">Pixels.</param>
public sealed record VideoResolution(string Type, int Width, int Height)
{
    private const int MaxTextLength = 16;

    internal static VideoResolution? Read(JsonElement element) =>
        element.Text("type", MaxTextLength) is { } type
            ? new VideoResolution(type, element.Int("width") ?? 0, element.Int("height") ?? 0)
            : null;

    internal void Write(Utf8JsonWriter writer)
    {
        writer.WriteStartObject("max_resolution"u8);
        writer.WriteString("type"u8, Type);
        writer.WriteNumber("width"u8, Width);
        writer.WriteNumber("height"u8, Height);
        writer.WriteEndObject();
    }
}
