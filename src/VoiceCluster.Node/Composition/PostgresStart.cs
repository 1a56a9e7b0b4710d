using Microsoft.Extensions.Hosting;
using VoiceCluster.Cluster.Store;
using VoiceCluster.Cluster.Store.Postgres;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Node.Configuration;
using VoiceCluster.Node.Health;

namespace VoiceCluster.Node.Composition;

/// <summary>Waits for the database before anything else starts, and ties readiness to it: a node without it keeps its calls and takes no more.</summary>
internal sealed class PostgresStart(PostgresClusterStore store, NodeReadiness readiness, NodeOptions options, TimeProvider time) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        readiness.Watch("store", () => store.Outage);
        await store.StartAsync(cancellationToken);

        // An earlier life of this node has no sockets any more, whatever it had no time to write.
        var expiresAt = time.GetUtcNow() + options.Lvsp.ResumeWindow;
        await store.DetachHoldersAsync(new NodeId(options.Node.Id), expiresAt, cancellationToken);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
