namespace VoiceCluster.Node.Configuration;

/// <summary>Finds what someone who mistyped a name probably meant.</summary>
internal static class Suggestion
{
    /// <summary>The nearest candidate, or null when none is near: at most a third of the letters may differ.</summary>
    public static string? For(string name, IEnumerable<string> candidates)
    {
        var best = candidates
            .Select(candidate => (candidate, distance: Distance(name, candidate)))
            .OrderBy(pair => pair.distance)
            .ThenBy(pair => pair.candidate, StringComparer.Ordinal)
            .FirstOrDefault();
        return best.candidate is not null && best.distance <= Math.Max(2, name.Length / 3) ? best.candidate : null;
    }

    /// <summary>Like <see cref="For"/>, but a key that stands in another section comes first: the section is what people forget.</summary>
    public static string? ForKey(string key, IReadOnlyCollection<string> known)
    {
        var sameName = known.Where(candidate => LastPart(candidate).Equals(LastPart(key), StringComparison.OrdinalIgnoreCase)).ToArray();
        return For(key, sameName) ?? For(key, known) ?? (sameName.Length == 1 ? sameName[0] : null);
    }

    private static string LastPart(string key) => key[(key.LastIndexOf(':') + 1)..];

    /// <summary>Edits between two texts, where swapping two neighbours is one edit and case does not count.</summary>
    private static int Distance(string left, string right)
    {
        var table = new int[left.Length + 1, right.Length + 1];
        for (var i = 0; i <= left.Length; i++)
        {
            for (var j = 0; j <= right.Length; j++)
            {
                table[i, j] = i == 0 || j == 0 ? i + j : Cheapest(table, left, right, i, j);
            }
        }
        return table[left.Length, right.Length];
    }

    private static int Cheapest(int[,] table, string left, string right, int i, int j)
    {
        var cost = Same(left[i - 1], right[j - 1]) ? 0 : 1;
        var cheapest = Math.Min(Math.Min(table[i - 1, j] + 1, table[i, j - 1] + 1), table[i - 1, j - 1] + cost);
        var swapped = i > 1 && j > 1 && Same(left[i - 1], right[j - 2]) && Same(left[i - 2], right[j - 1]);
        return swapped ? Math.Min(cheapest, table[i - 2, j - 2] + 1) : cheapest;
    }

    private static bool Same(char left, char right) => char.ToUpperInvariant(left) == char.ToUpperInvariant(right);
}
