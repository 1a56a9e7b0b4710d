using System.Collections.Immutable;
using System.Net;
using VoiceCluster.Crypto;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Domain.Media;
using VoiceCluster.Media.Tests.Support;
using VoiceCluster.Media.Workers;
using VoiceCluster.Protocol.Primitives;
using VoiceCluster.Udp;

namespace VoiceCluster.Media.Tests;

/// <summary>What control may expect of a media plane, shown with real sockets on the loopback interface.</summary>
public abstract class MediaPlaneSpecification : IAsyncLifetime
{
    private static readonly NodeIncarnation Node = new(new NodeId("node"), 7);
    private static readonly ChannelKey Room = new(new Realm("test"), new Snowflake(1), new Snowflake(2));
    private readonly List<PlaneClient> _clients = [];
    private MediaPlane _plane = null!;
    private long _planVersion;

    protected abstract DatagramSocketKind Sockets { get; }

    public static TheoryData<TransportEncryptionMode> AvailableModes =>
        [.. TransportEncryptionModes.All.Where(TransportCiphers.IsAvailable)];

    public Task InitializeAsync()
    {
        _plane = new MediaPlane(Node, Options(workers: 2));
        _plane.StartWorker(0);
        _plane.StartWorker(1);
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        _clients.ForEach(client => client.Dispose());
        await _plane.DisposeAsync();
    }

    [Fact]
    public void Workers_are_listed_with_their_ports()
    {
        var workers = _plane.Workers;

        workers.Select(worker => worker.Id).ShouldBe([new WorkerId(Node, 0), new WorkerId(Node, 1)]);
        workers.ShouldAllBe(worker => worker.Running && worker.Endpoint.Port != 0);
        workers[0].Endpoint.Port.ShouldNotBe(workers[1].Endpoint.Port);
    }

    [Theory]
    [MemberData(nameof(AvailableModes))]
    public async Task Two_clients_hear_each_other_in_every_mode(TransportEncryptionMode mode)
    {
        var (alice, bob) = (await JoinAsync(mode), await JoinAsync(mode));
        Plan(alice, bob);

        for (byte i = 0; i < 10; i++)
        {
            alice.Send(alice.Media.Voice(i, 1));
            (await bob.HearAsync()).Payload.ShouldBe([i, 1]);
            bob.Send(bob.Media.Voice(i, 2));
            var heard = await alice.HearAsync();
            heard.Payload.ShouldBe([i, 2]);
            heard.Plain[1].ShouldBe((byte)0x78);
            heard.Header.Ssrc.ShouldBe(bob.Offer.Ssrc);
        }
    }

    [Fact]
    public async Task One_speaker_is_heard_by_all_listeners_whatever_their_modes()
    {
        var speaker = await JoinAsync();
        var listeners = new List<PlaneClient>();
        foreach (var mode in Enumerable.Range(0, 20).Select(i => _plane.Modes[i % _plane.Modes.Length]))
        {
            listeners.Add(await JoinAsync(mode));
        }

        Plan([speaker, .. listeners]);
        speaker.Send(speaker.Media.Voice(1, 2, 3));

        foreach (var listener in listeners)
        {
            (await listener.HearAsync()).Payload.ShouldBe([1, 2, 3]);
        }
    }

    [Fact]
    public async Task Edge_tells_each_source_once()
    {
        var (alice, bob) = (await JoinAsync(), await JoinAsync());
        Plan(alice, bob);
        for (byte i = 0; i < 3; i++)
        {
            alice.Send(alice.Media.Voice(i));
            await bob.HearAsync();
        }

        var edges = _plane.Edges(alice.Offer.Worker.Index);
        (await NextEdgeAsync(edges)).ShouldBe(new MediaEdge.SourceStarted(alice.Offer.Session, alice.Offer.Ssrc));
        edges.TryRead(out _).ShouldBeFalse();
    }

    [Fact]
    public async Task Mute_and_removal_are_in_force_with_the_plan()
    {
        var (alice, bob) = (await JoinAsync(), await JoinAsync());
        Plan(alice, bob);
        alice.Send(alice.Media.Voice(1));
        await bob.HearAsync();

        PlanWith(bob, new PlannedSession(alice.Offer.Session, Sends: false, Receives: true), new PlannedSession(bob.Offer.Session, Sends: true, Receives: true));
        alice.Send(alice.Media.Voice(2));
        await alice.SynchronizeAsync();
        PlanWith(bob, new PlannedSession(bob.Offer.Session, Sends: true, Receives: true));
        alice.Send(alice.Media.Voice(3));
        await alice.SynchronizeAsync();
        Plan(alice, bob);
        alice.Send(alice.Media.Voice(4));

        (await bob.HearAsync()).Payload.ShouldBe([4]);
    }

