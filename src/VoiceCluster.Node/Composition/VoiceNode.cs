using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Cluster.Membership;
using VoiceCluster.Cluster.Reconciliation;
using VoiceCluster.Cluster.UdpIngress;
using VoiceCluster.Crypto;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Domain.Media;
using VoiceCluster.Domain.Membership;
using VoiceCluster.Gateways.Voice;
using VoiceCluster.Media;
using VoiceCluster.Media.Telemetry;
using VoiceCluster.Media.Workers;
using VoiceCluster.Node.Health;
using VoiceCluster.Node.Startup;
using VoiceCluster.Udp;

namespace VoiceCluster.Node.Composition;

/// <summary>Starts the voice parts in order, and stops them in reverse.</summary>
internal sealed partial class VoiceNode(
    EntityHost host,
    MediaPlane media,
    MediaTelemetry telemetry,
    LocalSessions sessions,
    BelievedClaims believed,
    VoiceEndpoint voice,
    LinkLayer linkLayer,
    PlanConfirmation plans,
    IShardPlacement placement,
    StartupFacts facts,
    NodeReadiness readiness,
    Configuration.NodeOptions options,
    ILoggerFactory loggers) : IHostedService
{
    private static readonly TimeSpan StopDeadline = TimeSpan.FromSeconds(10);

    public Task StartAsync(CancellationToken cancellationToken)
    {
        media.WarmUp();
        host.Start();
        for (var worker = 0; worker < media.Workers.Length; worker++)
        {
            Supervise(worker);
        }

        voice.TakeSplices();
        var logger = loggers.CreateLogger<ReconciliationActor>();
        Func<MembershipTable>? members = placement is MembershipPlacement cluster ? () => cluster.Table : null;
        host.Spawn(ReconciliationActor.Name, () => new ReconciliationActor(sessions, believed, members, () => host.Losses, logger));

        facts.Modes = [.. TransportCiphers.Probe().Select(DescribeMode)];
        var mediaReadiness = new MediaReadiness(options.Media.BusyPercent);
        readiness.Watch("media", () => mediaReadiness.Judge(media.Workers));
        facts.RelayPorts = media.ReadRelayPorts();
        facts.MediaPorts = [.. media.Workers.Select(worker => worker.Endpoint.Port)];
        facts.MediaThreads = [.. media.ReadThreadSetups().OfType<ThreadSetup>()];
        facts.ReceiveBuffers = media.ReadReceiveBuffers();
        facts.LinkLayerObstacle = linkLayer.Obstacle;
        linkLayer.Changed += LogLinkLayer;
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        linkLayer.Changed -= LogLinkLayer;
        await host.StopAsync(StopDeadline);
        telemetry.Dispose();
        await media.DisposeAsync();
    }

    /// <summary>The first start is made here, so that a port that is taken stops the node with a clear message.</summary>
    private void Supervise(int worker)
    {
        media.StartWorker(worker);
        if (!media.Workers[worker].Running)
        {
            var reason = media.Edges(worker).TryRead(out var edge) && edge is MediaEdge.WorkerFailed failed ? failed.Reason : "it does not run";
            throw new IOException($"media worker {worker}: {reason} Fix: stop what holds the port, or choose others with Media:Listen.");
        }

        var logger = loggers.CreateLogger<UdpIngressActor>();
        var bound = new Dictionary<MediaSessionId, GatewayAddress>();
        host.Spawn(LocalAddress.WorkerName(worker), () => new UdpIngressActor(media, worker, bound, plans.ConfirmAsync, logger));
    }

    private void LogLinkLayer(LinkLayer changed)
    {
        var logger = loggers.CreateLogger<VoiceNode>();
        if (changed.Obstacle is { } obstacle)
        {
            Log.SendsBySockets(logger, obstacle);
        }
        else
        {
            Log.SendsFrames(logger);
        }
    }

    private TransportModeStatus DescribeMode(ModeAvailability mode)
    {
        var isAllowed = options.Media.Modes.Contains(mode.Mode);
        return new TransportModeStatus(mode.Mode, mode.IsAvailable && isAllowed, isAllowed ? mode.Reason : "left out of Media:Modes");
    }

    private static partial class Log
    {
        [LoggerMessage(1301, LogLevel.Information, "media is handed to the network device as whole frames from now on")]
        public static partial void SendsFrames(ILogger logger);

        [LoggerMessage(1302, LogLevel.Warning, "media goes by UDP sockets from now on, which costs more: {Obstacle}")]
        public static partial void SendsBySockets(ILogger logger, string obstacle);
    }
}
