using System.Diagnostics;

namespace VoiceCluster.LoadGen.Peers;

/// <summary>Where this process may run.</summary>
internal static class LoadProcessors
{
    private const string Taskset = "/usr/bin/taskset";

    /// <summary>Leaves a processor to the server, if there is another one and a <c>taskset</c>: all threads of this process, and those they start, run elsewhere.</summary>
    public static void KeepOff(int processor)
    {
        var others = Enumerable.Range(0, Environment.ProcessorCount).Where(number => number != processor).ToArray();
        if (others.Length == 0 || !File.Exists(Taskset))
        {
            return;
        }

        var start = new ProcessStartInfo(Taskset, ["--all-tasks", "--cpu-list", "--pid", string.Join(',', others), $"{Environment.ProcessId}"])
        {
            RedirectStandardOutput = true,
            UseShellExecute = false,
        };
        using var taskset = Process.Start(start);
        taskset?.StandardOutput.ReadToEnd();
        taskset?.WaitForExit();
    }
}
