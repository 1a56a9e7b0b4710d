using VoiceCluster.Client.Metrics;
using VoiceCluster.Client.Pacing;
using VoiceCluster.LoadGen.Nodes;

namespace VoiceCluster.LoadGen.Churn;

/// <summary>Waits for a node to come to rest.</summary>
internal sealed class Rest(NodeAdmin node, TimeProvider time, TimeSpan limit)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>Reads until nothing of a user is left, or, with other users on the node, until the time is over.</summary>
    public async Task<MetricsText> UntilEmptyAsync(CancellationToken cancellation)
    {
        for (var end = time.Now() + limit; ; await Task.Delay(Pause, time, cancellation))
        {
            var page = await node.ReadCollectedMetricsAsync(cancellation);
            if (ChurnedMetrics.GoneAtRest.All(metric => page.Sum(metric.Name, metric.Label) is null or 0) || time.Now() >= end)
            {
                return page;
            }
        }
    }

    /// <summary>Reads until every figure is as it was before, or the time is over.</summary>
    public async Task<IReadOnlyList<BeforeAndAfter>> UntilAsBeforeAsync(MetricsText before, double allowedPercent, CancellationToken cancellation)
    {
        for (var end = time.Now() + limit; ; await Task.Delay(Pause, time, cancellation))
        {
            var compared = BeforeAndAfter.Compare(ChurnedMetrics.All, before, await node.ReadCollectedMetricsAsync(cancellation));
            if (compared.All(figure => figure.IsWithin(allowedPercent)) || time.Now() >= end)
            {
                return compared;
            }
        }
    }
}