    [Fact]
    public async Task Nothing_is_sent_before_sending_is_enabled()
    {
        var (alice, bob) = (await JoinAsync(), await OpenAsync());
        var key = _plane.ConfigureTransport(bob.Offer.Session, bob.Media.Transport);
        Plan(alice, bob);
        alice.Send(alice.Media.Voice(1));
        await alice.SynchronizeAsync();

        _plane.EnableSending(bob.Offer.Session, key);
        alice.Send(alice.Media.Voice(2));

        (await bob.HearAsync()).Payload.ShouldBe([2]);
    }

    [Fact]
    public async Task Sink_wants_are_kept()
    {
        var (alice, bob) = (await JoinAsync(), await JoinAsync());
        Plan(alice, bob);
        _plane.SetSinkWants(bob.Offer.Session, 100, ImmutableDictionary<Ssrc, int>.Empty.Add(alice.Offer.Ssrc, 0));
        alice.Send(alice.Media.Voice(1));
        await alice.SynchronizeAsync();
        _plane.SetSinkWants(bob.Offer.Session, 100, ImmutableDictionary<Ssrc, int>.Empty);
        alice.Send(alice.Media.Voice(2));

        (await bob.HearAsync()).Payload.ShouldBe([2]);
    }

    [Fact]
    public async Task Codecs_can_change_while_the_key_stays()
    {
        var (alice, bob) = (await JoinAsync(), await JoinAsync());
        Plan(alice, bob);
        _plane.SetCodecs(bob.Offer.Session, [new MediaCodec("opus", false, 109, null)]);

        alice.Send(alice.Media.Voice(1));

        (await bob.HearAsync()).Header.PayloadType.ShouldBe((byte)109);
    }

    [Fact]
    public async Task A_renegotiated_key_is_used_once_the_client_was_told()
    {
        var (alice, bob) = (await JoinAsync(), await JoinAsync());
        Plan(alice, bob);
        using var renewed = new TestClient(_plane.Modes[0], bob.Offer.Ssrc, bob.Media.Endpoint);
        var key = _plane.ConfigureTransport(bob.Offer.Session, renewed.Transport);

        alice.Send(alice.Media.Voice(1));
        (await bob.HearAsync()).Payload.ShouldBe([1]);

        _plane.EnableSending(bob.Offer.Session, key);
        alice.Send(alice.Media.Voice(2));
        new HeardPacket(renewed.Open(await bob.ReceiveAsync()).ShouldNotBeNull()).Payload.ShouldBe([2]);

        bob.Send(bob.Media.Voice(3));
        (await alice.HearAsync()).Payload.ShouldBe([3]);
        renewed.Sequence = bob.Media.Sequence;
        bob.Send(renewed.Voice(4));
        (await alice.HearAsync()).Payload.ShouldBe([4]);
    }

    [Fact]
    public async Task A_closed_session_is_forgotten_and_later_calls_for_it_do_nothing()
    {
        var (alice, bob) = (await JoinAsync(), await JoinAsync());
        Plan(alice, bob);
        _plane.CloseSession(bob.Offer.Session);

        _plane.CloseSession(bob.Offer.Session);
        _plane.ConfigureTransport(bob.Offer.Session, bob.Media.Transport).ShouldBe(0);
        _plane.ConfirmAddress(bob.Offer.Session, IPAddress.Loopback);
        _plane.EnableSending(bob.Offer.Session, 1);
        _plane.SetSinkWants(bob.Offer.Session, 0, ImmutableDictionary<Ssrc, int>.Empty);
        _plane.SetCodecs(bob.Offer.Session, []);
        _plane.TryReplaceSources(bob.Offer.Session, out _).ShouldBeFalse();
        bob.Send(bob.Media.Voice(1));
        await alice.SynchronizeAsync();

        _plane.ReadStatistics().Sum(worker => worker.Dropped(PacketDropReason.UnknownSource)).ShouldBe(1);
        _plane.Workers.Sum(worker => worker.Sessions).ShouldBe(1);
    }

    [Fact]
    public async Task Replaced_sources_are_others_and_work()
    {
        var bob = await JoinAsync();
        _plane.TryOpenSession(new OpenMediaSession(Room, new Snowflake(9)), out var offer).ShouldBeTrue();
        _plane.TryReplaceSources(offer.Session, out var ssrc).ShouldBeTrue();
        ssrc.ShouldNotBe(offer.Ssrc);
        var alice = await JoinAsync(_plane.Modes[0], offer with { Ssrc = ssrc });
        Plan(alice, bob);

        alice.Send(alice.Media.Voice(1));

        (await bob.HearAsync()).Header.Ssrc.ShouldBe(ssrc);
    }

