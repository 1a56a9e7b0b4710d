using System.Runtime.InteropServices;

namespace VoiceCluster.LoadGen.Peers;

/// <summary>What the base library does not offer: a fine sleep, and a signal that asks a process to end.</summary>
internal static partial class LibC
{
    private const int SignalTerminate = 15;

    /// <summary>Sleeps for less than a second; a signal may end it early.</summary>
    public static void Sleep(TimeSpan duration) => _ = NanoSleep(new TimeSpecification(0, duration.Ticks * TimeSpan.NanosecondsPerTick), 0);

    /// <summary>Asks a process to end. It may have ended already.</summary>
    public static void Terminate(int process) => _ = Kill(process, SignalTerminate);

    [LibraryImport("libc", EntryPoint = "nanosleep")]
    private static partial int NanoSleep(in TimeSpecification requested, nint remaining);

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);

    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct TimeSpecification(long Seconds, long Nanoseconds);
}
