using System.Collections.Concurrent;
using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using VoiceCluster.Cluster.Links;
using VoiceCluster.Cluster.Transport;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Gateways.NodeLinks;
using VoiceCluster.TestKit;

namespace VoiceCluster.Gateways.Tests.NodeLinks;

/// <summary>Links between nodes over real sockets.</summary>
public sealed class NodeLinkTransportTests : IAsyncLifetime
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);
    private static readonly NodeIncarnation A = new(new NodeId("a"), 1);
    private static readonly NodeIncarnation B = new(new NodeId("b"), 2);

    private readonly LinkBed _bed = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _bed.DisposeAsync();

    [Fact]
    public async Task Frames_of_both_nodes_arrive_in_order_although_the_connection_breaks_again_and_again()
    {
        const int count = 3_000;
        var (a, b) = (await _bed.StartAsync(A), await _bed.StartAsync(B));
        var (atA, atB) = (new Inbox(a), new Inbox(b));
        for (var i = 0; i < count; i++)
        {
            a.TrySend(B.Node, BitConverter.GetBytes(i)).ShouldBe(SendResult.Queued);
            b.TrySend(A.Node, BitConverter.GetBytes(i)).ShouldBe(SendResult.Queued);
            if (i % 300 == 299)
            {
                await atB.WaitForAsync(i / 2);
                _bed.Break(A.Node, B.Node);
            }
        }

        (await atB.WaitForAsync(count)).ShouldBe(Enumerable.Range(0, count));
        (await atA.WaitForAsync(count)).ShouldBe(Enumerable.Range(0, count));
        atB.Senders.Distinct().ShouldBe([A]);
        atA.Lost.Concat(atB.Lost).ShouldBeEmpty();
    }

    [Fact]
    public async Task The_longest_frame_passes_and_a_longer_one_is_refused_by_the_sender()
    {
        _bed.Options = _bed.Options with { MaxFrameBytes = 300_000 };
        var (a, b) = (await _bed.StartAsync(A), await _bed.StartAsync(B));
        var inbox = new Inbox(b);
        var frame = new byte[300_000];
        BitConverter.TryWriteBytes(frame, 42);
        a.TrySend(B.Node, new byte[300_001]).ShouldBe(SendResult.TooLarge);
        a.TrySend(B.Node, frame).ShouldBe(SendResult.Queued);
        (await inbox.WaitForAsync(1)).ShouldBe([42]);
    }

    [Fact]
    public async Task A_node_that_nobody_knows_is_unreachable()
    {
        var a = await _bed.StartAsync(A);
        a.TrySend(new NodeId("stranger"), new byte[1]).ShouldBe(SendResult.Unreachable);
        a.TrySend(A.Node, new byte[1]).ShouldBe(SendResult.Unreachable);
        a.Links.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_node_with_another_secret_gets_no_frame_and_gives_none()
    {
        var a = await _bed.StartAsync(A);
        var b = await _bed.StartAsync(B, secret: "quite another secret");
        var (atA, atB) = (new Inbox(a), new Inbox(b));
        a.TrySend(B.Node, BitConverter.GetBytes(1));
        b.TrySend(A.Node, BitConverter.GetBytes(2));
        await Eventually.HoldsAsync(() => a.Links.Any(link => link.Attempts > 2) && b.Links.Any(link => link.Attempts > 2));

        a.Links.Concat(b.Links).ShouldAllBe(link => !link.IsConnected);
        atA.Received.Concat(atB.Received).ShouldBeEmpty();
    }

    [Fact]
    public async Task Two_releases_link_with_the_version_that_both_know()
    {
        var a = await _bed.StartAsync(A, versions: new LinkVersions(1, 1));
        var b = await _bed.StartAsync(B, versions: new LinkVersions(1, 2));
        var inbox = new Inbox(b);
        a.TrySend(B.Node, BitConverter.GetBytes(1));
        (await inbox.WaitForAsync(1)).ShouldBe([1]);
    }

    [Fact]
    public async Task Releases_without_a_version_in_common_do_not_link()
    {
        var a = await _bed.StartAsync(A, versions: new LinkVersions(2, 2));
        await _bed.StartAsync(B, versions: new LinkVersions(1, 1));
        a.Open(B.Node);
        await Eventually.HoldsAsync(() => a.Links.Any(link => link.Attempts > 2));
        a.Links.ShouldAllBe(link => !link.IsConnected);
    }

    [Fact]
    public async Task Certificates_of_the_clusters_authority_link_and_others_do_not()
    {
        using var authority = CreateAuthority();
        using var stranger = CreateAuthority();
        var a = await _bed.StartAsync(A, tls: Tls(authority, authority));
        var b = await _bed.StartAsync(B, tls: Tls(authority, authority));
        var c = await _bed.StartAsync(new NodeIncarnation(new NodeId("c"), 3), tls: Tls(stranger, authority));
        var inbox = new Inbox(b);
        c.Open(B.Node);
        a.TrySend(B.Node, BitConverter.GetBytes(1));
        (await inbox.WaitForAsync(1)).ShouldBe([1]);
        await Eventually.HoldsAsync(() => c.Links.Any(link => link.Attempts > 2));
        c.Links.ShouldAllBe(link => !link.IsConnected);
    }

    [Fact]
    public async Task A_node_that_stops_says_so_and_is_unreachable_at_once()
    {
        var (a, b) = (await _bed.StartAsync(A), await _bed.StartAsync(B));
        var changes = new ConcurrentQueue<NodeReachability>();
        a.ReachabilityChanged += changes.Enqueue;
        a.Open(B.Node);
        await Eventually.HoldsAsync(() => a.Links.Any(link => link.IsConnected));
        await b.DisposeAsync();
        await Eventually.HoldsAsync(() => changes.Count == 2);

        changes.ShouldBe([new NodeReachability(B.Node, B, true), new NodeReachability(B.Node, B, false)]);
        a.TrySend(B.Node, new byte[1]).ShouldBe(SendResult.Unreachable);
    }

    [Fact]
    public async Task A_node_that_comes_back_as_another_incarnation_is_linked_again()
    {
        var (a, b) = (await _bed.StartAsync(A), await _bed.StartAsync(B));
        var first = new Inbox(b);
        a.TrySend(B.Node, BitConverter.GetBytes(1));
        await first.WaitForAsync(1);
        await b.DisposeAsync();

        var again = await _bed.StartAsync(B with { Incarnation = 3 });
        var second = new Inbox(again);
        await Eventually.HoldsAsync(() => a.Links.Any(link => link is { IsConnected: true, Incarnation.Incarnation: 3 }));
        a.TrySend(B.Node, BitConverter.GetBytes(2)).ShouldBe(SendResult.Queued);
        (await second.WaitForAsync(1)).ShouldBe([2]);
    }

    [Fact]
    public async Task A_node_that_cannot_be_reached_gives_back_what_was_for_it()
    {
        var a = await _bed.StartAsync(A);
        await _bed.StartAsync(B);
        var inbox = new Inbox(a);
        _bed.Cut(A.Node, B.Node);
        a.TrySend(B.Node, BitConverter.GetBytes(7)).ShouldBe(SendResult.Queued);
        _bed.Time.Skip(_bed.Options.UnreachableAfter);
        await Eventually.HoldsAsync(() => !inbox.Lost.IsEmpty);
        inbox.Lost.ShouldBe([7]);
    }

    [Fact]
    public async Task A_node_is_cut_off_when_its_link_has_been_away_too_long_and_not_before_it_ever_stood()
    {
        var a = await _bed.StartAsync(A);
        await _bed.StartAsync(B);
        _bed.Cut(A.Node, B.Node);
        a.Open(B.Node);
        _bed.Time.Skip(_bed.Options.UnreachableAfter);
        await Eventually.HoldsAsync(() => a.Links.Any(link => link is { IsUnreachable: true }));
        a.IsCutOff(B.Node).ShouldBeFalse("It may just be starting.");

        _bed.Mend(A.Node, B.Node);
        await Eventually.HoldsAsync(() => a.CanReach(B.Node));
        a.IsCutOff(B.Node).ShouldBeFalse();
        _bed.Cut(A.Node, B.Node);
        await Eventually.HoldsAsync(() => !a.CanReach(B.Node));
        a.IsCutOff(B.Node).ShouldBeFalse("It may come back at once.");
        _bed.Time.Skip(_bed.Options.UnreachableAfter);
        await Eventually.HoldsAsync(() => a.IsCutOff(B.Node));
    }

    [Fact]
    public async Task Strangers_who_talk_nonsense_are_cut_and_disturb_nobody()
    {
        var (a, b) = (await _bed.StartAsync(A), await _bed.StartAsync(B));
        var inbox = new Inbox(b);
        var random = new Random(1);
        for (var i = 0; i < 20; i++)
        {
            using var stranger = new ClientWebSocket();
            await stranger.ConnectAsync(_bed.UriOf(B.Node), CancellationToken.None);
            var nonsense = new byte[random.Next(2_000)];
            random.NextBytes(nonsense);
            await stranger.SendAsync(nonsense, (WebSocketMessageType)random.Next(2), endOfMessage: true, CancellationToken.None);
            await EndAsync(stranger).WaitAsync(Deadline);
        }

        a.TrySend(B.Node, BitConverter.GetBytes(1));
        (await inbox.WaitForAsync(1)).ShouldBe([1]);
        b.Links.ShouldHaveSingleItem().Peer.ShouldBe(A.Node);
    }

    [Fact]
    public async Task Upgrades_that_fail_take_no_place_from_those_that_do_not()
    {
        var a = await _bed.StartAsync(A);
        for (var i = 0; i < 100; i++)
        {
            var context = new DefaultHttpContext();
            context.Features.Set<IHttpWebSocketFeature>(new BrokenUpgrade());
            await Should.ThrowAsync<IOException>(() => a.ServeAsync(context));
        }
    }

    [Fact]
    public async Task A_node_that_comes_back_while_its_loss_is_told_is_told_to_be_back_after_that()
    {
        var (a, b) = (await _bed.StartAsync(A), await _bed.StartAsync(B));
        using var back = new ManualResetEventSlim();
        var told = new ConcurrentQueue<bool>();
        a.ReachabilityChanged += change =>
        {
            if (change.IsReachable)
            {
                back.Set();
                return;
            }

            _bed.Mend(A.Node, B.Node);
            b.Open(A.Node);
            SpinWait.SpinUntil(() => a.CanReach(B.Node), Deadline);
            back.Wait(TimeSpan.FromSeconds(1));
        };
        a.ReachabilityChanged += change => told.Enqueue(change.IsReachable);
        _bed.Cut(A.Node, B.Node);
        a.Open(B.Node);
        _bed.Time.Skip(_bed.Options.UnreachableAfter);

        await Eventually.HoldsAsync(() => told.Count == 2);
        told.ShouldBe([false, true]);
    }

    private static async Task EndAsync(ClientWebSocket socket)
    {
        try
        {
            while ((await socket.ReceiveAsync(new byte[64], CancellationToken.None)).MessageType != WebSocketMessageType.Close)
            {
            }
        }
        catch (WebSocketException)
        {
        }
    }

    private static X509Certificate2 CreateAuthority()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=authority", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, false, 0, critical: true));
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }

    private static NodeLinkTls Tls(X509Certificate2 issuer, X509Certificate2 believed)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=node", key, HashAlgorithmName.SHA256);
        using var issued = request.Create(issuer, DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddHours(1), RandomNumberGenerator.GetBytes(8));
        using var withKey = issued.CopyWithPrivateKey(key);
        var certificate = X509CertificateLoader.LoadPkcs12(withKey.Export(X509ContentType.Pkcs12), null);
        return new NodeLinkTls(certificate, [X509CertificateLoader.LoadCertificate(believed.RawData)]);
    }

    /// <summary>A connection that ends before it becomes a WebSocket.</summary>
    private sealed class BrokenUpgrade : IHttpWebSocketFeature
    {
        public bool IsWebSocketRequest => true;

        public Task<WebSocket> AcceptAsync(WebSocketAcceptContext context) => throw new IOException("The test ended the connection.");
    }

    private sealed class Inbox
    {
        private readonly SemaphoreSlim _arrived = new(0);

        public Inbox(NodeLinkTransport transport) => transport.Receive(OnFrame, (_, frame) => Lost.Enqueue(BitConverter.ToInt32(frame.Span)));

        public ConcurrentQueue<int> Received { get; } = [];

        public ConcurrentQueue<int> Lost { get; } = [];

        public ConcurrentQueue<NodeIncarnation> Senders { get; } = [];

        public async Task<IEnumerable<int>> WaitForAsync(int count)
        {
            while (Received.Count < count)
            {
                (await _arrived.WaitAsync(Deadline)).ShouldBeTrue($"{Received.Count} of {count} arrived");
            }

            return Received;
        }

        private void OnFrame(NodeIncarnation from, ReadOnlyMemory<byte> frame)
        {
            Senders.Enqueue(from);
            Received.Enqueue(BitConverter.ToInt32(frame.Span));
            _arrived.Release();
        }
    }
}
