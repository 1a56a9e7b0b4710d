using VoiceCluster.Udp.Linux;

namespace VoiceCluster.LoadGen.Native;

/// <summary>Clocks of the machine and of other processes.</summary>
internal static unsafe class MachineClock
{
    private const int Realtime = 0;
    private const int Monotonic = 1;

    /// <summary>Nanoseconds since 1970, the clock of the kernel's receive timestamps.</summary>
    public static long UnixNanoseconds() => Math.Max(0, Read(Realtime));

    /// <summary>Nanoseconds of a clock that never goes back.</summary>
    public static long MonotonicNanoseconds() => Math.Max(0, Read(Monotonic));

    /// <summary>What a process has run so far in all its threads, ended ones too, in user and kernel mode, as the scheduler counts it.</summary>
    /// <returns>Nanoseconds; -1 if there is no such process.</returns>
    public static long CpuNanoseconds(int process)
    {
        // How the kernel writes "the CPU clock of that process, by the scheduler": clock_getcpuclockid(3) does no more than this.
        return Read((~process << 3) | 2);
    }

    private static long Read(int clock)
    {
        KernelTime time;
        return LibC.GetTime(clock, &time) == 0 ? (time.Seconds * 1_000_000_000) + time.Fraction : -1;
    }
}