    [Fact]
    public void A_channel_stays_on_its_worker_and_new_ones_go_to_the_least_loaded()
    {
        var first = Open(Room);
        var second = Open(Room);
        var elsewhere = Open(Room with { ChannelId = new Snowflake(3) });

        second.Worker.ShouldBe(first.Worker);
        elsewhere.Worker.ShouldNotBe(first.Worker);
        _plane.Workers[first.Worker.Index].Sessions.ShouldBe(2);
        _plane.Workers[first.Worker.Index].Channels.ShouldBe(1);
    }

    [Fact]
    public async Task A_client_that_sends_to_another_workers_port_is_refused_and_counted()
    {
        var (alice, bob) = (await JoinAsync(), await JoinAsync());
        Plan(alice, bob);
        Open(Room with { ChannelId = new Snowflake(3) });
        var other = _plane.Workers.Single(worker => worker.Id != alice.Offer.Worker);

        alice.SendTo(other.Endpoint, alice.Media.Voice(1));
        await alice.SynchronizeAsync(other.Endpoint);
        alice.Send(alice.Media.Voice(2));

        (await bob.HearAsync()).Payload.ShouldBe([2]);
        _plane.ReadStatistics()[other.Id.Index].Dropped(PacketDropReason.WrongWorker).ShouldBe(1);
    }

    [Fact]
    public void Those_who_just_came_count_before_their_load_can_be_measured()
    {
        var channels = Enumerable.Range(10, 20).Select(channel => Room with { ChannelId = new Snowflake((ulong)channel) });
        var workers = channels.Select(channel => Open(channel).Worker.Index).ToList();

        workers.Count(worker => worker == 0).ShouldBe(10);
    }

    [Fact]
    public void A_channel_with_a_plan_stays_though_its_sessions_are_gone()
    {
        var first = Open(Room);
        _plane.Publish(NewPlan(first.Worker, [new PlannedSession(first.Session, Sends: true, Receives: true)]));
        Open(Room with { ChannelId = new Snowflake(3) });
        _plane.CloseSession(first.Session);

        Open(Room).Worker.ShouldBe(first.Worker);
    }

    [Fact]
    public void Sources_lie_below_two_to_the_24th_and_do_not_overlap()
    {
        var sources = Enumerable.Range(0, 500).Select(_ => Open(Room).Ssrc.Value).ToList();

        sources.ShouldAllBe(ssrc => ssrc > 0 && ssrc + Ssrc.BlockSize <= Ssrc.AssignableLimit);
        sources.Select(ssrc => ssrc / Ssrc.BlockSize).Distinct().Count().ShouldBe(500);
    }

    [Fact]
    public void Older_plans_and_plans_for_others_are_refused_and_counted()
    {
        var offer = Open(Room);
        var plan = NewPlan(offer.Worker, [new PlannedSession(offer.Session, Sends: true, Receives: true)]);
        _plane.Publish(plan with { Epoch = 5, Version = 2 });
        _plane.Publish(plan with { Epoch = 5, Version = 1 });
        _plane.Publish(plan with { Epoch = 4, Version = 9 });
        _plane.Publish(plan with { Worker = new WorkerId(new NodeIncarnation(new NodeId("other"), 1), 0) });
        _plane.Publish(plan with { Epoch = 6, Version = 1 });

        _plane.ReadStatistics().Sum(worker => worker.PlansRefused).ShouldBe(3);
    }

    [Fact]
    public async Task A_stopped_worker_stops_and_takes_no_sessions_and_starts_again_on_its_port()
    {
        var (alice, bob) = (await JoinAsync(), await JoinAsync());
        Plan(alice, bob);
        var worker = alice.Offer.Worker.Index;
        var port = _plane.Workers[worker].Endpoint.Port;

        _plane.StopWorker(worker);
        _plane.Workers[worker].Running.ShouldBeFalse();
        _plane.TryOpenSession(new OpenMediaSession(Room, new Snowflake(3)), out _).ShouldBeFalse();

        _plane.StartWorker(worker);
        _plane.Workers[worker].Endpoint.Port.ShouldBe(port);
        alice.Send(alice.Media.Voice(1));
        (await bob.HearAsync()).Payload.ShouldBe([1]);
    }

