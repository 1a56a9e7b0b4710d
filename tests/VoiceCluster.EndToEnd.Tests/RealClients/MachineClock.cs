using System.Diagnostics;

namespace VoiceCluster.EndToEnd.Tests.RealClients;

/// <summary>The machine's monotonic clock. .NET and Node.js both read the same one on Linux, so times of two processes compare.</summary>
internal static class MachineClock
{
    public static TimeSpan Now => Stopwatch.GetElapsedTime(0);
}
