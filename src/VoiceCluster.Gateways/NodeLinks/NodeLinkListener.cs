using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Hosting;

namespace VoiceCluster.Gateways.NodeLinks;

/// <summary>The cluster's port: takes the links of other nodes and nothing else.</summary>
/// <remarks>
/// A server of its own, because it opens before the node joins its cluster and closes after it has left, long before and after the public ports.
/// </remarks>
/// <param name="links">Whose links are taken.</param>
/// <param name="address">Where to listen.</param>
/// <param name="tls">TLS between nodes, if there is any.</param>
public sealed class NodeLinkListener(NodeLinkTransport links, IPEndPoint address, NodeLinkTls? tls) : IAsyncDisposable
{
    private IHost? _server;
    private ListenOptions? _listener;

    /// <summary>The address really bound; null before the start.</summary>
    public IPEndPoint? Endpoint => _listener?.IPEndPoint;

    /// <summary>Opens the port.</summary>
    /// <exception cref="IOException">It is taken.</exception>
    public async Task StartAsync(CancellationToken cancellation)
    {
        _server = new HostBuilder()
            .ConfigureWebHost(
                web => web.UseKestrel(Configure).Configure(app => app.UseWebSockets().Map(NodeLinkTransport.Path, link => link.Run(links.ServeAsync))),
                web => web.SuppressEnvironmentConfiguration = true)
            .Build();
        await _server.StartAsync(cancellation);
    }

    /// <summary>Cuts what is open and closes the port.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.StopAsync(new CancellationToken(canceled: true));
            _server.Dispose();
        }
    }

    private void Configure(KestrelServerOptions kestrel)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestLineSize = 1024;
        kestrel.Limits.MaxRequestHeaderCount = 16;
        kestrel.Limits.MaxRequestHeadersTotalSize = 4 * 1024;
        kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(5);
        kestrel.Limits.KeepAliveTimeout = TimeSpan.FromSeconds(5);
        kestrel.Listen(address, listener =>
        {
            _listener = listener;
            listener.Protocols = HttpProtocols.Http1;
            if (tls is not null)
            {
                listener.UseHttps(tls.ServerOptions);
            }
        });
    }
}
