using System.Globalization;

namespace VoiceCluster.LoadGen.Bench;

/// <summary>On what and how a bench was run.</summary>
internal static class Machine
{
    private const string ProcessorFile = "/proc/cpuinfo";

    /// <summary>One line above each table of a bench.</summary>
    public static string Describe(BenchOptions options, DateTimeOffset now, string command) => string.Create(
        CultureInfo.InvariantCulture,
        $"{Describe(now, command)}; node on core {options.Core}, load on the others; " +
        $"medians of {options.Repetitions} times {options.Window.TotalSeconds:0.#} s, payload {options.PayloadLength} bytes.");

    /// <summary>When, by which command, and on what machine.</summary>
    public static string Describe(DateTimeOffset now, string command) => string.Create(
        CultureInfo.InvariantCulture,
        $"{now:yyyy-MM-dd}, `{command}`: {Environment.ProcessorCount} cores, {Processor()}, {Environment.OSVersion.VersionString}, .NET {Environment.Version}");

    private static string Processor()
    {
        const string Model = "model name";
        var line = File.Exists(ProcessorFile)
            ? File.ReadLines(ProcessorFile).FirstOrDefault(line => line.StartsWith(Model, StringComparison.Ordinal))
            : null;
        return line is null ? System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture.ToString() : line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim();
    }
}