    [Fact]
    public async Task A_port_that_cannot_be_had_is_an_edge()
    {
        await using var second = new MediaPlane(Node, Options(workers: 1) with { Port = _plane.Workers[0].Endpoint.Port });

        second.StartWorker(0);

        (await NextEdgeAsync(second.Edges(0))).ShouldBeOfType<MediaEdge.WorkerFailed>().Reason.ShouldContain("bind");
        second.Workers[0].Running.ShouldBeFalse();
    }

    [Fact]
    public async Task Sessions_that_come_and_go_under_load_fail_no_worker()
    {
        var (alice, bob) = (await JoinAsync(), await JoinAsync());
        Plan(alice, bob);
        using var stop = new CancellationTokenSource();
        var traffic = Task.Run(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                alice.Send(alice.Media.Voice(1));
                alice.Send(alice.Media.Discovery());
                Thread.Yield();
            }
        });
        for (var i = 0; i < 200; i++)
        {
            var offer = Open(Room);
            using var client = new PlaneClient(offer, _plane.Modes[i % _plane.Modes.Length]);
            _plane.ConfirmAddress(offer.Session, IPAddress.Loopback);
            client.Send(client.Media.Discovery());
            Negotiate(client);
            Plan(alice, bob, client);
            client.Send(client.Media.Voice(1));
            Negotiate(client);
            _plane.CloseSession(offer.Session);
        }

        await stop.CancelAsync();
        await traffic;
        await bob.SynchronizeAsync();
        _plane.Workers.ShouldAllBe(worker => worker.Running);
        _plane.Workers.Sum(worker => worker.Sessions).ShouldBe(2);
    }

    [Fact]
    public void Options_that_make_no_sense_are_all_named() =>
        Should.Throw<ArgumentException>(() => new MediaPlane(Node, new MediaOptions { Workers = 0, Dscp = 99 }))
            .Message.ShouldSatisfyAllConditions(
                message => message.ShouldContain(nameof(MediaOptions.Workers)), message => message.ShouldContain(nameof(MediaOptions.Dscp)));

    private static async Task<MediaEdge> NextEdgeAsync(System.Threading.Channels.ChannelReader<MediaEdge> edges)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        return await edges.ReadAsync(deadline.Token);
    }

    // A busy test machine may let a worker wait; what that costs is tested with made time.
    private MediaOptions Options(int workers) => new()
    {
        ListenAddress = IPAddress.Loopback,
        Port = 0,
        Workers = workers,
        Sockets = Sockets,
        AnswersPerSecond = 1_000_000,
        MaximumAge = TimeSpan.FromMinutes(1),
        StandstillLimit = TimeSpan.FromMinutes(1),
    };

    private MediaSessionOffer Open(ChannelKey channel)
    {
        _plane.TryOpenSession(new OpenMediaSession(channel, new Snowflake(1)), out var offer).ShouldBeTrue();
        return offer;
    }

    private async Task<PlaneClient> OpenAsync(TransportEncryptionMode? mode = null, MediaSessionOffer? offer = null)
    {
        var client = new PlaneClient(offer ?? Open(Room), mode ?? _plane.Modes[0]);
        _clients.Add(client);
        await client.SynchronizeAsync();
        return client;
    }

    private async Task<PlaneClient> JoinAsync(TransportEncryptionMode? mode = null, MediaSessionOffer? offer = null)
    {
        var client = await OpenAsync(mode, offer);
        _plane.ConfirmAddress(client.Offer.Session, IPAddress.Loopback);
        Negotiate(client);
        return client;
    }

    private void Negotiate(PlaneClient client) =>
        _plane.EnableSending(client.Offer.Session, _plane.ConfigureTransport(client.Offer.Session, client.Media.Transport));

    private ForwardingPlan NewPlan(WorkerId worker, ImmutableArray<PlannedSession> sessions) =>
        new(Room, 1, ++_planVersion, worker, 64_000, sessions);

    private void Plan(params PlaneClient[] clients) =>
        PlanWith(clients[0], [.. clients.Select(client => new PlannedSession(client.Offer.Session, Sends: true, Receives: true))]);

    private void PlanWith(PlaneClient any, params PlannedSession[] sessions) => _plane.Publish(NewPlan(any.Offer.Worker, [.. sessions]));
}

public sealed class BatchedMediaPlaneTests : MediaPlaneSpecification
{
    protected override DatagramSocketKind Sockets => DatagramSocketKind.Automatic;
}

public sealed class PortableMediaPlaneTests : MediaPlaneSpecification
{
    protected override DatagramSocketKind Sockets => DatagramSocketKind.Portable;
}
