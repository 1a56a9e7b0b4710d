using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using System.Text;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Domain.Media;
using VoiceCluster.Media.Relay;
using VoiceCluster.Media.Tests.Support;
using VoiceCluster.Media.Workers;
using VoiceCluster.Protocol.Primitives;
using VoiceCluster.Protocol.Relay;
using VoiceCluster.Udp;

namespace VoiceCluster.Media.Tests.Relay;

/// <summary>One channel on the workers of three planes, with real sockets on the loopback interface.</summary>
public abstract class RelaySpecification : IAsyncLifetime
{
    private static readonly ChannelKey Room = new(new Realm("test"), new Snowflake(1), new Snowflake(2));
    private static readonly byte[] Secret = Encoding.UTF8.GetBytes("the secret of a cluster");

    private readonly List<MediaPlane> _planes = [];
    private readonly List<PlaneClient> _clients = [];
    private long _planVersion;

    protected abstract DatagramSocketKind Sockets { get; }

    public Task InitializeAsync()
    {
        for (var node = 1; node <= 3; node++)
        {
            var plane = new MediaPlane(NodeOf(node), Options());
            plane.StartWorker(0);
            _planes.Add(plane);
        }

        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        _clients.ForEach(client => client.Dispose());
        foreach (var plane in _planes)
        {
            await plane.DisposeAsync();
        }
    }

    [Fact]
    public async Task Users_on_two_nodes_hear_each_others_exact_frames()
    {
        var (alice, bob) = (await JoinAsync(0), await JoinAsync(1));
        Plan(epoch: 1, alice, bob);
        for (byte i = 0; i < 20; i++)
        {
            alice.Send(alice.Media.Voice(i, 1));
            var heard = await bob.HearAsync();
            heard.Payload.ShouldBe([i, 1]);
            heard.Header.Ssrc.ShouldBe(alice.Offer.Ssrc);
            heard.Sequence.ShouldBe((ushort)(1 + i));
            bob.Send(bob.Media.Voice(i, 2));
            (await alice.HearAsync()).Payload.ShouldBe([i, 2]);
        }

        var link = _planes[0].ReadRelayLinks()[0].ShouldHaveSingleItem();
        (link with { RoundTrip = default }).ShouldBe(new RelayLinkStatistics(bob.Offer.Worker, Sent: 20, Received: 20, Lost: 0, Reordered: 0));
    }

    [Fact]
    public async Task Each_packet_goes_once_to_each_worker_and_is_never_relayed_again()
    {
        var speaker = await JoinAsync(0);
        PlaneClient[] listeners = [await JoinAsync(1), await JoinAsync(1), await JoinAsync(2), await JoinAsync(2)];
        Plan(epoch: 1, [speaker, .. listeners]);
        for (byte i = 0; i < 10; i++)
        {
            speaker.Send(speaker.Media.Voice(i, 3));
            foreach (var listener in listeners)
            {
                (await listener.HearAsync()).Payload.ShouldBe([i, 3]);
            }
        }

        _planes[0].ReadRelayLinks()[0].Select(link => link.Sent).ShouldBe([10, 10]);
        _planes[1].ReadRelayLinks()[0].Sum(link => link.Sent).ShouldBe(0);
        _planes[2].ReadRelayLinks()[0].Sum(link => link.Sent).ShouldBe(0);
    }

    [Fact]
    public async Task Nothing_is_sent_to_a_worker_whose_users_are_all_deafened()
    {
        var (alice, bob) = (await JoinAsync(0), await JoinAsync(1));
        Plan(epoch: 1, alice, bob);
        alice.Send(alice.Media.Voice(1, 1));
        (await bob.HearAsync()).Payload.ShouldBe([1, 1]);

        Publish(epoch: 1, (alice, true, true), (bob, true, false));
        alice.Send(alice.Media.Voice(2, 2));
        await alice.SynchronizeAsync();
        _planes[0].ReadRelayLinks()[0].ShouldHaveSingleItem().Sent.ShouldBe(1);
    }

    [Fact]
    public async Task A_receiver_with_a_newer_epoch_drops_what_an_older_one_let_pass()
    {
        var (alice, bob) = (await JoinAsync(0), await JoinAsync(1));
        Plan(epoch: 2, alice, bob);
        _planes[1].Publish(PlansFor(epoch: 3, [(alice, true, true), (bob, true, true)])[1]);

        alice.Send(alice.Media.Voice(1, 1));
        await UntilDroppedAsync(1, PacketDropReason.StaleEpoch);
    }

    [Fact]
    public async Task A_receiver_that_knows_of_a_mute_drops_what_the_sender_still_lets_pass()
    {
        var (alice, bob) = (await JoinAsync(0), await JoinAsync(1));
        Plan(epoch: 1, alice, bob);
        _planes[1].Publish(PlansFor(epoch: 1, [(alice, false, true), (bob, true, true)])[1]);
        alice.Send(alice.Media.Voice(1, 1));
        await UntilDroppedAsync(1, PacketDropReason.Muted);
    }

