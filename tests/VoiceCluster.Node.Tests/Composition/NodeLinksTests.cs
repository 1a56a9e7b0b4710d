using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Cluster.Links;
using VoiceCluster.Cluster.Membership;
using VoiceCluster.Cluster.Messages.Wire;
using VoiceCluster.Cluster.Store;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Domain.Membership;
using VoiceCluster.Gateways.NodeLinks;
using VoiceCluster.Node.Composition;

namespace VoiceCluster.Node.Tests.Composition;

public sealed class NodeLinksTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task A_node_links_to_every_member_before_it_has_anything_to_say()
    {
        await using var a = await Linked.StartAsync(new NodeIncarnation(new NodeId("a"), 1));
        await using var b = await Linked.StartAsync(new NodeIncarnation(new NodeId("b"), 2));
        var reached = new TaskCompletionSource<NodeReachability>(TaskCreationOptions.RunContinuationsAsynchronously);
        b.Transport.ReachabilityChanged += change => reached.TrySetResult(change);

        a.Placement.Update(new MembershipTable([a.Row, b.Row]));

        (await reached.Task.WaitAsync(Deadline)).ShouldBe(new NodeReachability(a.Node.Node, a.Node, IsReachable: true));
        a.Transport.Links.ShouldHaveSingleItem().Peer.ShouldBe(b.Node.Node);
    }

    [Fact]
    public async Task Nobody_links_to_those_who_are_gone()
    {
        await using var a = await Linked.StartAsync(new NodeIncarnation(new NodeId("a"), 1));
        await using var b = await Linked.StartAsync(new NodeIncarnation(new NodeId("b"), 2));
        await using var c = await Linked.StartAsync(new NodeIncarnation(new NodeId("c"), 3));

        a.Placement.Update(new MembershipTable([a.Row, b.Row with { Standing = MemberStanding.Left }, c.Row with { Standing = MemberStanding.Dead }]));

        a.Transport.Links.ShouldBeEmpty();
    }

    private sealed class Linked : IAsyncDisposable
    {
        private readonly NodeLinkListener _listener;
        private readonly EntityHost _host;
        private readonly NodeLinks _links;

        private Linked(NodeIncarnation node)
        {
            Node = node;
            Placement = new MembershipPlacement(node.Node);
            Transport = new NodeLinkTransport(
                new LinkIdentity(node, "the-secret-of-this-cluster"),
                new MemberAddresses(Placement),
                TimeProvider.System,
                NullLogger<NodeLinkTransport>.Instance);
            _listener = new NodeLinkListener(Transport, new IPEndPoint(IPAddress.Loopback, 0), tls: null);
            _host = new EntityHost(
                node,
                new InMemoryClusterStore(TimeProvider.System),
                Transport,
                ClusterMessages.Codec,
                TimeProvider.System,
                NullLogger<EntityHost>.Instance,
                placement: Placement);
            _links = new NodeLinks(_host, Transport, _listener, Placement, new NodeLiveness());
        }

        public NodeIncarnation Node { get; }

        public MembershipPlacement Placement { get; }

        public NodeLinkTransport Transport { get; }

        public MemberRow Row => new(Node, MemberStanding.Live, Draining: false, TimeSpan.Zero, $$"""{"link":"{{_listener.Endpoint}}"}""");

        public static async Task<Linked> StartAsync(NodeIncarnation node)
        {
            var linked = new Linked(node);
            await linked._links.StartAsync(CancellationToken.None);
            return linked;
        }

        public async ValueTask DisposeAsync()
        {
            await _links.StopAsync(CancellationToken.None);
            await _host.StopAsync(TimeSpan.FromSeconds(10));
        }
    }
}
