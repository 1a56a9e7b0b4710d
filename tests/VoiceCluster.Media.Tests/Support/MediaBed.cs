using System.Collections.Immutable;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Domain.Media;
using VoiceCluster.Media.Control;
using VoiceCluster.Media.Relay;
using VoiceCluster.Media.Sessions;
using VoiceCluster.Media.Workers;
using VoiceCluster.Protocol.Primitives;
using VoiceCluster.Udp;

namespace VoiceCluster.Media.Tests.Support;

/// <summary>One worker without thread, socket and clock: datagrams and time are put in by hand.</summary>
internal sealed class MediaBed : IDisposable
{
    public static readonly WorkerId WorkerId = new(new NodeIncarnation(new NodeId("node"), 1), 0);
    public static readonly ChannelKey Room = new(new Realm("test"), new Snowflake(10), new Snowflake(20));

    private readonly List<(byte[] Datagram, Ipv4Endpoint From, TimeSpan Age)> _arriving = [];
    private readonly Dictionary<TestClient, MediaSession> _sessions = [];
    private readonly ReceiveBatch _batch;
    private readonly ReceiveBatch _relayed;
    private readonly List<byte[]> _relaying = [];
    private long _nextId;
    private uint _nextAddress = 0x0A000001;

    public MediaBed(MediaOptions? options = null)
    {
        Options = options ?? new MediaOptions();
        _batch = new ReceiveBatch(Options.BatchSize);
        _relayed = new ReceiveBatch(Options.BatchSize);
        Inbox = new WorkerInbox(Options.MaximumSessionsPerWorker, Options.Relay is { } relay ? new RelayLinks(relay) : null);
        Edges = new WorkerEdges(Options.EdgeQueueLength);
        Sessions = new WorkerSessions(Options, Inbox);
        Processor = NewProcessor();
    }

    public MediaOptions Options { get; }


    public WorkerInbox Inbox { get; }

    public WorkerCounters Counters { get; } = new();

    public WorkerEdges Edges { get; }

    public WorkerSessions Sessions { get; }

    public FakeSocket Socket { get; } = new();

    /// <summary>What goes to other workers, if the options say that there are any.</summary>
    public FakeSocket RelaySocket { get; } = new();

    public PacketProcessor Processor { get; private set; }

    /// <summary>Is called when the worker reads the clock in the middle of a batch.</summary>
    public Action? ClockRead { get; set; }

    public TimeSpan Now { get; set; } = TimeSpan.FromHours(1);

    /// <summary>For how long the loop has rested before each batch.</summary>
    public TimeSpan Rested { get; set; }

    public long PlanVersion { get; private set; }

    public int BitrateBps { get; set; } = 64_000;

    public MediaSession Session(TestClient client) => _sessions[client];

    /// <summary>Whose address it is.</summary>
    public TestClient ClientAt(Ipv4Endpoint endpoint) => _sessions.Keys.Single(client => client.Endpoint == endpoint);

    /// <summary>What the worker keeps of a client, brought up to date.</summary>
    public ref MediaSink Sink(TestClient client)
    {
        Run();
        return ref Inbox.Sinks[Session(client).Slot];
    }

    public long Dropped(PacketDropReason reason) => Counters.Drops(reason);

    public Ipv4Endpoint NewEndpoint() => new(_nextAddress++, 40_000);

    /// <summary>Opens a session, without an address or a key.</summary>
    public MediaSession Open(ChannelKey? channel = null)
    {
        var id = new MediaSessionId((ulong)++_nextId);
        return Sessions.Open(id, new OpenMediaSession(channel ?? Room, new Snowflake((ulong)_nextId)), Now)!;
    }

    /// <summary>Opens a session, and makes the client that has its source.</summary>
    public TestClient Connect(
        TransportEncryptionMode mode = TransportEncryptionMode.AeadAes256GcmRtpSize, ImmutableArray<MediaCodec> codecs = default, ChannelKey? channel = null)
    {
        var session = Open(channel);
        var client = new TestClient(mode, session.Sources.First, NewEndpoint(), codecs);
        _sessions[client] = session;
        return client;
    }

    /// <summary>Brings a client to where media flows: discovered, configured, confirmed and enabled. It still has to be planned.</summary>
    public TestClient Join(
        TransportEncryptionMode mode = TransportEncryptionMode.AeadAes256GcmRtpSize, ImmutableArray<MediaCodec> codecs = default, ChannelKey? channel = null)
    {
        var client = Connect(mode, codecs, channel);
        Deliver(client, client.Discovery());
        var key = Configure(client);
        Confirm(client);
        Sessions.Enable(Session(client), key);
        Socket.Sent.Clear();
        return client;
    }

    public int Configure(TestClient client) => Sessions.Configure(Session(client), client.Transport);

