using System.Collections.Concurrent;
using VoiceCluster.Client.Measuring;

namespace VoiceCluster.LoadGen.Churn;

/// <summary>What became of the joins. Any thread.</summary>
internal sealed class ChurnCounts
{
    private readonly ConcurrentDictionary<string, int> _failures = new();
    private readonly ConcurrentDictionary<string, int> _interruptions = new();
    private int _done;

    /// <summary>Time from asking to join until the key for media was there.</summary>
    public DelayHistogram JoinTimes { get; } = new();

    /// <summary>Joins that are over, well or not.</summary>
    public int Done => Volatile.Read(ref _done);

    /// <summary>Joins that failed.</summary>
    public int Failed => _failures.Values.Sum();

    /// <summary>Attempts that ended because a node did, after which the user tried again.</summary>
    public int Interrupted => _interruptions.Values.Sum();

    /// <summary>What failed, with how often.</summary>
    public IReadOnlyDictionary<string, int> Failures => _failures;

    /// <summary>How attempts were interrupted, with how often.</summary>
    public IReadOnlyDictionary<string, int> Interruptions => _interruptions;

    /// <summary>Counts one that went well.</summary>
    public void Count() => Interlocked.Increment(ref _done);

    /// <summary>Counts one that failed.</summary>
    public void CountFailure(string message)
    {
        Interlocked.Increment(ref _done);
        Add(_failures, message);
    }

    /// <summary>Counts an attempt that is made again.</summary>
    public void CountInterruption(string message) => Add(_interruptions, message);

    // Digits are left out of messages, so that the same failure of many users is one.
    private static void Add(ConcurrentDictionary<string, int> counts, string message) =>
        counts.AddOrUpdate(string.Concat(message.Where(character => !char.IsAsciiDigit(character))), 1, (_, count) => count + 1);
}
