using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using VoiceCluster.Cluster;
using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Cluster.Lvsp;
using VoiceCluster.Cluster.Placement;
using VoiceCluster.Cluster.Store;
using VoiceCluster.Domain.Directory;
using VoiceCluster.Gateways.Edge;
using VoiceCluster.Gateways.Sockets;
using VoiceCluster.Protocol.Lvsp;

namespace VoiceCluster.Gateways.Lvsp;

/// <summary>Accepts the WebSockets of backends and gives each an actor.</summary>
public sealed class LvspEndpoint
{
    /// <summary>HELLO and READY, with room: neither they nor a replay count as waiting.</summary>
    private const int UncountedMessages = 8;

    private readonly Lazy<IEntityHost> _host;
    private readonly EdgeConnections _edge;
    private readonly LvspGatewayServices _services;
    private readonly SocketRegistry _links = new();

    public LvspEndpoint(
        LvspGatewayOptions options,
        Lazy<IEntityHost> host,
        IClusterStore store,
        IVoiceDirectory directory,
        LvspNotifier notifier,
        IVoicePlacement placement,
        INodeHealth health,
        EdgeConnections edge,
        TimeProvider time,
        ILoggerFactory loggers)
    {
        _host = host;
        _edge = edge;
        _services = new LvspGatewayServices(
            options,
            store,
            notifier,
            new LvspRequestHandler(
                host,
                directory,
                placement,
                new DeferredRequests(time, loggers.CreateLogger<DeferredRequests>()),
                time,
                loggers.CreateLogger<LvspRequestHandler>()),
            health,
            time,
            loggers.CreateLogger<LvspGatewayActor>());
    }

    /// <summary>Serves one WebSocket to its end.</summary>
    public async Task ServeAsync(HttpContext context)
    {
        if (!_edge.TryAdmitSocket(context, out var lease))
        {
            return;
        }

        using var place = lease;
        var compatible = context.Request.Query["compat"] == "litecord";
        var options = _services.Options.Connection;
        using var socket = new GatewaySocket(
            await context.WebSockets.AcceptWebSocketAsync(Pinged(options)),
            _host.Value,
            lease,
            options.MaxWaitingMessages + LvspOutbox.MaxMessages + UncountedMessages,
            options.MaxFrameBytesBeforeAuthentication);
        var activity = context.Features.Get<ConnectionActivity>();
        var owner = SocketActor.Spawn(_host.Value, SocketActor.NewName("lvsp"), () => new LvspGatewayActor(socket, activity, compatible, _services));
        await _links.ServeAsync(socket, owner);
    }

    /// <summary>
    /// The WebSocket pings by itself, since it keeps pongs to itself; a dead peer is judged by our own silence rule, which is much shorter.
    /// </summary>
    private static WebSocketAcceptContext Pinged(LvspConnectionOptions options) => new()
    {
        KeepAliveInterval = options.PingInterval,
        KeepAliveTimeout = options.SilenceTimeout * 10,
    };

    /// <summary>Tells every backend to go elsewhere, because the node stops.</summary>
    public void BeginShutdown() => _links.TellAll(_host.Value, new BeginLvspShutdown());
}
