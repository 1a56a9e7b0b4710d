using System.Text.Json;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Protocol.Gateway;

/// <summary>Something a session tells its client about the call. From version 8 on these are numbered and survive a resume.</summary>
/// <remarks>Source: Discord "Voice Connections"; Userdoccers for opcodes 12, 14, 15, 18 and 20.</remarks>
public abstract record VoiceEvent
{
    private protected VoiceEvent()
    {
    }

    /// <summary>The opcode of the message.</summary>
    public abstract VoiceOpcode Opcode { get; }

    /// <summary>Tells whether clients of <paramref name="version"/> are sent it.</summary>
    public virtual bool ExistsAt(VoiceGatewayVersion version) => true;

    /// <summary>Writes the value of <c>d</c> in the form of <paramref name="version"/>.</summary>
    internal abstract void WriteData(Utf8JsonWriter writer, VoiceGatewayVersion version);

    /// <summary>Reads the value of <c>d</c> of a server message; null if the opcode is none of these or the data do not fit.</summary>
    internal static VoiceEvent? Read(VoiceOpcode opcode, JsonElement d) => opcode switch
    {
        VoiceOpcode.Speaking => SpeakingEvent.Read(d),
        VoiceOpcode.ClientsConnect => ClientsConnectEvent.Read(d),
        VoiceOpcode.Video => VideoEvent.Read(d),
        VoiceOpcode.ClientDisconnect => d.Id("user_id") is { } user ? new ClientDisconnectEvent(user) : null,
        VoiceOpcode.SessionUpdate => SessionUpdateEvent.Read(d),
        VoiceOpcode.MediaSinkWants => MediaSinkWants.Read(d) is { } wants ? new MediaSinkWantsEvent(wants) : null,
        VoiceOpcode.ClientFlags => d.Id("user_id") is { } user ? new ClientFlagsEvent(user, d.Int("flags")) : null,
        VoiceOpcode.ClientPlatform => d.Id("user_id") is { } user ? new ClientPlatformEvent(user, d.Int("platform")) : null,
        _ => null,
    };
}

/// <summary>Opcode 5: which user sends with which source. How receivers learn whose a source is.</summary>
/// <param name="UserId">The user.</param>
/// <param name="Ssrc">The source assigned to that user, never one the client named.</param>
/// <param name="Flags">What is sent; up to version 3 only whether anything is.</param>
public sealed record SpeakingEvent(Snowflake UserId, Ssrc Ssrc, SpeakingFlags Flags) : VoiceEvent
{
    /// <inheritdoc />
    public override VoiceOpcode Opcode => VoiceOpcode.Speaking;

    internal static SpeakingEvent? Read(JsonElement d) =>
        d.Id("user_id") is { } user && d.Source("ssrc") is { } ssrc && Speaking.TryReadFlags(d.Field("speaking"), out var flags)
            ? new SpeakingEvent(user, ssrc, flags)
            : null;

    internal override void WriteData(Utf8JsonWriter writer, VoiceGatewayVersion version)
    {
        writer.WriteStartObject();
        writer.WriteId("user_id"u8, UserId);
        writer.WriteNumber("ssrc"u8, Ssrc.Value);
        Speaking.WriteFlags(writer, version, Flags);
        writer.WriteEndObject();
    }
}

/// <summary>Opcode 11: users in the call. To a newcomer all others, to the others the newcomer.</summary>
/// <param name="UserIds">The users, never the receiver.</param>
public sealed record ClientsConnectEvent(ValueArray<Snowflake> UserIds) : VoiceEvent
{
    /// <inheritdoc />
    public override VoiceOpcode Opcode => VoiceOpcode.ClientsConnect;

    internal static ClientsConnectEvent? Read(JsonElement d)
    {
        var field = d.Field("user_ids");
        return field.ValueKind != JsonValueKind.Array ? null : new ClientsConnectEvent(field.EnumerateArray()
            .Select(element => Snowflake.TryRead(element, out var user) ? user : default)
            .Where(user => user != default)
            .ToValueArray());
    }

