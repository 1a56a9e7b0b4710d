namespace VoiceCluster.Client.Pacing;

/// <summary>Time that never goes back.</summary>
public static class MonotonicTime
{
    extension(TimeProvider time)
    {
        /// <summary>The time since some fixed moment of this process's machine.</summary>
        public TimeSpan Now() => time.GetElapsedTime(0);
    }
}
