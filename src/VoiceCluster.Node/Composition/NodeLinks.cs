using Microsoft.Extensions.Hosting;
using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Cluster.Membership;
using VoiceCluster.Domain.Membership;
using VoiceCluster.Gateways.NodeLinks;

namespace VoiceCluster.Node.Composition;

/// <summary>Opens the cluster's port before the node joins, ties links to membership, and ends them after the node has left.</summary>
internal sealed class NodeLinks(EntityHost host, NodeLinkTransport links, NodeLinkListener listener, MembershipPlacement placement, NodeLiveness liveness) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        placement.Announcer = host.TellOwner;
        links.ReachabilityChanged += OnReachabilityChanged;
        placement.Updated += OpenAll;
        return listener.StartAsync(cancellationToken);
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        placement.Updated -= OpenAll;
        links.ReachabilityChanged -= OnReachabilityChanged;
        await links.DisposeAsync();
        await listener.DisposeAsync();
    }

    /// <summary>Links every pair of members, whether or not they have anything to say: only the loss of a link makes a node be voted against.</summary>
    private void OpenAll(MembershipTable table)
    {
        foreach (var row in table.Live)
        {
            links.Open(row.Node.Node);
        }
    }

    /// <summary>A node that was never reached may just not be there yet: that is no reason to vote against it.</summary>
    private void OnReachabilityChanged(NodeReachability change)
    {
        if (change.IsReachable || change.Incarnation != default)
        {
            liveness.SetLinked(change.Incarnation, change.IsReachable);
            ClusterNodeActor.TellReachability(host, change.Node, change.IsReachable);
        }
    }
}
