using System.Text.RegularExpressions;

namespace VoiceCluster.Architecture.Tests;

/// <summary>A member with code in it: a method, constructor, operator, property or accessor list.</summary>
/// <param name="Header">Its declaration, shortened.</param>
/// <param name="FirstLine">Line of the declaration, counted from 1.</param>
/// <param name="Lines">Lines from the declaration to the end of the body.</param>
/// <param name="HasReason">A comment stands directly above it.</param>
internal sealed record ScannedMember(string Header, int FirstLine, int Lines, bool HasReason);

/// <summary>Finds the members of C# types by counting braces. Knows no grammar, so it reads every version of the language.</summary>
internal static partial class MethodScanner
{
    public static IEnumerable<ScannedMember> Scan(string source)
    {
        var lines = source.Split('\n');
        var text = SourceText.Blank(source);
        var types = new Stack<int>();
        var depth = 0;
        var start = 0;
        for (var position = 0; position < text.Length; position++)
        {
            var atTypeLevel = depth == types.Count;
            switch (text[position])
            {
                case '{' when atTypeLevel && TypeHeader().IsMatch(text[start..position]):
                    types.Push(depth++);
                    start = position + 1;
                    break;
                case '{':
                    depth++;
                    break;
                case '}' when types.Count > 0 && depth == types.Peek() + 1 && atTypeLevel:
                    depth = types.Pop();
                    start = position + 1;
                    break;
                case '}':
                    depth--;
                    if (depth == types.Count && EndsMember(text, position))
                    {
                        yield return Member(lines, text, start, position);
                        start = position + 1;
                    }
                    break;
                case ';' when atTypeLevel:
                    if (text[start..position].Contains("=>", StringComparison.Ordinal))
                    {
                        yield return Member(lines, text, start, position);
                    }
                    start = position + 1;
                    break;
            }
        }
    }

    // After the block of a lambda, an initializer or a switch expression the member goes on to its semicolon.
    private static bool EndsMember(string text, int position)
    {
        var next = position + 1;
        while (next < text.Length && char.IsWhiteSpace(text[next]))
        {
            next++;
        }
        return next >= text.Length || text[next] is not (';' or ',' or ')' or ']' or '.' or '=' or '?' or ':' or '+' or '!');
    }

    // Attributes stand between the comment and the declaration, and do not count as part of its length: a table of test data is no code.
    private static ScannedMember Member(string[] lines, string text, int start, int end)
    {
        start = SkipSpace(text, start, end);
        var commented = LineOf(text, start);
        while (start < end && text[start] == '[')
        {
            start = SkipSpace(text, EndOfAttribute(text, start, end), end);
        }
        var first = LineOf(text, start);
        return new ScannedMember(lines[first].Trim(), first + 1, LineOf(text, end) - first + 1, HasReason(lines, commented));
    }

    private static int SkipSpace(string text, int position, int end)
    {
        while (position < end && char.IsWhiteSpace(text[position]))
        {
            position++;
        }
        return position;
    }

    private static int EndOfAttribute(string text, int position, int end)
    {
        var depth = 0;
        do
        {
            depth += text[position++] switch { '[' => 1, ']' => -1, _ => 0 };
        }
        while (position < end && depth > 0);
        return position;
    }

    private static int LineOf(string text, int position) => text.AsSpan(0, position).Count('\n');

    private static bool HasReason(string[] lines, int firstLine)
    {
        var above = firstLine == 0 ? "" : lines[firstLine - 1].Trim();
        return above.StartsWith("//", StringComparison.Ordinal) && !above.StartsWith("///", StringComparison.Ordinal);
    }

    [GeneratedRegex(@"(^|[\s\]])(namespace|class|struct|record|interface|enum|extension)\b(?![^{]*=>)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex TypeHeader();
}
