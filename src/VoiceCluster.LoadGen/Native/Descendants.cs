using System.Globalization;

namespace VoiceCluster.LoadGen.Native;

/// <summary>The processes that a process has started, and those that they have.</summary>
internal static class Descendants
{
    /// <summary>How many live; 0 where that cannot be read.</summary>
    public static int CountOf(int process) => Count(ReadParents(), process);

    /// <summary>Counts below one process.</summary>
    /// <param name="parents">The parent of each process.</param>
    /// <param name="root">Which one; it is not counted itself.</param>
    internal static int Count(IReadOnlyDictionary<int, int> parents, int root)
    {
        var children = parents.ToLookup(process => process.Value, process => process.Key);
        var waiting = new Stack<int>(children[root]);
        var count = 0;
        while (waiting.TryPop(out var process))
        {
            count++;
            foreach (var child in children[process])
            {
                waiting.Push(child);
            }
        }

        return count;
    }

    /// <summary>Reads a line such as <c>4711 (name of it) S 4710 …</c>: id, name, state, parent. The name may hold anything.</summary>
    internal static (int Process, int Parent)? Parse(string line)
    {
        var nameEnd = line.LastIndexOf(')');
        var columns = nameEnd < 0 ? [] : line[(nameEnd + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return columns.Length > 1
            && int.TryParse(line.AsSpan(0, line.IndexOf(' ', StringComparison.Ordinal)), NumberStyles.None, CultureInfo.InvariantCulture, out var process)
            && int.TryParse(columns[1], NumberStyles.None, CultureInfo.InvariantCulture, out var parent)
            ? (process, parent)
            : null;
    }

    private static Dictionary<int, int> ReadParents()
    {
        var parents = new Dictionary<int, int>();
        foreach (var directory in Directory.EnumerateDirectories("/proc").Where(directory => char.IsAsciiDigit(Path.GetFileName(directory)[0])))
        {
            try
            {
                if (Parse(File.ReadAllText(Path.Combine(directory, "stat"))) is var (process, parent))
                {
                    parents[process] = parent;
                }
            }
            catch (IOException)
            {
                // It has just ended.
            }
        }

        return parents;
    }
}