    internal override void WriteData(Utf8JsonWriter writer, VoiceGatewayVersion version)
    {
        writer.WriteStartObject();
        writer.WriteStartArray("user_ids"u8);
        foreach (var user in UserIds)
        {
            writer.WriteIdValue(user);
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }
}

/// <summary>Opcode 12: a user's video.</summary>
/// <param name="UserId">The user.</param>
/// <param name="AudioSsrc">The user's audio source; 0 would break the receiver's state and is refused.</param>
/// <param name="VideoSsrc">The first video source; 0 while video is off.</param>
/// <param name="Streams">The layers; empty while video is off.</param>
public sealed record VideoEvent(Snowflake UserId, Ssrc AudioSsrc, Ssrc VideoSsrc = default, ValueArray<VideoStream> Streams = default)
    : VoiceEvent
{
    /// <inheritdoc />
    public override VoiceOpcode Opcode => VoiceOpcode.Video;

    /// <summary>The user's audio source, never 0.</summary>
    public Ssrc AudioSsrc { get; init; } = AudioSsrc.Value != 0
        ? AudioSsrc
        : throw new ArgumentOutOfRangeException(nameof(AudioSsrc), "A video event names the audio source.");

    internal static VideoEvent? Read(JsonElement d) =>
        d.Id("user_id") is { } user && d.Source("audio_ssrc") is { Value: not 0 } audio
            ? new VideoEvent(user, audio, d.Source("video_ssrc") ?? default, d.List("streams", VideoStream.MaxPerSession, VideoStream.Read))
            : null;

    internal override void WriteData(Utf8JsonWriter writer, VoiceGatewayVersion version)
    {
        writer.WriteStartObject();
        writer.WriteId("user_id"u8, UserId);
        writer.WriteNumber("audio_ssrc"u8, AudioSsrc.Value);
        writer.WriteNumber("video_ssrc"u8, VideoSsrc.Value);
        VideoStream.WriteList(writer, Streams);
        writer.WriteEndObject();
    }
}

/// <summary>Opcode 13: a user left the call. The source may be given to someone else only after this was sent.</summary>
/// <param name="UserId">The user.</param>
public sealed record ClientDisconnectEvent(Snowflake UserId) : VoiceEvent
{
    /// <inheritdoc />
    public override VoiceOpcode Opcode => VoiceOpcode.ClientDisconnect;

    internal override void WriteData(Utf8JsonWriter writer, VoiceGatewayVersion version)
    {
        writer.WriteStartObject();
        writer.WriteId("user_id"u8, UserId);
        writer.WriteEndObject();
    }
}

/// <summary>Opcode 14: what the client is to send from now on; members that stay are null.</summary>
public sealed record SessionUpdateEvent(
    string? AudioCodec = null,
    string? VideoCodec = null,
    string? MediaSessionId = null,
    int? KeyframeInterval = null) : VoiceEvent
{
    private const int MaxTextLength = 64;

    /// <inheritdoc />
    public override VoiceOpcode Opcode => VoiceOpcode.SessionUpdate;

    internal static SessionUpdateEvent? Read(JsonElement d) => d.ValueKind != JsonValueKind.Object ? null : new SessionUpdateEvent(
        d.Text("audio_codec", MaxTextLength),
        d.Text("video_codec", MaxTextLength),
        d.Text("media_session_id", MaxTextLength),
        d.Int("keyframe_interval"));

    internal override void WriteData(Utf8JsonWriter writer, VoiceGatewayVersion version)
    {
        writer.WriteStartObject();
        writer.WriteOptional("audio_codec"u8, AudioCodec);
        writer.WriteOptional("video_codec"u8, VideoCodec);
        writer.WriteOptional("media_session_id"u8, MediaSessionId);
        writer.WriteOptional("keyframe_interval"u8, KeyframeInterval);
        writer.WriteEndObject();
    }
}

/// <summary>Opcode 15: which of the receiver's own sources are wanted. Only from version 5 on.</summary>
/// <param name="Wants">The qualities.</param>
public sealed record MediaSinkWantsEvent(MediaSinkWants Wants) : VoiceEvent
{
    /// <inheritdoc />
    public override VoiceOpcode Opcode => VoiceOpcode.MediaSinkWants;

    /// <inheritdoc />
    public override bool ExistsAt(VoiceGatewayVersion version) => version.MediaSinkWants;

    internal override void WriteData(Utf8JsonWriter writer, VoiceGatewayVersion version) => Wants.WriteData(writer, version);
}

/// <summary>Opcode 18: flags of a user's client.</summary>
public sealed record ClientFlagsEvent(Snowflake UserId, int? Flags) : VoiceEvent
{
    /// <inheritdoc />
    public override VoiceOpcode Opcode => VoiceOpcode.ClientFlags;

    internal override void WriteData(Utf8JsonWriter writer, VoiceGatewayVersion version) =>
        UserValue.Write(writer, UserId, "flags"u8, Flags);
}

/// <summary>Opcode 20: the kind of device a user is on (0 desktop, 1 mobile, 2 Xbox, 3 PlayStation).</summary>
public sealed record ClientPlatformEvent(Snowflake UserId, int? Platform) : VoiceEvent
{
    /// <inheritdoc />
    public override VoiceOpcode Opcode => VoiceOpcode.ClientPlatform;

    internal override void WriteData(Utf8JsonWriter writer, VoiceGatewayVersion version) =>
        UserValue.Write(writer, UserId, "platform"u8, Platform);
}

internal static class UserValue
{
    public static void Write(Utf8JsonWriter writer, Snowflake user, ReadOnlySpan<byte> name, int? value)
    {
        writer.WriteStartObject();
        writer.WriteId("user_id"u8, user);
        if (value is { } number)
        {
            writer.WriteNumber(name, number);
        }
        else
        {
            writer.WriteNull(name);
        }

        writer.WriteEndObject();
    }
}
