using System.Text.Json;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Protocol.Gateway;

/// <summary>A codec in opcodes 1 and 14.</summary>
/// <remarks>Source: Userdoccers "Voice Connections", Codec Structure.</remarks>
/// <param name="Name">As in SDP: <c>opus</c>, <c>H264</c>, <c>VP8</c>, <c>VP9</c>, <c>AV1</c>, <c>H265</c>.</param>
/// <param name="Type"><c>audio</c> or <c>video</c>.</param>
/// <param name="Priority">Lower is preferred; usually steps of 1,000.</param>
/// <param name="PayloadType">The RTP payload type, 0 to 127.</param>
/// <param name="RtxPayloadType">The payload type of retransmissions, video only.</param>
/// <param name="Encode">The client can send it.</param>
/// <param name="Decode">The client can play it.</param>
public sealed record VoiceCodec(
    string Name,
    string Type,
    int Priority,
    int PayloadType,
    int? RtxPayloadType = null,
    bool Encode = true,
    bool Decode = true)
{
    /// <summary>The most codecs that are read from one message.</summary>
    public const int MaxPerMessage = 32;

    private const int MaxNameLength = 32;

    /// <summary>Voice at the payload type that clients without a codec list use.</summary>
    public static VoiceCodec Opus { get; } = new("opus", "audio", 1000, 120);

    internal static ValueArray<VoiceCodec> ReadList(JsonElement d) => d.List("codecs", MaxPerMessage, Read);

    internal static void WriteList(Utf8JsonWriter writer, ValueArray<VoiceCodec> codecs)
    {
        writer.WriteStartArray("codecs"u8);
        foreach (var codec in codecs)
        {
            codec.Write(writer);
        }

        writer.WriteEndArray();
    }

    private static VoiceCodec? Read(JsonElement element)
    {
        if (element.Text("name", MaxNameLength) is not { Length: > 0 } name
            || element.Text("type", MaxNameLength) is not { Length: > 0 } type
            || element.Int("payload_type") is not (>= 0 and <= 127 and var payloadType))
        {
            return null;
        }

        return new VoiceCodec(name, type, element.Int("priority") ?? 0, payloadType)
        {
            RtxPayloadType = element.Int("rtx_payload_type") is >= 0 and <= 127 and var rtx ? rtx : null,
            Encode = element.Bool("encode") ?? true,
            Decode = element.Bool("decode") ?? true,
        };
    }

    private void Write(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WriteString("name"u8, Name);
        writer.WriteString("type"u8, Type);
        writer.WriteNumber("priority"u8, Priority);
        writer.WriteNumber("payload_type"u8, PayloadType);
        writer.WriteOptional("rtx_payload_type"u8, RtxPayloadType);
        writer.WriteBoolean("encode"u8, Encode);
        writer.WriteBoolean("decode"u8, Decode);
        writer.WriteEndObject();
    }
}
