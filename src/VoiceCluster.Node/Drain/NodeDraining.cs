using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using VoiceCluster.Cluster.Drain;
using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Cluster.Membership;
using VoiceCluster.Cluster.Messages;
using VoiceCluster.Cluster.Placement;
using VoiceCluster.Cluster.Reconciliation;
using VoiceCluster.Domain.Drain;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Gateways.Lvsp;
using VoiceCluster.Gateways.Voice;
using VoiceCluster.Node.Configuration;
using VoiceCluster.Node.Health;

namespace VoiceCluster.Node.Drain;

/// <summary>Empties this node when an operator asks for it, and when it is told to stop.</summary>
/// <remarks>A node without others has nowhere to move its users: it stops at once.</remarks>
internal sealed class NodeDraining(
    EntityHost host,
    LocalSessions sessions,
    IVoicePlacement placement,
    NodeHealth health,
    NodeReadiness readiness,
    VoiceEndpoint voice,
    LvspEndpoint lvsp,
    NodeOptions options,
    IServiceProvider services,
    ILoggerFactory loggers) : IHostedLifecycleService
{
    /// <summary>The condition of <c>/readyz</c> that a node which is emptied does not meet.</summary>
    public const string Condition = "drain";

    /// <summary>How long the answer may take beyond the deadline.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan AskDeadline = TimeSpan.FromSeconds(5);

    /// <summary>Asks a node, this one or another.</summary>
    /// <exception cref="AskException">It cannot be reached, or does not answer.</exception>
    public Task<DrainReport> AskAsync(NodeId node, IRequest<DrainReport> request, CancellationToken cancellation) =>
        host.AskAsync(new LocalAddress(node, NodeDrainActor.Name), request, AskDeadline, cancellation);

    public Task StartAsync(CancellationToken cancellationToken)
    {
        var logger = loggers.CreateLogger<NodeDrainActor>();
        host.Spawn(
            NodeDrainActor.Name,
            () => new NodeDrainActor(sessions, placement, () => host.GetOwnedShards().Count, SetDraining, new DrainOptions(), logger));
        return Task.CompletedTask;
    }

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        var deadline = options.Cluster.DrainDeadline;
        if (options.Cluster.Store != ClusterStoreKind.InMemory && deadline > TimeSpan.Zero)
        {
            await DrainAsync(deadline, cancellationToken);
        }

        voice.BeginShutdown();
        lvsp.BeginShutdown();
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task DrainAsync(TimeSpan deadline, CancellationToken cancellation)
    {
        try
        {
            var drain = new LocalAddress(host.Node.Node, NodeDrainActor.Name);
            await host.AskAsync(drain, new BeginDrain(deadline, UntilOver: true), deadline + Grace, cancellation);
        }
        catch (Exception error) when (error is AskException or OperationCanceledException)
        {
            // Whoever is left is sent away as from a node without others.
        }
    }

    private void SetDraining(bool isDraining)
    {
        health.Draining = isDraining;
        if (isDraining)
        {
            readiness.NotMet(Condition, "this node is being emptied");
            voice.EndSplices();
        }
        else
        {
            readiness.Met(Condition);
        }

        if (services.GetService<ClusterMembership>() is { } membership)
        {
            membership.Draining = isDraining;
            ClusterNodeActor.TellDraining(host);
        }
    }
}
