using System.Text.Json;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Protocol.Gateway;

/// <summary>Opcode 4 over UDP: mode, key and codecs. From here on the user is in the call.</summary>
/// <remarks>
/// <code>{"mode":"…","secret_key":[32 integers],"audio_codec":"opus","video_codec":"H264","media_session_id":"…","dave_protocol_version":0}</code>
/// <c>dave_protocol_version</c> is always written: several clients end the connection without it.
/// Source: Discord "Voice Connections", Establishing a Voice UDP Connection.
/// </remarks>
public sealed record VoiceSessionDescription
{
    /// <summary>Length of the key in bytes.</summary>
    public const int SecretKeyLength = 32;

    private const int MaxTextLength = 64;

    /// <summary>Makes a description.</summary>
    /// <exception cref="ArgumentException">The key has another length than 32 bytes.</exception>
    public VoiceSessionDescription(TransportEncryptionMode mode, ValueArray<byte> secretKey, string mediaSessionId)
    {
        if (secretKey.Count != SecretKeyLength)
        {
            throw new ArgumentException("The key of a session has 32 bytes.", nameof(secretKey));
        }

        Mode = mode;
        SecretKey = secretKey;
        MediaSessionId = mediaSessionId;
    }

    /// <summary>The mode the client chose.</summary>
    public TransportEncryptionMode Mode { get; }

    /// <summary>The key of both directions. Its text form names only the length.</summary>
    public ValueArray<byte> SecretKey { get; }

    /// <summary>An id for this media session; 32 hexadecimal digits.</summary>
    public string MediaSessionId { get; }

    /// <summary>The audio codec to send.</summary>
    public string AudioCodec { get; init; } = "opus";

    /// <summary>The video codec to send.</summary>
    public string VideoCodec { get; init; } = "H264";

    /// <summary>Milliseconds between key frames, if they are to come by the clock.</summary>
    public int? KeyframeInterval { get; init; }

    internal static VoiceSessionDescription? Read(JsonElement d)
    {
        if (!TransportEncryptionModes.TryParse(d.Text("mode", MaxTextLength), out var mode)
            || !TryReadKey(d.Field("secret_key"), out var key))
        {
            return null;
        }

        return new VoiceSessionDescription(mode, key, d.Text("media_session_id", MaxTextLength) ?? string.Empty)
        {
            AudioCodec = d.Text("audio_codec", MaxTextLength) ?? "opus",
            VideoCodec = d.Text("video_codec", MaxTextLength) ?? "H264",
            KeyframeInterval = d.Int("keyframe_interval"),
        };
    }

    internal void Write(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WriteString("mode"u8, Mode.ToWireName());
        writer.WriteStartArray("secret_key"u8);
        foreach (var value in SecretKey)
        {
            writer.WriteNumberValue(value);
        }

        writer.WriteEndArray();
        writer.WriteString("audio_codec"u8, AudioCodec);
        writer.WriteString("video_codec"u8, VideoCodec);
        writer.WriteString("media_session_id"u8, MediaSessionId);
        writer.WriteNumber("dave_protocol_version"u8, 0);
        writer.WriteOptional("keyframe_interval"u8, KeyframeInterval);
        writer.WriteEndObject();
    }

    private static bool TryReadKey(JsonElement element, out ValueArray<byte> key)
    {
        key = [];
        if (element.ValueKind != JsonValueKind.Array || element.GetArrayLength() != SecretKeyLength)
        {
            return false;
        }

        var bytes = new byte[SecretKeyLength];
        for (var index = 0; index < bytes.Length; index++)
        {
            if (element[index].ValueKind != JsonValueKind.Number || !element[index].TryGetByte(out bytes[index]))
            {
                return false;
            }
        }

        key = ValueArray.Create<byte>(bytes);
        return true;
    }
}
