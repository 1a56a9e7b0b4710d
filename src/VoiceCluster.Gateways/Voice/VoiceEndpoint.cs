using System.Net.WebSockets;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using VoiceCluster.Cluster;
using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Cluster.Placement;
using VoiceCluster.Cluster.Reconciliation;
using VoiceCluster.Domain.Directory;
using VoiceCluster.Domain.Media;
using VoiceCluster.Gateways.Edge;
using VoiceCluster.Gateways.Sockets;
using VoiceCluster.Gateways.Splices;
using VoiceCluster.Protocol.Gateway;

namespace VoiceCluster.Gateways.Voice;

/// <summary>Accepts the WebSockets of users' clients, also those that other nodes have accepted, and gives each an actor.</summary>
public sealed class VoiceEndpoint : IDisposable
{
    /// <summary>Frames that may wait for one client; a call of thousands announces itself in few.</summary>
    private const int MaxWaiting = 1024;

    /// <summary>Heartbeats of the protocol show life; no client expects pings.</summary>
    private static readonly WebSocketAcceptContext Unpinged = new() { KeepAliveInterval = Timeout.InfiniteTimeSpan };

    private readonly Lazy<IEntityHost> _host;
    private readonly EdgeConnections _edge;
    private readonly VoiceGatewayServices _services;
    private readonly SocketRegistry _links = new();
    private readonly SpliceRegistry _splices;

    public VoiceEndpoint(
        VoiceGatewayOptions options,
        SpliceOptions splices,
        Lazy<IEntityHost> host,
        IVoiceDirectory directory,
        IMediaPlane media,
        LocalSessions sessions,
        VoiceSettings settings,
        IVoicePlacement placement,
        EdgeConnections edge,
        SessionTurnover turnover,
        TimeProvider time,
        ILoggerFactory loggers)
    {
        _host = host;
        _edge = edge;
        _splices = new SpliceRegistry(splices, placement.IsLost, time);
        var logger = loggers.CreateLogger<VoiceGatewayActor>();
        var admission = new VoiceAdmission(host, directory, media, sessions, placement, settings, time);
        var splicer = new SocketSplicer(host, _splices, options, () => VoiceAdmission.ProcessOf(media), time, logger);
        _services = new VoiceGatewayServices(options, settings, admission, splicer, media, sessions, turnover, time, logger);
    }

    /// <summary>Serves one WebSocket to its end.</summary>
    public async Task ServeAsync(HttpContext context)
    {
        if (!_edge.TryAdmitSocket(context, out var lease))
        {
            return;
        }

        using var place = lease;
        using var webSocket = await context.WebSockets.AcceptWebSocketAsync(Unpinged);
        RequestHeartbeats.End(context);
        if (!VoiceGatewayVersion.TryParseQueryValue(context.Request.Query["v"], out var version))
        {
            await RefuseVersionAsync(webSocket, context.RequestAborted);
            return;
        }

        using var socket = new GatewaySocket(webSocket, _host.Value, lease, MaxWaiting, _services.Options.MaxMessageBytes);
        var peer = context.Connection.RemoteIpAddress;
        var owner = SocketActor.Spawn(_host.Value, SocketActor.NewName("voice"), () => new VoiceGatewayActor(socket, version, peer, _services));
        await _links.ServeAsync(socket, owner);
    }

    /// <summary>Begins to take sockets that other nodes have for sessions of this one.</summary>
    public void TakeSplices() => _host.Value.Spawn(SocketSplicer.Acceptor, () => new SpliceAcceptorActor(_services));

    /// <summary>Sends away the clients whose sessions are on other nodes, because this node is emptied: they come back by another way.</summary>
    public void EndSplices() => _splices.TellAll(_host.Value, SpliceRole.Client, new BeginVoiceShutdown());

    /// <summary>Sends every client away, because the node stops; they come back elsewhere.</summary>
    public void BeginShutdown()
    {
        _links.TellAll(_host.Value, new BeginVoiceShutdown());
        _splices.TellAll(_host.Value, SpliceRole.Session, new BeginVoiceShutdown());
    }

    /// <inheritdoc />
    public void Dispose() => _splices.Dispose();

    private static async Task RefuseVersionAsync(WebSocket webSocket, CancellationToken aborted)
    {
        GatewaysTelemetry.CountClose(GatewaysTelemetry.VoiceCloses, (int)VoiceCloseCode.BadRequest, "server");
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(aborted);
        deadline.CancelAfter(TimeSpan.FromSeconds(5));
        try
        {
            await webSocket.CloseAsync((WebSocketCloseStatus)VoiceCloseCode.BadRequest, "Unknown gateway version", deadline.Token);
        }
        catch (Exception error) when (error is WebSocketException or OperationCanceledException)
        {
            webSocket.Abort();
        }
    }
}
