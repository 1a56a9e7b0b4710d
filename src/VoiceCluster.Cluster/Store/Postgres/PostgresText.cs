using System.Globalization;
using System.Text;

namespace VoiceCluster.Cluster.Store.Postgres;

/// <summary>Text that the database can hold: without NUL and lone surrogates, which peers can put into names.</summary>
/// <remarks>They are written as a backslash and four hex digits; a backslash as <c>\005c</c>.</remarks>
internal static class PostgresText
{
    public static string Escape(string text)
    {
        var first = FindFirst(text);
        if (first < 0)
        {
            return text;
        }

        var escaped = new StringBuilder(text.Length + 16).Append(text, 0, first);
        for (var index = first; index < text.Length; index++)
        {
            if (IsSpecial(text, index))
            {
                escaped.Append(CultureInfo.InvariantCulture, $"\\{(int)text[index]:x4}");
            }
            else
            {
                escaped.Append(text[index]);
            }
        }

        return escaped.ToString();
    }

    public static string Unescape(string text)
    {
        if (!text.Contains('\\', StringComparison.Ordinal))
        {
            return text;
        }

        var plain = new StringBuilder(text.Length);
        for (var index = 0; index < text.Length; index++)
        {
            if (text[index] == '\\'
                && index + 4 < text.Length
                && ushort.TryParse(text.AsSpan(index + 1, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code))
            {
                plain.Append((char)code);
                index += 4;
            }
            else
            {
                plain.Append(text[index]);
            }
        }

        return plain.ToString();
    }

    private static int FindFirst(string text)
    {
        for (var index = 0; index < text.Length; index++)
        {
            if (IsSpecial(text, index))
            {
                return index;
            }
        }

        return -1;
    }

    private static bool IsSpecial(string text, int index)
    {
        var character = text[index];
        if (character is '\0' or '\\')
        {
            return true;
        }

        if (!char.IsSurrogate(character))
        {
            return false;
        }

        var isPaired = char.IsHighSurrogate(character)
            ? index + 1 < text.Length && char.IsLowSurrogate(text[index + 1])
            : index > 0 && char.IsHighSurrogate(text[index - 1]);
        return !isPaired;
    }
}
