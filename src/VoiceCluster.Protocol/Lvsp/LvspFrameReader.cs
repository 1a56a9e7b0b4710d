using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using System.Text.Json;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Protocol.Lvsp;

/// <summary>Reads the frames a backend sends.</summary>
/// <remarks>
/// <c>{"op": integer, "d": object}</c>. A <c>d</c> that is missing or no object counts as <c>{}</c>; unknown fields are
/// ignored; of a key that occurs twice the last one counts; null counts as missing. Any thread. Source: LVSP "Envelope".
/// </remarks>
public static class LvspFrameReader
{
    /// <summary>Objects and arrays inside one another that a frame may have, its own braces included.</summary>
    public const int MaxDepth = 32;

    /// <summary>Reads one text frame.</summary>
    /// <param name="utf8">The whole frame; not kept.</param>
    /// <param name="frame">The message; null after an error.</param>
    /// <param name="error">What is wrong; <c>None</c> on success.</param>
    /// <returns>False when the frame is no LVSP message. Does not throw for any input.</returns>
    public static bool TryRead(ReadOnlySpan<byte> utf8, [NotNullWhen(true)] out LvspFrame? frame, out LvspDecodeError error)
    {
        frame = null;
        error = LvspDecodeError.NotJson;
        if (!JsonFrame.TryParse(utf8, MaxDepth, out var document))
        {
            return false;
        }

        using (document)
        {
            error = Read(document.RootElement, out frame);
        }

        return error == LvspDecodeError.None;
    }

    private static LvspDecodeError Read(JsonElement root, out LvspFrame? frame)
    {
        frame = null;
        if (root.ValueKind != JsonValueKind.Object)
        {
            return LvspDecodeError.NotAnObject;
        }

        if (!root.TryGetProperty("op"u8, out var op) || !IsInteger(op))
        {
            return LvspDecodeError.NoOpcode;
        }

        root.TryGetProperty("d"u8, out var body);
        frame = op.TryGetInt32(out var opcode) ? ReadBody((LvspOpcode)opcode, body) : new LvspFrame.Unexpected();
        return LvspDecodeError.None;
    }

    private static LvspFrame ReadBody(LvspOpcode opcode, JsonElement body) => opcode switch
    {
        LvspOpcode.Identify => new LvspFrame.Identify(Text(body, "token")),
        LvspOpcode.Resume => new LvspFrame.Resume(Text(body, "token"), Counter(body, "seq"), Text(body, "session_id")),
        LvspOpcode.Heartbeat => new LvspFrame.Heartbeat(Counter(body, "s") ?? 0),
        LvspOpcode.Info => LvspInfoReader.ReadInfo(body),
        LvspOpcode.VoiceStateRequest => LvspInfoReader.ReadVoiceStateRequest(body),
        _ => new LvspFrame.Unexpected(),
    };

    private static string? Text(JsonElement body, string name) =>
        TryGet(body, name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static long? Counter(JsonElement body, string name) =>
        TryGet(body, name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) && number >= 0
            ? number
            : null;

    private static bool TryGet(JsonElement body, string name, out JsonElement value)
    {
        value = default;
        return body.ValueKind == JsonValueKind.Object && body.TryGetProperty(name, out value);
    }

    /// <summary>Whether a value is written with digits and at most a minus; its size does not matter.</summary>
    internal static bool IsInteger(JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && !JsonMarshal.GetRawUtf8Value(value).ContainsAny(".eE"u8);
}
