using System.Globalization;

namespace VoiceCluster.LoadGen.Native;

/// <summary>What the kernel knows of processes.</summary>
internal static class KernelCounters
{
    /// <summary>Memory of a process that is not swapped out; 0 where that cannot be read.</summary>
    public static long ResidentBytes(int process)
    {
        const int PageSize = 4096;
        var file = $"/proc/{process}/statm";
        return File.Exists(file) ? long.Parse(File.ReadAllText(file).Split(' ')[1], CultureInfo.InvariantCulture) * PageSize : 0;
    }
}
