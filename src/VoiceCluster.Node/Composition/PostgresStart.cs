using Microsoft.Extensions.Hosting;
using VoiceCluster.Cluster.Store.Postgres;
using VoiceCluster.Node.Health;

namespace VoiceCluster.Node.Composition;

/// <summary>Waits for the database before anything else starts, and ties readiness to it: a node without it keeps its calls and takes no more.</summary>
internal sealed class PostgresStart(PostgresClusterStore store, NodeReadiness readiness) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        readiness.Watch("store", () => store.Outage);
        return store.StartAsync(cancellationToken);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
