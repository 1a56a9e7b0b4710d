namespace VoiceCluster.LoadGen.Bench;

/// <summary>What repeated measurements come to.</summary>
internal static class Statistics
{
    /// <summary>The middle value, or the mean of the two in the middle; not a number if there is none.</summary>
    public static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        var middle = sorted.Count / 2;
        return sorted.Count switch
        {
            0 => double.NaN,
            _ when sorted.Count % 2 == 1 => sorted[middle],
            _ => (sorted[middle - 1] + sorted[middle]) / 2,
        };
    }

    /// <summary>The least of some values that a share of all of them does not exceed; the default if there is none.</summary>
    /// <param name="sorted">The values, ascending.</param>
    /// <param name="percent">From 0 to 100.</param>
    public static T? NearestRank<T>(T[] sorted, double percent) =>
        sorted.Length == 0 ? default : sorted[Math.Clamp((int)Math.Ceiling(sorted.Length * percent / 100) - 1, 0, sorted.Length - 1)];

    /// <summary>How evenly something is shared: 1 if all have the same, 1/n if one has all (Jain's index); 1 for nobody and nothing.</summary>
    public static double JainIndex(IEnumerable<double> shares)
    {
        var (count, sum, squares) = (0, 0.0, 0.0);
        foreach (var share in shares)
        {
            count++;
            sum += share;
            squares += share * share;
        }

        return squares == 0 ? 1 : sum * sum / (count * squares);
    }

    /// <summary>The value that a share of all counted ones does not exceed, from cumulative counts, linear inside a bucket.</summary>
    /// <param name="buckets">Upper bound and count of all up to it, rising; the last bound may be infinite.</param>
    /// <param name="percent">From 0 to 100.</param>
    /// <returns>The lower bound of the last bucket if it has no end; not a number if nothing was counted.</returns>
    public static double Percentile(IReadOnlyList<(double Bound, double Count)> buckets, double percent)
    {
        var total = buckets.Count == 0 ? 0 : buckets[^1].Count;
        if (total <= 0)
        {
            return double.NaN;
        }

        var wanted = total * percent / 100;
        var (lower, below) = (0.0, 0.0);
        foreach (var (bound, count) in buckets)
        {
            if (count >= wanted && count > below)
            {
                return double.IsInfinity(bound) ? lower : lower + ((bound - lower) * Math.Max(0, wanted - below) / (count - below));
            }

            (lower, below) = (double.IsInfinity(bound) ? lower : bound, count);
        }

        return lower;
    }
}
