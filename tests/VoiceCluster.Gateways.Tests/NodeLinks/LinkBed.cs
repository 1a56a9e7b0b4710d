using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using VoiceCluster.Cluster.Links;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Gateways.NodeLinks;
using VoiceCluster.TestKit.Sockets;

namespace VoiceCluster.Gateways.Tests.NodeLinks;

/// <summary>Nodes of a test with real listeners, real sockets between them, and wires that can be cut.</summary>
internal sealed class LinkBed : IAsyncDisposable
{
    public const string Secret = "a secret of this test";

    private readonly ConcurrentDictionary<NodeId, int> _ports = [];
    private readonly ConcurrentDictionary<(NodeId From, NodeId To), TcpForwarder> _wires = [];
    private readonly ConcurrentQueue<(NodeLinkTransport Transport, IHost Host)> _hosts = [];

    /// <summary>Times that suit a test: a new beginning is tried soon, and nothing is given up because the machine is busy.</summary>
    public LinkOptions Options { get; set; } = new()
    {
        UnreachableAfter = TimeSpan.FromSeconds(30),
        BackoffMin = TimeSpan.FromMilliseconds(10),
        BackoffMax = TimeSpan.FromMilliseconds(50),
        SilenceDeadline = TimeSpan.FromHours(1),
        HandshakeDeadline = TimeSpan.FromSeconds(60),
        KeepFor = TimeSpan.FromHours(1),
    };

    /// <summary>The clock of all links: the real one, which a test can put forward.</summary>
    public SkippingTimeProvider Time { get; } = new();

    public async Task<NodeLinkTransport> StartAsync(NodeIncarnation node, string secret = Secret, LinkVersions? versions = null, NodeLinkTls? tls = null)
    {
        var identity = new LinkIdentity(node, secret, versions);
        var transport = new NodeLinkTransport(identity, new Addresses(this, node.Node), Time, NullLogger<NodeLinkTransport>.Instance, Options, tls);
        ListenOptions? listener = null;
        var host = new HostBuilder().ConfigureWebHost(web => web
            .UseKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen =>
            {
                listener = listen;
                if (tls is not null)
                {
                    listen.UseHttps(tls.ServerOptions);
                }
            }))
            .Configure(app => app.UseWebSockets().Run(transport.ServeAsync))).Build();
        await host.StartAsync();
        _hosts.Enqueue((transport, host));
        _ports[node.Node] = listener!.IPEndPoint!.Port;
        return transport;
    }

    public Uri UriOf(NodeId node) => new($"ws://127.0.0.1:{_ports[node]}{NodeLinkTransport.Path}");

    /// <summary>Ends what links two nodes and keeps it from coming back.</summary>
    public void Cut(NodeId one, NodeId other) => OnBothWires(one, other, wire => wire.Cut());

    public void Mend(NodeId one, NodeId other) => OnBothWires(one, other, wire => wire.Mend());

    /// <summary>Ends the connection between two nodes, which may come back at once.</summary>
    public void Break(NodeId one, NodeId other) => OnBothWires(one, other, wire => wire.Break());

    public async ValueTask DisposeAsync()
    {
        foreach (var (transport, host) in _hosts)
        {
            await transport.DisposeAsync();
            await host.StopAsync(new CancellationToken(canceled: true));
            host.Dispose();
        }

        foreach (var wire in _wires.Values)
        {
            await wire.DisposeAsync();
        }
    }

    private void OnBothWires(NodeId one, NodeId other, Action<TcpForwarder> act)
    {
        act(Wire(one, other));
        act(Wire(other, one));
    }

    private TcpForwarder Wire(NodeId from, NodeId to) => _wires.GetOrAdd((from, to), key => new TcpForwarder(() => _ports[key.To]));

    /// <summary>The real clock, put forward.</summary>
    internal sealed class SkippingTimeProvider : TimeProvider
    {
        private long _skipped;

        public override long GetTimestamp() => base.GetTimestamp() + Interlocked.Read(ref _skipped);

        public void Skip(TimeSpan time) => Interlocked.Add(ref _skipped, (long)(time.TotalSeconds * TimestampFrequency));
    }

    private sealed class Addresses(LinkBed bed, NodeId self) : INodeAddresses
    {
        public NodeLinkAddress? Find(NodeId node) =>
            bed._ports.ContainsKey(node) ? new NodeLinkAddress("127.0.0.1", bed.Wire(self, node).Port) : null;
    }
}
