using System.Runtime.InteropServices;

namespace VoiceCluster.LoadGen.Native;

/// <summary>Signals to other processes, by the numbers that x86-64 and arm64 share.</summary>
internal static partial class ProcessSignal
{
    public const int User1 = 10;
    public const int Terminate = 15;
    public const int Continue = 18;
    public const int Stop = 19;

    /// <summary>Sends one; a process that has ended is not missed.</summary>
    public static void Send(int process, int signal) => _ = Kill(process, signal);

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);
}
