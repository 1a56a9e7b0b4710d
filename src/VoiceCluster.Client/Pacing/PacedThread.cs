using VoiceCluster.Client.Assets;

namespace VoiceCluster.Client.Pacing;

/// <summary>One thread that gives many speakers their turns, so that frames leave on time however busy the thread pool is.</summary>
public static class PacedThread
{
    private static readonly TimeSpan LongestSleep = TimeSpan.FromMilliseconds(1);

    /// <summary>Lets every speaker send until <paramref name="duration"/> is over.</summary>
    /// <param name="speakers">What each does when its turn comes, with the time; called on the one thread.</param>
    /// <param name="time">The clock.</param>
    /// <returns>Ends when the last turn is over; fails with what a speaker threw.</returns>
    public static Task RunAsync(
        IReadOnlyList<Action<TimeSpan>> speakers, TimeSpan duration, TimeProvider time, CancellationToken cancellation)
    {
        if (speakers.Count == 0)
        {
            return Task.Delay(duration, time, cancellation);
        }

        return Task.Factory.StartNew(
            () => Run(speakers, duration, time, cancellation),
            cancellation,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
    }

    private static void Run(IReadOnlyList<Action<TimeSpan>> speakers, TimeSpan duration, TimeProvider time, CancellationToken cancellation)
    {
        var start = time.Now();
        var schedule = new FrameSchedule(speakers.Count, SpeechAsset.FrameDuration, start);
        while (schedule.DueAt < start + duration)
        {
            WaitUntil(schedule.DueAt, time, cancellation);
            speakers[schedule.Speaker](time.Now());
            schedule.Advance();
        }
    }

    private static void WaitUntil(TimeSpan due, TimeProvider time, CancellationToken cancellation)
    {
        for (var left = due - time.Now(); left > TimeSpan.Zero; left = due - time.Now())
        {
            cancellation.ThrowIfCancellationRequested();
            Thread.Sleep(left < LongestSleep ? left : LongestSleep);
        }

        cancellation.ThrowIfCancellationRequested();
    }
}
