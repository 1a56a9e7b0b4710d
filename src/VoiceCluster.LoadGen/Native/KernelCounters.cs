using System.Collections.Immutable;
using System.Globalization;

namespace VoiceCluster.LoadGen.Native;

/// <summary>What the kernel knows of processes.</summary>
internal static class KernelCounters
{
    // Of a core's line: user, nice, system, interrupts hard and soft.
    private static readonly ImmutableArray<int> BusyColumns = [1, 2, 3, 6, 7];

    /// <summary>How long each core has run something since the machine started, to a hundredth of a second; empty where that cannot be read.</summary>
    public static ImmutableArray<long> CoreNanoseconds()
    {
        const string Statistics = "/proc/stat";
        return File.Exists(Statistics) ? ParseCores(File.ReadLines(Statistics)) : [];
    }

    /// <summary>Memory of a process that is not swapped out; 0 where that cannot be read.</summary>
    public static long ResidentBytes(int process)
    {
        const int PageSize = 4096;
        var file = $"/proc/{process}/statm";
        return File.Exists(file) ? long.Parse(File.ReadAllText(file).Split(' ')[1], CultureInfo.InvariantCulture) * PageSize : 0;
    }

    /// <summary>Files, sockets and the like that a process has open; 0 where that cannot be read.</summary>
    public static int OpenDescriptors(int process)
    {
        var directory = $"/proc/{process}/fd";
        return Directory.Exists(directory) ? Directory.EnumerateFileSystemEntries(directory).Count() : 0;
    }

    /// <summary>Reads lines such as <c>cpu0 user nice system idle iowait irq softirq steal …</c>, in hundredths of a second.</summary>
    internal static ImmutableArray<long> ParseCores(IEnumerable<string> lines) =>
    [
        .. lines.Where(line => line.StartsWith("cpu", StringComparison.Ordinal) && char.IsAsciiDigit(line[3]))
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Select(columns => BusyColumns.Where(column => column < columns.Length).Sum(column => long.Parse(columns[column], CultureInfo.InvariantCulture)))
            .Select(hundredths => hundredths * 10_000_000),
    ];
}