    public void Confirm(TestClient client) => Session(client).ConfirmedAddresses = [client.Endpoint.Address];

    /// <summary>Plans everybody as sender and receiver.</summary>
    public void Plan(params TestClient[] clients) => PlanWith([.. clients.Select(client => new PlannedSession(Session(client).Id, Sends: true, Receives: true))]);

    public void PlanWith(params PlannedSession[] sessions) =>
        Sessions.Obey(new ForwardingPlan(Room, 1, ++PlanVersion, WorkerId, BitrateBps, [.. sessions]));

    /// <summary>Mutes or unmutes the first, with the others in the call.</summary>
    public void PlanSender(TestClient sender, bool sends, params TestClient[] others) => PlanWith(
    [
        new PlannedSession(Session(sender).Id, sends, Receives: true),
        .. others.Select(other => new PlannedSession(Session(other).Id, Sends: true, Receives: true)),
    ]);

    /// <summary>Lets a datagram wait for the next batch.</summary>
    public void Arrive(Ipv4Endpoint from, byte[] datagram, TimeSpan age = default) => _arriving.Add((datagram, from, age));

    /// <summary>Lets a datagram of another worker wait for the next batch.</summary>
    public void ArriveRelayed(byte[] datagram) => _relaying.Add(datagram);

    /// <summary>Lets one datagram through, at once.</summary>
    public void Deliver(TestClient from, byte[] datagram) => Deliver(from.Endpoint, datagram);

    public void Deliver(Ipv4Endpoint from, byte[] datagram)
    {
        Arrive(from, datagram);
        Run();
    }

    /// <summary>Speaks at the usual pace: one packet, then 20 ms.</summary>
    public void Speak(TestClient client, int packets = 1)
    {
        for (var i = 0; i < packets; i++)
        {
            Deliver(client, client.Voice((byte)i, 7));
            Now += TimeSpan.FromMilliseconds(20);
        }
    }

    public void Run()
    {
        _batch.Clear();
        var time = Clock();
        foreach (var (datagram, from, age) in _arriving)
        {
            _batch.TryAdd(datagram, from, time.UnixNanoseconds - (age.Ticks * 100));
        }

        _arriving.Clear();
        _relayed.Clear();
        foreach (var datagram in _relaying)
        {
            _relayed.TryAdd(datagram, new Ipv4Endpoint(0x0A010101, 7401), time.UnixNanoseconds);
        }

        _relaying.Clear();
        Processor.Process(_batch, time, _relayed, Rested);
    }

    /// <summary>Lets time pass with a batch every 100 ms, as the thread would have it.</summary>
    public void Pass(TimeSpan duration)
    {
        for (var end = Now + duration; Now < end; Now += TimeSpan.FromMilliseconds(100))
        {
            Run();
        }
    }

    /// <summary>What a client was sent and could open, since the last call for it.</summary>
    public List<HeardPacket> Heard(TestClient client)
    {
        var mine = TakeSent(client.Endpoint);
        return [.. mine.Select(client.Open).Where(plain => plain is not null).Select(plain => new HeardPacket(plain!))];
    }

    /// <summary>The RTCP a client was sent.</summary>
    public List<byte[]> HeardRtcp(TestClient client) => [.. TakeSent(client.Endpoint).Select(datagram => client.OpenRtcp(datagram)!)];

    /// <summary>Takes what was sent to an endpoint.</summary>
    public List<byte[]> TakeSent(Ipv4Endpoint to)
    {
        var mine = Socket.Sent.Where(sent => sent.To == to).Select(sent => sent.Datagram).ToList();
        Socket.Sent.RemoveAll(sent => sent.To == to);
        return mine;
    }

    public List<MediaEdge> TakeEdges()
    {
        var edges = new List<MediaEdge>();
        while (Edges.Reader.TryRead(out var edge))
        {
            edges.Add(edge);
        }

        return edges;
    }

    /// <summary>Ends the loop as a failure would, and starts another one.</summary>
    public void Restart()
    {
        Processor.Dispose();
        Processor = NewProcessor();
    }

    public void Dispose()
    {
        Processor.Dispose();
        _batch.Dispose();
        _relayed.Dispose();
        Sessions.DisposeAll();
        foreach (var client in _sessions.Keys)
        {
            client.Dispose();
        }
    }

    private PacketProcessor NewProcessor() => new(0, Options, Socket, Inbox, Counters, Edges, ReadClock, Options.Relay is null ? null : RelaySocket);

    private WorkerTime ReadClock()
    {
        ClockRead?.Invoke();
        return Clock();
    }

    private WorkerTime Clock() => new(Now.Ticks, 1_000_000_000_000 + (Now.Ticks * 100));
}
