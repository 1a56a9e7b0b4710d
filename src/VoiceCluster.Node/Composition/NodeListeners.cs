using System.Net;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using VoiceCluster.Gateways.Edge;
using VoiceCluster.Gateways.Sockets;
using VoiceCluster.Node.Configuration;
using VoiceCluster.Node.Tls;

namespace VoiceCluster.Node.Composition;

/// <summary>Opens the TCP ports. After the start each property says the address really bound; null for a port that is switched off.</summary>
public sealed class NodeListeners
{
    private ListenOptions? _http;
    private ListenOptions? _https;
    private ListenOptions? _lvsp;
    private ListenOptions? _admin;

    public IPEndPoint? Http => _http?.IPEndPoint;

    public IPEndPoint? Https => _https?.IPEndPoint;

    public IPEndPoint? Lvsp => _lvsp?.IPEndPoint;

    public IPEndPoint? Admin => _admin?.IPEndPoint;

    /// <summary>Whether the ports are known: not before the last step of the start, where the system chooses them.</summary>
    public bool IsOpen => (Https ?? Http) is { Port: > 0 };

    /// <summary>Host and port that voice clients are told: the configured one, or in development localhost and the port that was bound.</summary>
    public HostAndPort PublicEndpoint(VoiceOptions voice) => voice.PublicEndpoint ?? new HostAndPort("localhost", (Https ?? Http)!.Port);

    internal void Configure(KestrelServerOptions kestrel, NodeOptions options)
    {
        SetLimits(kestrel);
        var services = kestrel.ApplicationServices;
        var edge = services.GetRequiredService<EdgeConnections>();
        _http = Open(kestrel, options.Http.Listen, ListenerRole.Public, edge, tls: null);
        _https = Open(kestrel, options.Https.Listen, ListenerRole.Public, edge, services.GetService<ServerCertificate>());
        _lvsp = Open(kestrel, options.Lvsp.Listen, ListenerRole.Lvsp, edge, options.Lvsp.Tls ? services.GetService<ServerCertificate>() : null);
        _admin = Open(kestrel, options.Admin.Listen, ListenerRole.Admin, edge: null, tls: null);
    }

    // What this server takes are short GETs, most of them WebSocket handshakes: everything beyond that is refused early.
    private static void SetLimits(KestrelServerOptions kestrel)
    {
        kestrel.AddServerHeader = false;
        kestrel.AllowSynchronousIO = false;
        kestrel.Limits.MaxRequestBodySize = 64 * 1024;
        kestrel.Limits.MaxRequestLineSize = 4 * 1024;
        kestrel.Limits.MaxRequestHeaderCount = 64;
        kestrel.Limits.MaxRequestHeadersTotalSize = 16 * 1024;
        kestrel.Limits.MaxRequestBufferSize = 128 * 1024;
        kestrel.Limits.MaxResponseBufferSize = 128 * 1024;
        kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
        kestrel.Limits.KeepAliveTimeout = TimeSpan.FromSeconds(60);
    }

    private static ListenOptions? Open(KestrelServerOptions kestrel, IPEndPoint? address, ListenerRole role, EdgeConnections? edge, ServerCertificate? tls)
    {
        if (address is null)
        {
            return null;
        }
        ListenOptions? opened = null;
        kestrel.Listen(address, listener =>
        {
            opened = listener;
            listener.Protocols = HttpProtocols.Http1;
            role.MarkConnections(listener);
            edge?.Use(listener);
            if (tls is not null)
            {
                listener.UseHttps(tls.HandshakeOptions);
            }
            listener.Use(kestrel.ApplicationServices.GetRequiredService<RequestHeartbeats>().Use);
            listener.Use(next => ConnectionActivity.Track(next, kestrel.ApplicationServices.GetRequiredService<TimeProvider>()));
        });
        return opened;
    }
}
