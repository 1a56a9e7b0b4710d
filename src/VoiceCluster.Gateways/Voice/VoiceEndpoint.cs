using System.Net.WebSockets;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using VoiceCluster.Cluster;
using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Cluster.Reconciliation;
using VoiceCluster.Domain.Directory;
using VoiceCluster.Domain.Media;
using VoiceCluster.Gateways.Edge;
using VoiceCluster.Gateways.Sockets;
using VoiceCluster.Protocol.Gateway;

namespace VoiceCluster.Gateways.Voice;

/// <summary>Accepts the WebSockets of users' clients and gives each an actor.</summary>
public sealed class VoiceEndpoint
{
    /// <summary>Frames that may wait for one client; a call of thousands announces itself in few.</summary>
    private const int MaxWaiting = 1024;

    /// <summary>Heartbeats of the protocol show life; no client expects pings.</summary>
    private static readonly WebSocketAcceptContext Unpinged = new() { KeepAliveInterval = Timeout.InfiniteTimeSpan };

    private readonly Lazy<IEntityHost> _host;
    private readonly EdgeConnections _edge;
    private readonly VoiceGatewayServices _services;
    private readonly SocketRegistry _links = new();

    public VoiceEndpoint(
        VoiceGatewayOptions options,
        Lazy<IEntityHost> host,
        IVoiceDirectory directory,
        IMediaPlane media,
        LocalSessions sessions,
        VoiceSettings settings,
        EdgeConnections edge,
        SessionTurnover turnover,
        TimeProvider time,
        ILoggerFactory loggers)
    {
        _host = host;
        _edge = edge;
        var admission = new VoiceAdmission(host, directory, media, sessions, settings);
        _services = new VoiceGatewayServices(options, settings, admission, media, sessions, turnover, time, loggers.CreateLogger<VoiceGatewayActor>());
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
        if (!VoiceGatewayVersion.TryParseQueryValue(context.Request.Query["v"], out var version))
        {
            await RefuseVersionAsync(webSocket, context.RequestAborted);
            return;
        }

        using var socket = new GatewaySocket(webSocket, _host.Value, lease, MaxWaiting, _services.Options.MaxMessageBytes);
        var peer = context.Connection.RemoteIpAddress;
        var owner = SocketActor.Spawn(_host.Value, "voice", () => new VoiceGatewayActor(socket, version, peer, _services));
        await _links.ServeAsync(socket, owner);
    }

    /// <summary>Sends every client away, because the node stops; they come back elsewhere.</summary>
    public void BeginShutdown() => _links.TellAll(_host.Value, new BeginVoiceShutdown());

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
