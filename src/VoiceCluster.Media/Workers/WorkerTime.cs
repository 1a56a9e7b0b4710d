namespace VoiceCluster.Media.Workers;

/// <summary>One reading of both clocks.</summary>
/// <param name="Now">Monotonic, in ticks of 100 ns from some start.</param>
/// <param name="UnixNanoseconds">Wall clock, to compare with the kernel's timestamps only.</param>
internal readonly record struct WorkerTime(long Now, long UnixNanoseconds);

/// <summary>Reads both clocks.</summary>
internal sealed class WorkerClock(TimeProvider time)
{
    private const long NanosecondsPerTick = 100;

    private readonly TimeProvider _time = time;
    private readonly long _start = time.GetTimestamp();

    public WorkerTime Read() => new(
        _time.GetElapsedTime(_start).Ticks,
        (_time.GetUtcNow().UtcTicks - DateTime.UnixEpoch.Ticks) * NanosecondsPerTick);
}
