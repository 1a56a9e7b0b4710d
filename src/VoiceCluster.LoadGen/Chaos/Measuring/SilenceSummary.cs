using VoiceCluster.LoadGen.Bench;

namespace VoiceCluster.LoadGen.Chaos.Measuring;

/// <summary>How long silences were, over a number of pairs of a listener and a speaker.</summary>
/// <param name="Pairs">How many pairs.</param>
/// <param name="P50">Half of them had no longer one.</param>
/// <param name="P95">95 of 100 had no longer one.</param>
/// <param name="P99">99 of 100 had no longer one.</param>
/// <param name="Max">The longest.</param>
internal sealed record SilenceSummary(int Pairs, TimeSpan P50, TimeSpan P95, TimeSpan P99, TimeSpan Max)
{
    /// <summary>Sums up the longest silence of each pair.</summary>
    public static SilenceSummary Of(IEnumerable<TimeSpan> longest)
    {
        TimeSpan[] sorted = [.. longest.Order()];
        return new SilenceSummary(sorted.Length, At(50), At(95), At(99), At(100));

        TimeSpan At(int percent) => Statistics.NearestRank(sorted, percent);
    }
}