    [Fact]
    public async Task A_channel_grows_onto_another_worker_of_its_node_when_its_own_has_no_room()
    {
        var plane = new MediaPlane(NodeOf(4), Options() with { Workers = 2, MaximumSessionsPerWorker = 4 });
        plane.StartWorker(0);
        plane.StartWorker(1);
        _planes.Add(plane);
        var clients = new List<PlaneClient>();
        for (var user = 0; user < 6; user++)
        {
            clients.Add(await JoinAsync(3));
        }

        clients.GroupBy(client => client.Offer.Worker).Select(group => group.Count()).ShouldBe([4, 2]);
        Plan(epoch: 1, [.. clients]);
        clients[0].Send(clients[0].Media.Voice(7, 7));
        foreach (var listener in clients[1..])
        {
            (await listener.HearAsync()).Payload.ShouldBe([7, 7]);
        }

        plane.ReadRelayLinks().Select(links => links.Sum(link => link.Sent)).ShouldBe([1, 0], ignoreOrder: true);
    }

    [Fact]
    public async Task What_no_worker_sealed_is_counted_and_dropped()
    {
        var (alice, bob) = (await JoinAsync(0), await JoinAsync(1));
        Plan(epoch: 1, alice, bob);
        using var stranger = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
        var relay = new IPEndPoint(IPAddress.Loopback, _planes[1].ReadRelayPorts()[0]);
        stranger.Send([1, 2, 3], relay);
        await UntilDroppedAsync(1, PacketDropReason.Malformed);

        var forged = new byte[RelayHeader.Length + 40];
        new RelayHeader(RelayFlags.None, 1, 0, Link: 5, Counter: 1, Channel: 1, Epoch: 1, Source: 16, Sequence: 1, Timestamp: 1).Write(forged);
        stranger.Send(forged, relay);
        await UntilDroppedAsync(1, PacketDropReason.UnknownLink);
    }

    private static NodeIncarnation NodeOf(int number) => new(new NodeId($"node-{number}"), number);

    // A busy test machine may let a worker wait; what that costs is tested with made time.
    private MediaOptions Options() => new()
    {
        ListenAddress = IPAddress.Loopback,
        Port = 0,
        Workers = 1,
        Sockets = Sockets,
        AnswersPerSecond = 1_000_000,
        MaximumAge = TimeSpan.FromMinutes(1),
        StandstillLimit = TimeSpan.FromMinutes(1),
        Relay = new RelayOptions { ListenAddress = IPAddress.Loopback, Port = 0, Secret = Secret, Find = Find },
    };

    private Ipv4Endpoint? Find(WorkerId worker) =>
        Ipv4Endpoint.FromIPEndPoint(new IPEndPoint(IPAddress.Loopback, _planes[(int)worker.Node.Incarnation - 1].ReadRelayPorts()[worker.Index]));

    private async Task<PlaneClient> JoinAsync(int node)
    {
        var plane = _planes[node];
        plane.TryOpenSession(new OpenMediaSession(Room, new Snowflake(1)), out var offer).ShouldBeTrue();
        var client = new PlaneClient(offer, plane.Modes[0]);
        _clients.Add(client);
        await client.SynchronizeAsync();
        plane.ConfirmAddress(offer.Session, IPAddress.Loopback);
        plane.EnableSending(offer.Session, plane.ConfigureTransport(offer.Session, client.Media.Transport));
        return client;
    }

    private void Plan(long epoch, params PlaneClient[] clients) => Publish(epoch, [.. clients.Select(client => (client, true, true))]);

    private void Publish(long epoch, params (PlaneClient Client, bool Sends, bool Receives)[] members)
    {
        foreach (var plan in PlansFor(epoch, members))
        {
            _planes[(int)plan.Worker.Node.Incarnation - 1].Publish(plan);
        }
    }

    private ImmutableArray<ForwardingPlan> PlansFor(long epoch, (PlaneClient Client, bool Sends, bool Receives)[] members)
    {
        var workers = members.GroupBy(member => member.Client.Offer.Worker).ToList();
        var relays = workers.Select(group => new PlannedRelay(
            group.Key,
            group.Any(member => member.Receives),
            [.. group.Select(member => new PlannedSource(member.Client.Offer.Ssrc, member.Sends))])).ToList();
        var version = ++_planVersion;
        return
        [
            .. workers.Select(group => new ForwardingPlan(
                Room,
                epoch,
                version,
                group.Key,
                64_000,
                [.. group.Select(member => new PlannedSession(member.Client.Offer.Session, member.Sends, member.Receives))])
            {
                Relays = [.. relays.Where(relay => relay.Worker != group.Key)],
            }),
        ];
    }

    private async Task UntilDroppedAsync(int node, PacketDropReason reason)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (_planes[node].ReadStatistics()[0].Dropped(reason) == 0)
        {
            await Task.Delay(5, deadline.Token);
        }
    }
}

public sealed class BatchedRelayTests : RelaySpecification
{
    protected override DatagramSocketKind Sockets => DatagramSocketKind.Automatic;
}

public sealed class PortableRelayTests : RelaySpecification
{
    protected override DatagramSocketKind Sockets => DatagramSocketKind.Portable;
}
