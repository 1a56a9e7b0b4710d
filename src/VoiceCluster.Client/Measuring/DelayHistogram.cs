using System.Numerics;

namespace VoiceCluster.Client.Measuring;

/// <summary>Counts delays and answers percentiles, in fixed memory and within 2 % of the true value.</summary>
/// <remarks>
/// Delays are counted in whole microseconds, in buckets that grow with the value: exact below 64 µs, then 64 buckets
/// for each doubling, up to about one minute; longer ones count as that. Any thread may record and read.
/// </remarks>
public sealed class DelayHistogram
{
    private const int SubBucketBits = 6;
    private const int SubBuckets = 1 << SubBucketBits;
    private const int Doublings = 20;
    private const long LargestMicroseconds = ((long)SubBuckets << Doublings) - 1;

    private readonly long[] _counts = new long[SubBuckets * (Doublings + 1)];
    private long _maxMicroseconds;

    /// <summary>How many delays were recorded.</summary>
    public long Count => _counts.Sum(static _ => _);

    /// <summary>The longest delay recorded, within the largest that can be told apart.</summary>
    public TimeSpan Max => TimeSpan.FromMicroseconds(Volatile.Read(ref _maxMicroseconds));

    /// <summary>Records one delay; a negative one (a clock read out of order) counts as none.</summary>
    public void Record(TimeSpan delay)
    {
        var microseconds = Math.Clamp((long)delay.TotalMicroseconds, 0, LargestMicroseconds);
        Interlocked.Increment(ref _counts[BucketOf(microseconds)]);
        RaiseMax(microseconds);
    }

    /// <summary>A new one with everything that several have recorded.</summary>
    public static DelayHistogram Sum(params IEnumerable<DelayHistogram> parts)
    {
        var sum = new DelayHistogram();
        foreach (var part in parts)
        {
            sum.Add(part);
        }

        return sum;
    }

    /// <summary>Adds everything that <paramref name="other"/> has recorded.</summary>
    public void Add(DelayHistogram other)
    {
        for (var bucket = 0; bucket < _counts.Length; bucket++)
        {
            Interlocked.Add(ref _counts[bucket], Volatile.Read(ref other._counts[bucket]));
        }

        RaiseMax(Volatile.Read(ref other._maxMicroseconds));
    }

    /// <summary>The smallest delay that at least <paramref name="percent"/> of the recorded ones do not exceed.</summary>
    /// <param name="percent">From 0 to 100.</param>
    /// <returns>The upper end of the bucket that holds it; zero when nothing was recorded.</returns>
    public TimeSpan Percentile(double percent)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(percent);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(percent, 100);
        var wanted = Math.Max(1, (long)Math.Ceiling(Count * percent / 100));
        var seen = 0L;
        for (var bucket = 0; bucket < _counts.Length; bucket++)
        {
            seen += Volatile.Read(ref _counts[bucket]);
            if (seen >= wanted)
            {
                return TimeSpan.FromMicroseconds(Math.Min(UpperEndOf(bucket), Volatile.Read(ref _maxMicroseconds)));
            }
        }

        return TimeSpan.Zero;
    }

    private static int BucketOf(long microseconds)
    {
        if (microseconds < SubBuckets)
        {
            return (int)microseconds;
        }

        var doubling = BitOperations.Log2((ulong)microseconds) - SubBucketBits;
        return ((doubling + 1) << SubBucketBits) + (int)(microseconds >> doubling) - SubBuckets;
    }

    private static long UpperEndOf(int bucket)
    {
        if (bucket < SubBuckets)
        {
            return bucket;
        }

        var doubling = (bucket >> SubBucketBits) - 1;
        var first = (long)((bucket & (SubBuckets - 1)) + SubBuckets) << doubling;
        return first + (1L << doubling) - 1;
    }

    private void RaiseMax(long microseconds)
    {
        var seen = Volatile.Read(ref _maxMicroseconds);
        while (microseconds > seen)
        {
            var before = Interlocked.CompareExchange(ref _maxMicroseconds, microseconds, seen);
            if (before == seen)
            {
                return;
            }

            seen = before;
        }
    }
}
