using System.Collections.Immutable;
using System.Net;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Domain.Media;
using VoiceCluster.Media.Relay;
using VoiceCluster.Protocol.Primitives;
using VoiceCluster.Udp;

namespace VoiceCluster.Media.Tests.Support;

/// <summary>The workers of several nodes without threads, sockets and clocks; what they send each other is carried by hand.</summary>
internal sealed class RelayBed : IDisposable
{
    public static readonly byte[] Secret = [.. "the secret of a cluster"u8];

    private const int Rounds = 4;
    private const uint FirstAddress = 0x0A020000;

    private readonly MediaBed[] _workers;
    private readonly Dictionary<TestClient, int> _places = [];
    private readonly Dictionary<(int From, int To), int> _carried = [];
    private long _planVersion;

    public RelayBed(int workers)
    {
        _workers = [.. Enumerable.Range(0, workers).Select(index => new MediaBed(new MediaOptions
        {
            Relay = new RelayOptions
            {
                ListenAddress = IPAddress.Loopback,
                Port = 0,
                Secret = Secret,
                Find = worker => new Ipv4Endpoint(FirstAddress + (uint)worker.Node.Incarnation, 7401),
            },
        }))];
    }

    /// <summary>What becomes of a datagram on its way: those returned arrive. As it is by default.</summary>
    public Func<byte[], IEnumerable<byte[]>> Way { get; set; } = static datagram => [datagram];

    public MediaBed this[int worker] => _workers[worker];

    public static WorkerId WorkerOf(int index) => new(new NodeIncarnation(new NodeId($"node-{index}"), index + 1), 0);

    /// <summary>How many datagrams went from one worker to another, before the way did anything to them.</summary>
    public int Carried(int from, int to) => _carried.GetValueOrDefault((from, to));

    public RelayLinkStatistics Link(int from, int to) => _workers[from].Inbox.Links!.Read().Single(link => link.Peer == WorkerOf(to));

    public TestClient Join(
        int worker, TransportEncryptionMode mode = TransportEncryptionMode.AeadAes256GcmRtpSize, ImmutableArray<MediaCodec> codecs = default)
    {
        var client = _workers[worker].Join(mode, codecs, MediaBed.Room);
        _places.Add(client, worker);
        return client;
    }

    public void Plan(params TestClient[] clients) => PlanWith(epoch: 1, [.. clients.Select(client => (client, true, true))]);

    /// <summary>Gives every worker its plan.</summary>
    public void PlanWith(long epoch, params (TestClient Client, bool Sends, bool Receives)[] members)
    {
        foreach (var plan in PlansFor(epoch, members))
        {
            Obey(plan);
        }
    }

    public void Obey(ForwardingPlan plan) => _workers[(int)plan.Worker.Node.Incarnation - 1].Sessions.Obey(plan);

    /// <summary>The plans of all workers, in their order.</summary>
    public ImmutableArray<ForwardingPlan> PlansFor(long epoch, params (TestClient Client, bool Sends, bool Receives)[] members)
    {
        var groups = members.GroupBy(member => _places[member.Client]).OrderBy(group => group.Key).ToList();
        var relays = groups.Select(group => new PlannedRelay(
            WorkerOf(group.Key),
            group.Any(member => member.Receives),
            [.. group.Select(member => new PlannedSource(member.Client.Ssrc, member.Sends))])).ToList();
        var version = ++_planVersion;
        return
        [
            .. groups.Select(group => new ForwardingPlan(
                MediaBed.Room,
                epoch,
                version,
                WorkerOf(group.Key),
                64_000,
                [.. group.Select(member => new PlannedSession(_workers[group.Key].Session(member.Client).Id, member.Sends, member.Receives))])
            {
                Relays = [.. relays.Where(relay => relay.Worker != WorkerOf(group.Key))],
            }),
        ];
    }

    /// <summary>A client says something; all workers run until nothing is on its way, then 20 ms pass.</summary>
    public void Speak(TestClient client, params byte[] payload) => Send(client, client.Voice(payload));

    public void Send(TestClient client, byte[] datagram)
    {
        _workers[_places[client]].Deliver(client, datagram);
        Carry();
        Pass(TimeSpan.FromMilliseconds(20));
    }

    /// <summary>Lets time pass without anybody saying anything.</summary>
    public void Pass(TimeSpan duration)
    {
        foreach (var worker in _workers)
        {
            worker.Now += duration;
            worker.Run();
        }

        Carry();
    }

    /// <summary>Brings what is on its way to where it goes, and what comes of that.</summary>
    public void Carry()
    {
        for (var round = 0; round < Rounds; round++)
        {
            for (var from = 0; from < _workers.Length; from++)
            {
                CarryFrom(from);
            }
        }
    }

    public List<HeardPacket> Heard(TestClient client) => _workers[_places[client]].Heard(client);

    public void Dispose()
    {
        foreach (var worker in _workers)
        {
            worker.Dispose();
        }
    }

    private void CarryFrom(int from)
    {
        var sent = _workers[from].RelaySocket.Sent.ToList();
        _workers[from].RelaySocket.Sent.Clear();
        foreach (var (datagram, destination) in sent)
        {
            var to = (int)(destination.Address - FirstAddress) - 1;
            _carried[(from, to)] = Carried(from, to) + 1;
            foreach (var arriving in Way(datagram))
            {
                _workers[to].ArriveRelayed([.. arriving]);
                _workers[to].Run();
            }
        }
    }
}
