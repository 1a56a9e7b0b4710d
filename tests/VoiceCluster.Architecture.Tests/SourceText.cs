using System.Text;

namespace VoiceCluster.Architecture.Tests;

/// <summary>C# text in which comments, literals and directives are blanked out, so that braces and semicolons can be counted.</summary>
/// <remarks>Line breaks stay, so that positions keep their lines.</remarks>
internal static class SourceText
{
    public static string Blank(string text)
    {
        var result = new StringBuilder(text);
        var position = 0;
        while (position < text.Length)
        {
            var end = EndOfBlank(text, position);
            for (var index = position; index < end; index++)
            {
                if (text[index] != '\n')
                {
                    result[index] = ' ';
                }
            }
            position = Math.Max(end, position + 1);
        }
        return result.ToString();
    }

    /// <summary>Where the comment, literal or directive that begins at a position ends; the position itself if none begins there.</summary>
    private static int EndOfBlank(string text, int position)
    {
        if (StartsWith(text, position, "//") || IsDirective(text, position))
        {
            return IndexOrEnd(text, "\n", position);
        }
        if (StartsWith(text, position, "/*"))
        {
            return Math.Min(text.Length, IndexOrEnd(text, "*/", position + 2) + 2);
        }
        if (text[position] == '\'')
        {
            return EndOfQuoted(text, position + 1, '\'');
        }
        return text[position] is '"' or '$' or '@' ? EndOfString(text, position) : position;
    }

    private static int EndOfString(string text, int position)
    {
        var quote = position;
        while (quote < text.Length && text[quote] is '$' or '@')
        {
            quote++;
        }
        if (quote >= text.Length || text[quote] != '"')
        {
            return position;
        }
        var prefix = text[position..quote];
        var quotes = text[quote..].TakeWhile(character => character == '"').Count();
        if (quotes >= 3 && !prefix.Contains('@'))
        {
            return Math.Min(text.Length, IndexOrEnd(text, new string('"', quotes), quote + quotes) + quotes);
        }
        return prefix.Contains('$') ? EndOfInterpolated(text, quote + 1, prefix.Contains('@'))
            : prefix.Contains('@') ? EndOfVerbatim(text, quote + 1)
            : EndOfQuoted(text, quote + 1, '"');
    }

    private static int EndOfQuoted(string text, int position, char quote)
    {
        while (position < text.Length && text[position] != quote && text[position] != '\n')
        {
            position += text[position] == '\\' ? 2 : 1;
        }
        return Math.Min(text.Length, position + 1);
    }

    private static int EndOfVerbatim(string text, int position)
    {
        while (position < text.Length && (text[position] != '"' || StartsWith(text, position, "\"\"")))
        {
            position += text[position] == '"' ? 2 : 1;
        }
        return Math.Min(text.Length, position + 1);
    }

    private static int EndOfInterpolated(string text, int position, bool verbatim)
    {
        while (position < text.Length)
        {
            switch (text[position])
            {
                case '\\' when !verbatim:
                case '{' when StartsWith(text, position, "{{"):
                case '"' when verbatim && StartsWith(text, position, "\"\""):
                    position += 2;
                    break;
                case '{':
                    position = EndOfHole(text, position + 1);
                    break;
                case '"':
                    return position + 1;
                default:
                    position++;
                    break;
            }
        }
        return text.Length;
    }

    private static int EndOfHole(string text, int position)
    {
        for (var depth = 1; position < text.Length && depth > 0;)
        {
            var end = EndOfBlank(text, position);
            depth += end > position ? 0 : text[position] switch { '{' => 1, '}' => -1, _ => 0 };
            position = Math.Max(end, position + 1);
        }
        return position;
    }

    private static bool IsDirective(string text, int position)
    {
        if (text[position] != '#')
        {
            return false;
        }
        var lineStart = text.LastIndexOf('\n', position) + 1;
        return string.IsNullOrWhiteSpace(text[lineStart..position]);
    }

    private static bool StartsWith(string text, int position, string start) => string.CompareOrdinal(text, position, start, 0, start.Length) == 0;

    private static int IndexOrEnd(string text, string sought, int from)
    {
        var index = text.IndexOf(sought, Math.Min(from, text.Length), StringComparison.Ordinal);
        return index < 0 ? text.Length : index;
    }
}
