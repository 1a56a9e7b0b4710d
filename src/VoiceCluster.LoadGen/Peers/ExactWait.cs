using VoiceCluster.Client.Pacing;

namespace VoiceCluster.LoadGen.Peers;

/// <summary>Waits to within some microseconds, where <see cref="Thread.Sleep(TimeSpan)"/> knows milliseconds only.</summary>
internal static class ExactWait
{
    // The kernel wakes a sleeper up to 50 us late; the rest is spun.
    private static readonly TimeSpan Spun = TimeSpan.FromMicroseconds(60);
    private static readonly TimeSpan LongestSleep = TimeSpan.FromMilliseconds(100);

    /// <summary>Returns at a moment of <see cref="MonotonicTime"/>, at once if it has passed.</summary>
    public static void Until(TimeSpan due, CancellationToken cancellation)
    {
        for (var left = due - TimeProvider.System.Now(); left > TimeSpan.Zero; left = due - TimeProvider.System.Now())
        {
            cancellation.ThrowIfCancellationRequested();
            if (left > Spun)
            {
                LibC.Sleep(left - Spun < LongestSleep ? left - Spun : LongestSleep);
            }
        }
    }
}
