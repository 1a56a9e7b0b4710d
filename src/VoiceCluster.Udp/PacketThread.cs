using System.Runtime.InteropServices;
using VoiceCluster.Udp.Linux;

namespace VoiceCluster.Udp;

/// <summary>How urgently the system should run a packet loop.</summary>
public enum ThreadUrgency
{
    /// <summary>Like every other thread.</summary>
    Normal,

    /// <summary>Before others, by a nice value; they still get their share.</summary>
    Raised,

    /// <summary>Before all ordinary threads, by the real-time scheduler; one that never waits could keep a core for itself.</summary>
    RealTime,
}

/// <summary>What a packet loop asks of the system for the thread that it runs on. Every call is for the calling thread.</summary>
public static class PacketThread
{
    private const int NiceValue = -10;
    private const int LowestNiceValue = -1;
    private const int RealTimePriority = 10;

    /// <summary>Raises the calling thread as far as the system permits.</summary>
    /// <returns>What was got, which is at most what was asked for.</returns>
    public static ThreadUrgency Raise(ThreadUrgency wanted)
    {
        if (!LinuxDatagramSocket.IsSupported || wanted == ThreadUrgency.Normal)
        {
            return ThreadUrgency.Normal;
        }

        if (wanted == ThreadUrgency.RealTime && TrySchedule(RealTimePriority))
        {
            return ThreadUrgency.RealTime;
        }

        return TryRenice() ? ThreadUrgency.Raised : ThreadUrgency.Normal;
    }

    /// <summary>Keeps the calling thread on one core.</summary>
    /// <param name="core">Counted from 0.</param>
    /// <returns>False where that cannot be had: no such core, or none that this process may use.</returns>
    public static unsafe bool TryPin(int core)
    {
        if (!LinuxDatagramSocket.IsSupported || core is < 0 or >= CoreMask.Cores)
        {
            return false;
        }

        var mask = stackalloc ulong[CoreMask.Words];
        new Span<ulong>(mask, CoreMask.Words).Clear();
        mask[core / CoreMask.WordBits] = 1UL << (core % CoreMask.WordBits);
        return LibC.SetAffinity(0, CoreMask.Bytes, mask) == 0;
    }

    /// <summary>Processor time that the calling thread has used, in nanoseconds; 0 where the system does not tell.</summary>
    public static unsafe long ReadProcessorTime()
    {
        KernelTime time;
        return LinuxDatagramSocket.IsSupported && LibC.GetTime(LibC.ClockThreadProcessorTime, &time) == 0
            ? (time.Seconds * 1_000_000_000) + time.Fraction
            : 0;
    }

    /// <summary>Lets the calling thread rest. A signal ends the rest early.</summary>
    /// <param name="duration">Above 0; the system's timers are good to some 50 us on Linux, and to milliseconds elsewhere.</param>
    public static unsafe void Rest(TimeSpan duration)
    {
        if (!LinuxDatagramSocket.IsSupported)
        {
            Thread.Sleep(duration);
            return;
        }

        var seconds = duration.Ticks / TimeSpan.TicksPerSecond;
        var time = new KernelTime { Seconds = seconds, Fraction = (duration.Ticks - (seconds * TimeSpan.TicksPerSecond)) * TimeSpan.NanosecondsPerTick };
        _ = LibC.Sleep(&time, null);
    }

    private static unsafe bool TrySchedule(int priority) => LibC.SetScheduler(0, LibC.SchedulerRoundRobin | LibC.SchedulerResetOnFork, &priority) == 0;

    // A limit may permit less than is asked for; to Linux a thread is a process of its own in this.
    private static bool TryRenice()
    {
        for (var nice = NiceValue; nice <= LowestNiceValue; nice++)
        {
            if (LibC.SetPriority(LibC.PriorityOfProcess, 0, nice) == 0)
            {
                return true;
            }
        }

        return false;
    }
}
