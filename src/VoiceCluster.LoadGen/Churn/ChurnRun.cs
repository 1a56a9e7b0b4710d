using VoiceCluster.Client.Lvsp;
using VoiceCluster.Client.Metrics;
using VoiceCluster.Client.Sockets;
using VoiceCluster.LoadGen.Nodes;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.LoadGen.Churn;

/// <summary>What a churn run found.</summary>
internal sealed record ChurnResult(ChurnCounts Counts, TimeSpan Duration, IReadOnlyList<BeforeAndAfter> Figures, double AllowedGrowthPercent)
{
    /// <summary>Whether all joined and left, and the node is as it was before.</summary>
    public bool IsGood => Counts.Failed == 0 && Figures.All(figure => figure.IsWithin(AllowedGrowthPercent));
}

/// <summary>Warm-up, reading, joins and leaves, rest, reading.</summary>
internal sealed class ChurnRun(ChurnOptions options, NodeMetrics node, TimeProvider time, Action<string> progress)
{
    private static readonly TimeSpan ProgressInterval = TimeSpan.FromSeconds(5);

    private readonly Rest _rest = new(node, time, options.SettleLimit);
    private readonly ulong _firstId = (ulong)Random.Shared.NextInt64(1L << 50, 1L << 60);
    private ulong _nextUser;

    /// <summary>Runs.</summary>
    /// <exception cref="ClientException">The node cannot be reached, or its metrics cannot be read.</exception>
    public async Task<ChurnResult> RunAsync(CancellationToken cancellation)
    {
        await node.ReadAsync(cancellation);
        await using var backend = await LvspClient.ConnectAsync(
            new LvspClientOptions { Url = options.LvspUrl, Secret = options.Secret, Trust = options.Trust, Name = "loadgen" },
            cancellation);

        progress($"warm-up: {options.WarmUp} joins and leaves");
        await ChurnAsync(backend, options.WarmUp, new ChurnCounts(), cancellation);
        progress("waiting until the node is at rest");
        var before = await _rest.UntilEmptyAsync(cancellation);

        var counts = new ChurnCounts();
        var begun = time.GetTimestamp();
        await ChurnAsync(backend, options.Joins, counts, cancellation);
        var duration = time.GetElapsedTime(begun);

        progress("waiting until the node is as before");
        return new ChurnResult(counts, duration, await _rest.UntilAsBeforeAsync(before, options.AllowedGrowthPercent, cancellation), options.AllowedGrowthPercent);
    }

    private async Task ChurnAsync(LvspClient backend, int joins, ChurnCounts counts, CancellationToken cancellation)
    {
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = options.Concurrency, CancellationToken = cancellation };
        var running = Parallel.ForEachAsync(Enumerable.Range(0, joins), parallel, (number, stop) => RunOneAsync(backend, number, counts, stop));
        while (await Task.WhenAny(running, Task.Delay(ProgressInterval, time, cancellation)) != running)
        {
            progress($"{counts.Done} of {joins} joined and left, {counts.Failed} failed");
        }

        await running;
        foreach (var channel in Enumerable.Range(0, options.Channels))
        {
            await backend.DestroyChannelAsync(ChannelId(channel), GuildId(channel), cancellation);
        }
    }

    private async ValueTask RunOneAsync(LvspClient backend, int number, ChurnCounts counts, CancellationToken cancellation)
    {
        var userId = new Snowflake(_firstId + (1UL << 32) + Interlocked.Increment(ref _nextUser));
        var channel = number % options.Channels;
        try
        {
            await new ChurnedUser(backend, options, counts, time).RunAsync(number, userId, ChannelId(channel), GuildId(channel), cancellation);
            counts.Count();
        }
        catch (ClientException exception) when (!backend.Ended.IsCompleted)
        {
            counts.CountFailure(exception.Message);
        }
    }

    private Snowflake ChannelId(int channel) => new(_firstId + 1 + (2 * (ulong)channel));

    private Snowflake GuildId(int channel) => new(_firstId + (2 * (ulong)channel));
}
