using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json;
using System.Text.Unicode;

namespace VoiceCluster.Protocol.Primitives;

/// <summary>Turns the bytes of one text frame into JSON that is safe to read, and JSON into the bytes of a frame.</summary>
/// <remarks>
/// <para>
/// <see cref="JsonDocument"/> defers two checks to the moment a string is read, and then throws: bytes that are not
/// UTF-8, and escaped halves of surrogate pairs. Here the first makes the frame undecodable, and the second becomes
/// U+FFFD, so that every string and every property name of the document can be read without an exception.
/// </para>
/// <para>Strict JSON otherwise: no comments, no trailing commas, no byte order mark, nothing after the value.</para>
/// <para>Of keys that occur twice the last one counts. Any thread.</para>
/// </remarks>
public static class JsonFrame
{
    [ThreadStatic]
    private static ArrayBufferWriter<byte>? _buffer;

    [ThreadStatic]
    private static Utf8JsonWriter? _writer;

    /// <summary>Parses a whole frame.</summary>
    /// <param name="utf8">The frame; copied, so the caller may use its buffer again at once.</param>
    /// <param name="maxDepth">Objects and arrays inside one another that are allowed, the root included.</param>
    /// <param name="document">The document, to be disposed by the caller.</param>
    /// <returns>False when the bytes are not UTF-8, not one JSON value, or nested deeper. Does not throw for any input.</returns>
    public static bool TryParse(ReadOnlySpan<byte> utf8, int maxDepth, [NotNullWhen(true)] out JsonDocument? document)
    {
        document = null;
        if (!Utf8.IsValid(utf8))
        {
            return false;
        }

        var frame = utf8.ToArray();
        ReplaceLoneSurrogates(frame);
        try
        {
            document = JsonDocument.Parse(frame, new JsonDocumentOptions { MaxDepth = maxDepth });
            return true;
        }
        catch (JsonException)
        {
            // The only way JsonDocument has to say that the bytes are no JSON.
            return false;
        }
    }

    /// <summary>Writes one JSON value.</summary>
    /// <param name="state">Handed to <paramref name="write"/>.</param>
    /// <param name="write">Writes one value.</param>
    /// <returns>A fresh array. The buffer behind it is kept per thread and cleared after use, since frames may hold keys.</returns>
    internal static byte[] Write<TState>(TState state, Action<Utf8JsonWriter, TState> write)
        where TState : allows ref struct
    {
        var buffer = _buffer ??= new ArrayBufferWriter<byte>(512);
        buffer.Clear();
        var writer = _writer ??= new Utf8JsonWriter(buffer);
        writer.Reset(buffer);
        write(writer, state);
        writer.Flush();
        var frame = buffer.WrittenSpan.ToArray();
        buffer.Clear();
        return frame;
    }

    /// <summary>Overwrites every escape of half a surrogate pair with the escape of U+FFFD, which is as long.</summary>
    private static void ReplaceLoneSurrogates(Span<byte> json)
    {
        var at = NextBackslash(json, 0);
        while (at >= 0)
        {
            at = NextBackslash(json, at + RepairEscape(json[at..]));
        }
    }

    /// <summary>Repairs the escape that begins here, if it is half a pair, and tells how many bytes to go on by.</summary>
    private static int RepairEscape(Span<byte> json)
    {
        if (!TryReadEscape(json, out var unit) || !char.IsSurrogate(unit))
        {
            return 2;
        }

        if (char.IsHighSurrogate(unit) && TryReadEscape(json[6..], out var second) && char.IsLowSurrogate(second))
        {
            return 12;
        }

        "fffd"u8.CopyTo(json[2..]);
        return 6;
    }

    private static int NextBackslash(ReadOnlySpan<byte> json, int from)
    {
        if (from >= json.Length)
        {
            return -1;
        }

        var offset = json[from..].IndexOf((byte)'\\');
        return offset < 0 ? -1 : from + offset;
    }

    private static bool TryReadEscape(ReadOnlySpan<byte> json, out char unit)
    {
        unit = default;
        if (json.Length < 6 || json[0] != '\\' || json[1] != 'u')
        {
            return false;
        }

        if (!ushort.TryParse(json.Slice(2, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value))
        {
            return false;
        }

        unit = (char)value;
        return true;
    }
}
