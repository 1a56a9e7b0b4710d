using VoiceCluster.Client.Lvsp;
using VoiceCluster.Client.Metrics;
using VoiceCluster.Client.Sockets;
using VoiceCluster.LoadGen.Nodes;

namespace VoiceCluster.LoadGen.Churn;

/// <summary>What a churn run found.</summary>
internal sealed record ChurnResult(ChurnCounts Counts, TimeSpan Duration, IReadOnlyList<BeforeAndAfter> Figures, double AllowedGrowthPercent)
{
    /// <summary>Whether all joined and left, and everything is as it was before.</summary>
    public bool IsGood => Counts.Failed == 0 && Figures.All(figure => figure.IsWithin(AllowedGrowthPercent));
}

/// <summary>One node: warm-up, reading, joins and leaves, rest, reading.</summary>
internal sealed class ChurnRun(LvspClientOptions link, ChurnOptions options, NodeAdmin node, TimeProvider time, Action<string> progress)
{
    private readonly Rest _rest = new(node, time, options.SettleLimit);
    private readonly ChurnLoad _load = new(options, time, progress);

    /// <summary>Runs.</summary>
    /// <exception cref="ClientException">The node cannot be reached, or its metrics cannot be read.</exception>
    public async Task<ChurnResult> RunAsync(CancellationToken cancellation)
    {
        await node.ReadCollectedMetricsAsync(cancellation);
        await using var backend = await LvspClient.ConnectAsync(link, cancellation);

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
        await _load.RunAsync(joins, counts, (visit, stop) => VisitAsync(backend, visit, counts, stop), cancellation);
        foreach (var channel in _load.Channels)
        {
            await backend.DestroyChannelAsync(channel.Channel, channel.Guild, cancellation);
        }
    }

    private async ValueTask VisitAsync(LvspClient backend, ChurnVisit visit, ChurnCounts counts, CancellationToken cancellation)
    {
        try
        {
            await new ChurnedUser(new OneLink(backend), options, counts, time).RunAsync(visit, cancellation);
            counts.Count();
        }
        catch (ClientException exception) when (!backend.Ended.IsCompleted)
        {
            counts.CountFailure(exception.Message);
        }
    }
}
