using System.Text.Json;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Protocol.Gateway;

/// <summary>Opcode 1: a client chooses transport and mode. A later one asks for a new session description.</summary>
/// <remarks>
/// <code>
/// {"protocol":"udp","data":{"address":"198.51.100.4","port":50505,"mode":"…"},"codecs":[…]}
/// {"protocol":"webrtc","data":"SDP fragment","codecs":[…]}
/// </code>
/// Address and port are a claim: several clients report the port with its bytes swapped, so only datagrams tell where a
/// client really is. Copies of the three at the top level are ignored.
/// Source: Discord "Voice Connections", Establishing a Voice UDP Connection.
/// </remarks>
/// <param name="Protocol">The transport; empty if none was named.</param>
/// <param name="HasTransport">False if <c>data</c> was null or absent: the client has no transport yet and will say more later.</param>
/// <param name="Address">What the client believes its address to be.</param>
/// <param name="Port">What the client believes its port to be, 0 to 65535.</param>
/// <param name="Mode">The chosen encryption mode as on the wire.</param>
/// <param name="Codecs">
/// What it sends and plays. Empty if it named none that can be: Opus at 120 then, and, as all libraries are like that, none of what only official
/// clients take (header extensions, markers, RTCP).
/// </param>
public sealed record SelectProtocol(
    string Protocol,
    bool HasTransport = true,
    string? Address = null,
    int? Port = null,
    string? Mode = null,
    ValueArray<VoiceCodec> Codecs = default) : VoiceClientMessage
{
    /// <summary>Datagrams with a key from the session description.</summary>
    public const string Udp = "udp";

    /// <summary>ICE and DTLS-SRTP.</summary>
    public const string WebRtc = "webrtc";

    private const int MaxTextLength = 64;

    /// <inheritdoc />
    public override VoiceOpcode Opcode => VoiceOpcode.SelectProtocol;

    internal static SelectProtocol? Read(JsonElement d)
    {
        if (d.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        var protocol = d.Text("protocol", MaxTextLength) ?? string.Empty;
        var data = d.Field("data");
        if (protocol == Udp && data.ValueKind is not (JsonValueKind.Object or JsonValueKind.Undefined))
        {
            return null;
        }

        return new SelectProtocol(protocol, data.ValueKind != JsonValueKind.Undefined)
        {
            Address = data.Text("address", MaxTextLength)?.Trim('\0', ' '),
            Port = data.Int("port") is >= 0 and <= ushort.MaxValue and var port ? port : null,
            Mode = data.Text("mode", MaxTextLength),
            Codecs = VoiceCodec.ReadList(d),
        };
    }

    internal override void WriteData(Utf8JsonWriter writer, VoiceGatewayVersion version)
    {
        writer.WriteStartObject();
        writer.WriteString("protocol"u8, Protocol);
        writer.WritePropertyName("data"u8);
        WriteTransport(writer);
        if (!Codecs.IsEmpty)
        {
            VoiceCodec.WriteList(writer, Codecs);
        }

        writer.WriteEndObject();
    }

    private void WriteTransport(Utf8JsonWriter writer)
    {
        if (!HasTransport)
        {
            writer.WriteNullValue();
            return;
        }

        writer.WriteStartObject();
        writer.WriteOptional("address"u8, Address);
        writer.WriteOptional("port"u8, Port);
        writer.WriteOptional("mode"u8, Mode);
        writer.WriteEndObject();
    }
}
