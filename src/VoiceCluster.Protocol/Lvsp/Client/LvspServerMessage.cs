using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Protocol.Lvsp.Client;

/// <summary>One message from an LVSP server, as a backend reads it.</summary>
public abstract record LvspServerMessage
{
    private LvspServerMessage()
    {
    }

    /// <summary>HELLO.</summary>
    /// <param name="HeartbeatInterval">The number as sent: milliseconds, or seconds with <c>compat=litecord</c>.</param>
    /// <param name="Nonce">What the token is made from.</param>
    public sealed record Hello(long HeartbeatInterval, string Nonce) : LvspServerMessage;

    /// <summary>READY.</summary>
    /// <param name="Health">0 to 1.</param>
    /// <param name="SessionId">For RESUME; empty when the server gives none.</param>
    /// <param name="Resumed">Whether an earlier session goes on.</param>
    public sealed record Ready(double Health, string SessionId, bool Resumed) : LvspServerMessage
    {
        /// <summary>Prints without the session's name, which is half of what a RESUME needs.</summary>
        protected override bool PrintMembers(StringBuilder builder)
        {
            builder.Append("Health = ").Append(Health).Append(", Resumed = ").Append(Resumed);
            return true;
        }
    }

    /// <summary>HEARTBEAT_ACK.</summary>
    /// <param name="SequenceNumber">The heartbeat's own number.</param>
    /// <param name="HighestSent">The highest number the server has sent.</param>
    /// <param name="Health">0 to 1.</param>
    public sealed record HeartbeatAck(long SequenceNumber, long HighestSent, double Health) : LvspServerMessage;

    /// <summary>INFO.</summary>
    /// <param name="SequenceNumber">Root <c>s</c>, to be remembered for RESUME; 0 when missing.</param>
    /// <param name="Form">The form it was written in.</param>
    /// <param name="Notice">What it says; null when this reader knows no such notice.</param>
    public sealed record Info(long SequenceNumber, LvspForm Form, LvspNotice? Notice) : LvspServerMessage;
}

/// <summary>Reads the frames a server sends.</summary>
public static class LvspServerMessageReader
{
    /// <summary>Reads one text frame.</summary>
    /// <param name="utf8">The whole frame; not kept.</param>
    /// <param name="message">The message, or null.</param>
    /// <returns>False for anything a server may not send. Does not throw for any input.</returns>
    public static bool TryRead(ReadOnlySpan<byte> utf8, [NotNullWhen(true)] out LvspServerMessage? message)
    {
        message = null;
        if (!JsonFrame.TryParse(utf8, LvspFrameReader.MaxDepth, out var document))
        {
            return false;
        }

        using (document)
        {
            message = Read(document.RootElement);
        }

        return message is not null;
    }

    private static LvspServerMessage? Read(JsonElement root)
    {
        if (SmallNumber(root, "op") is not { } opcode || !TryGet(root, "d", out var d))
        {
            return null;
        }

        return (LvspOpcode)opcode switch
        {
            LvspOpcode.Hello => ReadHello(d),
            LvspOpcode.Ready => ReadReady(d),
            LvspOpcode.HeartbeatAck => ReadHeartbeatAck(d),
            LvspOpcode.Info => LvspNoticeReader.ReadInfo(Number(root, "s") ?? 0, d),
            _ => null,
        };
    }

    private static LvspServerMessage.Hello? ReadHello(JsonElement d) =>
        Number(d, "heartbeat_interval") is { } interval && Text(d, "nonce") is { } nonce
            ? new LvspServerMessage.Hello(interval, nonce)
            : null;

    private static LvspServerMessage.Ready? ReadReady(JsonElement d) =>
        Real(d, "health") is { } health ? new LvspServerMessage.Ready(health, Text(d, "session_id") ?? string.Empty, Flag(d, "resumed")) : null;

    private static LvspServerMessage.HeartbeatAck? ReadHeartbeatAck(JsonElement d) =>
        Real(d, "health") is { } health
            ? new LvspServerMessage.HeartbeatAck(Number(d, "s") ?? 0, Number(d, "seq") ?? 0, health)
            : null;

    internal static string? Text(JsonElement body, string name) =>
        TryGet(body, name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    internal static bool Flag(JsonElement body, string name) => TryGet(body, name, out var value) && value.ValueKind == JsonValueKind.True;

    internal static long? Number(JsonElement body, string name) =>
        TryGet(body, name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) ? number : null;

    /// <summary>An opcode or type: whatever is larger is none, and must not wrap round to one.</summary>
    internal static int? SmallNumber(JsonElement body, string name) => Number(body, name) is >= 0 and <= 255 and var number ? (int)number : null;

    internal static Snowflake? Id(JsonElement body, string name) =>
        TryGet(body, name, out var value) && Snowflake.TryRead(value, out var id) ? id : null;

    internal static bool TryGet(JsonElement body, string name, out JsonElement value)
    {
        value = default;
        return body.ValueKind == JsonValueKind.Object && body.TryGetProperty(name, out value);
    }

    private static double? Real(JsonElement body, string name) =>
        TryGet(body, name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) ? number : null;
}
