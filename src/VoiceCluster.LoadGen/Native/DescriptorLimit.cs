namespace VoiceCluster.LoadGen.Native;

/// <summary>How many files and sockets a process may have open.</summary>
internal static class DescriptorLimit
{
    private const string File = "/proc/self/limits";
    private const int ForEverythingElse = 1_000;
    private const int Unknown = 1_024;

    /// <summary>How many connections a process of this user can hold, with some descriptors left for the rest.</summary>
    public static int ForSockets() =>
        Math.Max(1, (System.IO.File.Exists(File) ? Read(System.IO.File.ReadLines(File)) : Unknown) - ForEverythingElse);

    /// <summary>The hard limit, to which the runtime raises its own.</summary>
    internal static int Read(IEnumerable<string> lines)
    {
        var line = lines.FirstOrDefault(line => line.StartsWith("Max open files", StringComparison.Ordinal));
        var columns = line?["Max open files".Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries) ?? [];
        return columns.Length > 1 && int.TryParse(columns[1], out var hard) ? hard : Unknown;
    }
}
