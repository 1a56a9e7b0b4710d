using System.Text.Json;
using System.Text.Unicode;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Protocol.Gateway.Client;

/// <summary>A text message of a server, as a client reads it.</summary>
/// <remarks>For tools and tests. Source: Discord "Voice Connections".</remarks>
public abstract record VoiceServerMessage
{
    /// <summary>The longest message read, in bytes: a list of the users of the largest call fits in it.</summary>
    public const int MaxBytes = 1024 * 1024;

    private VoiceServerMessage()
    {
    }

    /// <summary>The number of the message from version 8 on; 0 if it has none.</summary>
    public ushort Sequence { get; init; }

    /// <summary>HELLO.</summary>
    /// <param name="Version">The version the server speaks; null in the flat form.</param>
    /// <param name="HeartbeatInterval">The interval asked for.</param>
    public sealed record Hello(int? Version, TimeSpan HeartbeatInterval) : VoiceServerMessage;

    /// <summary>READY.</summary>
    /// <param name="Value">What it says; modes that are not known are left out.</param>
    /// <param name="HeartbeatInterval">The interval repeated in it, up to version 3.</param>
    public sealed record Ready(VoiceReady Value, TimeSpan? HeartbeatInterval) : VoiceServerMessage;

    /// <summary>Session description.</summary>
    /// <param name="DaveProtocolVersion">Version of end-to-end encryption; null if the server left it out.</param>
    public sealed record SessionDescription(VoiceSessionDescription Value, int? DaveProtocolVersion) : VoiceServerMessage;

    /// <summary>The answer to a heartbeat.</summary>
    /// <param name="RawNonce">The nonce as it came; empty if null.</param>
    public sealed record HeartbeatAck(ValueArray<byte> RawNonce) : VoiceServerMessage;

    /// <summary>The server wants a heartbeat now.</summary>
    public sealed record HeartbeatRequest : VoiceServerMessage;

    /// <summary>The answer to a resume.</summary>
    public sealed record Resumed : VoiceServerMessage;

    /// <summary>The answer to opcode 16.</summary>
    public sealed record BackendVersion(string Voice, string RtcWorker) : VoiceServerMessage;

    /// <summary>An event of the call.</summary>
    public sealed record Event(VoiceEvent Value) : VoiceServerMessage;

    /// <summary>An opcode this reader does not know; to be ignored.</summary>
    public sealed record Unknown(int Opcode) : VoiceServerMessage;

    /// <summary>Reads one message. Does not throw for any bytes.</summary>
    /// <param name="utf8">The whole message; not kept.</param>
    /// <param name="version">The version of the socket.</param>
    /// <param name="message">Set if the result is <see cref="VoiceDecodeError.None"/>.</param>
    public static VoiceDecodeError TryParse(ReadOnlySpan<byte> utf8, VoiceGatewayVersion version, out VoiceServerMessage? message)
    {
        message = null;
        if (utf8.Length > MaxBytes)
        {
            return VoiceDecodeError.TooLong;
        }

        if (!Utf8.IsValid(utf8))
        {
            return VoiceDecodeError.NotAnEnvelope;
        }

        try
        {
            using var document = JsonEnvelope.Parse(utf8);
            return Read(document.RootElement, version, out message);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return VoiceDecodeError.NotAnEnvelope;
        }
    }

    private static VoiceDecodeError Read(JsonElement envelope, VoiceGatewayVersion version, out VoiceServerMessage? message)
    {
        message = null;
        var opcode = JsonEnvelope.ReadOpcode(envelope);
        if (opcode is null && (!version.FlatHello || envelope.Field("heartbeat_interval").ValueKind == JsonValueKind.Undefined))
        {
            return VoiceDecodeError.NotAnEnvelope;
        }

        message = opcode is { } number ? ReadData(number, envelope.Field("d"), version) : ReadHello(envelope);
        if (message is null)
        {
            return VoiceDecodeError.MalformedData;
        }

        message = message with { Sequence = (ushort)(envelope.Int("seq") is > 0 and <= ushort.MaxValue and var sequence ? sequence : 0) };
        return VoiceDecodeError.None;
    }

    private static VoiceServerMessage? ReadData(int opcode, JsonElement d, VoiceGatewayVersion version) => (VoiceOpcode)opcode switch
    {
        VoiceOpcode.Hello => ReadHello(d),
        VoiceOpcode.Ready => VoiceReady.Read(d) is { } ready ? new Ready(ready, ReadInterval(d)) : null,
        VoiceOpcode.SessionDescription => VoiceSessionDescription.Read(d) is { } description
            ? new SessionDescription(description, d.Int("dave_protocol_version"))
            : null,
        VoiceOpcode.Heartbeat when version.HeartbeatAckOpcode != VoiceOpcode.Heartbeat => new HeartbeatRequest(),
        VoiceOpcode.Heartbeat or VoiceOpcode.HeartbeatAck => ReadAck(d),
        VoiceOpcode.Resumed => new Resumed(),
        VoiceOpcode.VoiceBackendVersion => new BackendVersion(d.Text("voice", 256) ?? string.Empty, d.Text("rtc_worker", 256) ?? string.Empty),
        VoiceOpcode.Speaking or VoiceOpcode.ClientsConnect or VoiceOpcode.Video or VoiceOpcode.ClientDisconnect
            or VoiceOpcode.SessionUpdate or VoiceOpcode.MediaSinkWants or VoiceOpcode.ClientFlags or VoiceOpcode.ClientPlatform =>
            VoiceEvent.Read((VoiceOpcode)opcode, d) is { } voiceEvent ? new Event(voiceEvent) : null,
        _ => new Unknown(opcode),
    };

    private static Hello? ReadHello(JsonElement d) => ReadInterval(d) is { } interval ? new Hello(d.Int("v"), interval) : null;

    private static TimeSpan? ReadInterval(JsonElement d) =>
        d.Int("heartbeat_interval") is > 0 and var milliseconds ? TimeSpan.FromMilliseconds(milliseconds) : null;

    private static HeartbeatAck? ReadAck(JsonElement d) =>
        Heartbeat.TryCopyNonce(d.ValueKind == JsonValueKind.Object ? d.Field("t") : d, out var nonce) ? new HeartbeatAck(nonce) : null;
}
