using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Cluster.Membership;
using VoiceCluster.Cluster.Store;
using VoiceCluster.Cluster.Transport;
using VoiceCluster.Node.Configuration;
using VoiceCluster.Node.Health;

namespace VoiceCluster.Node.Composition;

/// <summary>Joins the cluster before the voice parts start, and leaves it after they have given their shards back.</summary>
internal sealed class MembershipNode(
    EntityHost host,
    IClusterStore store,
    INodeTransport links,
    ClusterMembership membership,
    MembershipPlacement placement,
    NodeOptions options,
    NodeReadiness readiness,
    TimeProvider time,
    ILoggerFactory loggers) : IHostedService
{
    private static readonly TimeSpan LeaveDeadline = TimeSpan.FromSeconds(3);

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        readiness.Watch(MembershipReadiness.Condition, new MembershipReadiness(host, placement).Judge);
        var (life, joinedAt) = await membership.EnterAsync(host.Node, placement, cancellationToken);
        if (life != host.Node)
        {
            await host.RejoinAsync(life);
        }

        // An earlier life of this node has no sockets any more, whatever it had no time to write.
        await store.DetachHoldersAsync(host.Node.Node, time.GetUtcNow() + options.Lvsp.ResumeWindow, cancellationToken);
        var settings = new ClusterNodeSettings { JoinedAt = () => joinedAt, SessionResumeWindow = options.Lvsp.ResumeWindow };
        var logger = loggers.CreateLogger<ClusterNodeActor>();
        host.Spawn(ClusterNodeActor.Name, () => new ClusterNodeActor(store, host, links, membership, placement, settings, logger));
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(LeaveDeadline, time);
        try
        {
            await store.LeaveAsync(host.Node, deadline.Token);
        }
        catch (Exception error) when (error is StoreUnavailableException or OperationCanceledException)
        {
            // The row expires instead.
        }
    }
}
