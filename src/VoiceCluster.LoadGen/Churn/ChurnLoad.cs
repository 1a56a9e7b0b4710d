using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.LoadGen.Churn;

/// <summary>A user's one stay in a channel.</summary>
/// <param name="Number">From 0, counted through the run.</param>
/// <param name="User">Nobody else's in this run.</param>
/// <param name="Channel">The channel, and its guild.</param>
internal sealed record ChurnVisit(int Number, Snowflake User, ChurnedChannel Channel);

/// <summary>A channel, alone in its guild.</summary>
internal readonly record struct ChurnedChannel(Snowflake Channel, Snowflake Guild);

/// <summary>Lets users come and go, so many at once.</summary>
internal sealed class ChurnLoad(ChurnOptions options, TimeProvider time, Action<string> progress)
{
    private static readonly TimeSpan ProgressInterval = TimeSpan.FromSeconds(5);

    private readonly ulong _firstId = (ulong)Random.Shared.NextInt64(1L << 50, 1L << 60);
    private int _visits;

    /// <summary>The channels.</summary>
    public IEnumerable<ChurnedChannel> Channels => Enumerable.Range(0, options.Channels).Select(Channel);

    /// <summary>Lets users come and go.</summary>
    /// <param name="joins">How many.</param>
    /// <param name="counts">What became of them, which <paramref name="visit"/> counts.</param>
    /// <param name="visit">One stay.</param>
    public async Task RunAsync(int joins, ChurnCounts counts, Func<ChurnVisit, CancellationToken, ValueTask> visit, CancellationToken cancellation)
    {
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = options.Concurrency, CancellationToken = cancellation };
        var first = _visits;
        _visits += joins;
        var running = Parallel.ForEachAsync(Enumerable.Range(first, joins), parallel, (number, stop) => visit(VisitOf(number), stop));
        while (await Task.WhenAny(running, Task.Delay(ProgressInterval, time, cancellation)) != running)
        {
            progress($"{counts.Done} of {joins} joined and left, {counts.Failed} failed");
        }

        await running;
    }

    private ChurnVisit VisitOf(int number) =>
        new(number, new Snowflake(_firstId + (1UL << 32) + (ulong)number), Channel(number % options.Channels));

    private ChurnedChannel Channel(int channel) =>
        new(new Snowflake(_firstId + 1 + (2 * (ulong)channel)), new Snowflake(_firstId + (2 * (ulong)channel)));
}
