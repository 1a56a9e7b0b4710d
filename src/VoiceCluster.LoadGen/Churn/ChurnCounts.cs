using System.Collections.Concurrent;
using VoiceCluster.Client.Measuring;

namespace VoiceCluster.LoadGen.Churn;

/// <summary>What became of the joins. Any thread.</summary>
internal sealed class ChurnCounts
{
    private readonly ConcurrentDictionary<string, int> _failures = new();
    private int _done;

    /// <summary>Time from asking to join until the key for media was there.</summary>
    public DelayHistogram JoinTimes { get; } = new();

    /// <summary>Joins that are over, well or not.</summary>
    public int Done => Volatile.Read(ref _done);

    /// <summary>Joins that failed.</summary>
    public int Failed => _failures.Values.Sum();

    /// <summary>What failed, with how often.</summary>
    public IReadOnlyDictionary<string, int> Failures => _failures;

    /// <summary>Counts one that went well.</summary>
    public void Count() => Interlocked.Increment(ref _done);

    /// <summary>Counts one that failed; digits are left out of the message, so that the same failure of many users is one.</summary>
    public void CountFailure(string message)
    {
        Interlocked.Increment(ref _done);
        _failures.AddOrUpdate(string.Concat(message.Where(character => !char.IsAsciiDigit(character))), 1, (_, count) => count + 1);
    }
}
