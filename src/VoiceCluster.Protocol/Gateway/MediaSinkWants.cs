using System.Text.Json;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Protocol.Gateway;

/// <summary>Opcode 15: how much of which source its sender wants to receive.</summary>
/// <remarks>
/// <code>{"any":100,"1001":50,"pixelCounts":{"1001":921600}}</code>
/// 0 means pause, 100 the best there is; values outside are clamped. Keys that are no source are ignored.
/// Source: Userdoccers "Voice Connections", Media Sink Wants.
/// </remarks>
/// <param name="Any">Quality for sources that are not listed; null if not said.</param>
/// <param name="Sources">Quality for single sources.</param>
/// <param name="PixelCounts">Pixels at which single sources are shown.</param>
public sealed record MediaSinkWants(
    int? Any,
    ValueArray<SourceQuality> Sources = default,
    ValueArray<SourcePixelCount> PixelCounts = default) : VoiceClientMessage
{
    /// <summary>The most sources read from one message.</summary>
    public const int MaxSources = 1024;

    /// <inheritdoc />
    public override VoiceOpcode Opcode => VoiceOpcode.MediaSinkWants;

    /// <summary>The quality wanted of one source: its own, else the one for all, else the best.</summary>
    public int QualityOf(Ssrc ssrc)
    {
        foreach (var source in Sources)
        {
            if (source.Ssrc == ssrc)
            {
                return source.Quality;
            }
        }

        return Any ?? 100;
    }

    internal static MediaSinkWants? Read(JsonElement d)
    {
        if (d.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        return new MediaSinkWants(
            d.Int("any") is { } any ? ClampQuality(any) : null,
            ReadSources(d).Select(pair => new SourceQuality(pair.Ssrc, ClampQuality(pair.Value))).ToValueArray(),
            ReadSources(d.Field("pixelCounts")).Select(pair => new SourcePixelCount(pair.Ssrc, pair.Value)).ToValueArray());
    }

    internal override void WriteData(Utf8JsonWriter writer, VoiceGatewayVersion version)
    {
        writer.WriteStartObject();
        writer.WriteOptional("any"u8, Any);
        foreach (var source in Sources)
        {
            writer.WriteNumber(source.Ssrc.ToString(), source.Quality);
        }

        if (!PixelCounts.IsEmpty)
        {
            writer.WriteStartObject("pixelCounts"u8);
            foreach (var source in PixelCounts)
            {
                writer.WriteNumber(source.Ssrc.ToString(), source.Pixels);
            }

            writer.WriteEndObject();
        }

        writer.WriteEndObject();
    }

    private static int ClampQuality(int quality) => Math.Clamp(quality, 0, 100);

    private static IEnumerable<(Ssrc Ssrc, int Value)> ReadSources(JsonElement parent)
    {
        if (parent.ValueKind != JsonValueKind.Object)
        {
            yield break;
        }

        foreach (var member in parent.EnumerateObject().Take(MaxSources))
        {
            if (uint.TryParse(member.Name, out var ssrc) && JsonFields.ToInt(member.Value) is { } value)
            {
                yield return (new Ssrc(ssrc), value);
            }
        }
    }
}

/// <summary>The quality wanted of one source, 0 to 100.</summary>
public readonly record struct SourceQuality(Ssrc Ssrc, int Quality);

/// <summary>The pixels at which one source is shown.</summary>
public readonly record struct SourcePixelCount(Ssrc Ssrc, int Pixels);
