using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Domain.Media;
using VoiceCluster.Protocol.Primitives;
using VoiceCluster.Protocol.Udp;
using VoiceCluster.Udp;

namespace VoiceCluster.Media.Tests.Support;

/// <summary>What a stress test's client says in a frame.</summary>
/// <param name="Sender">Who sent it.</param>
/// <param name="Channel">Into which channel.</param>
/// <param name="IsMuted">Whether the plan that mutes the sender was in force before the frame was sent, and until it was dealt with.</param>
/// <param name="Stamp">Counts all frames.</param>
internal readonly record struct StressFrame(int Sender, int Channel, bool IsMuted, long Stamp)
{
    private const int Length = 17;

    public static StressFrame? Read(ReadOnlySpan<byte> bytes) => bytes.Length != Length
        ? null
        : new StressFrame(
            BinaryPrimitives.ReadInt32BigEndian(bytes), BinaryPrimitives.ReadInt32BigEndian(bytes[4..]), bytes[8] != 0, BinaryPrimitives.ReadInt64BigEndian(bytes[9..]));

    public byte[] ToBytes()
    {
        var bytes = new byte[Length];
        BinaryPrimitives.WriteInt32BigEndian(bytes, Sender);
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(4), Channel);
        bytes[8] = IsMuted ? (byte)1 : (byte)0;
        BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(9), Stamp);
        return bytes;
    }
}

/// <summary>A frame that reached somebody.</summary>
/// <param name="To">Who.</param>
/// <param name="Frame">Whose.</param>
/// <param name="Key">Under which key.</param>
/// <param name="Nonce">And which nonce.</param>
internal sealed record StressDelivery(StressClient To, StressFrame Frame, TestClient Key, string Nonce);

/// <summary>One session of a stress test, with all the keys and addresses that it ever had. Locked while it is used.</summary>
internal sealed class StressClient(int id, int channel, MediaSessionOffer offer, TestClient media)
{
    public int Id { get; } = id;

    public int Channel { get; } = channel;

    public MediaSessionOffer Offer { get; } = offer;

    /// <summary>The newest last.</summary>
    public List<TestClient> Keys { get; } = [media];

    public TestClient Media => Keys[^1];

    public bool IsMuted { get; set; }

    public bool Receives { get; set; } = true;

    /// <summary>The last frame that may still reach it.</summary>
    public long ClosedAt { get; set; } = long.MaxValue;
}

/// <summary>A media plane of two workers, everything that control does to it, and the traffic meanwhile.</summary>
internal sealed class StressBed : IAsyncDisposable
{
    private const int Channels = 6;
    private const int MostClients = 24;
    private const int FramesPerOperation = 12;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
    private static readonly NodeIncarnation Node = new(new NodeId("node"), 1);

    private readonly Random _random;
    private readonly Lock _listed = new();
    private readonly List<StressClient> _clients = [];
    private readonly List<StressClient> _gone = [];
    private readonly ConcurrentDictionary<Ipv4Endpoint, StressClient> _owners = new();
    private readonly List<SimulatedSocket> _sockets = [];
    private uint _nextAddress = 0x0A000001;
    private int _nextId;
    private long _stamp;
    private long _operations;
    private long _planVersion;

    public StressBed(int seed)
    {
        _random = new Random(seed);
        var options = new MediaOptions
        {
            ListenAddress = IPAddress.Loopback,
            Port = 0,
            Workers = 2,
            StandstillLimit = TimeSpan.FromMinutes(10),
            PacketsPerSecond = 1_000_000,
            StrangerPacketsPerSecond = 1_000_000,
            FailedOpensPerSecond = 1_000_000,
            AnswersPerSecond = 1_000_000,
            UnconfirmedBitsPerSecond = 1_000_000_000,
        };
        Plane = new MediaPlane(Node, options, TimeProvider.System, _ =>
        {
            _sockets.Add(new SimulatedSocket(50_000 + _sockets.Count));
            return _sockets[^1];
        });
        Plane.StartWorker(0);
        Plane.StartWorker(1);
    }

    public MediaPlane Plane { get; }

    public IReadOnlyList<SimulatedSocket> Sockets => _sockets;

    public static bool IsAnswer(byte[] datagram) => datagram.Length is IpDiscovery.CurrentLength or Keepalive.Length;

    /// <summary>Does so many random things to the plane while all clients talk, then waits until the last datagram has been dealt with.</summary>
    public async Task RunAsync(int operations)
    {
        using var stop = new CancellationTokenSource();
        Task[] traffic = [.. Enumerable.Range(0, 2).Select(talker => Task.Run(() => Talk(new Random(talker), stop.Token)))];
        for (var operation = 0; operation < operations; operation++)
        {
            await DoSomethingAsync();
            Interlocked.Increment(ref _operations);
        }

        await stop.CancelAsync();
        await Task.WhenAll(traffic);
        await SettleAsync(0);
        await SettleAsync(1);
    }

    /// <summary>Opens everything that was sent with the keys of those who were sent it.</summary>
    public List<StressDelivery> ReadDeliveries() =>
        [.. _sockets.SelectMany(socket => socket.Sent).Where(sent => !IsAnswer(sent.Datagram)).Select(sent => Open(_owners[sent.To], sent.Datagram))];

    public async ValueTask DisposeAsync()
    {
        await Plane.DisposeAsync();
        foreach (var key in _clients.Concat(_gone).SelectMany(client => client.Keys))
        {
            key.Dispose();
        }
    }

    private static StressDelivery Open(StressClient to, byte[] datagram)
    {
        foreach (var key in to.Keys)
        {
            if (key.Open(datagram) is { } plain && StressFrame.Read(new HeardPacket(plain).Payload) is { } frame)
            {
                return new StressDelivery(to, frame, key, NonceOf(key.Mode, datagram));
            }
        }

        throw new InvalidOperationException($"A datagram to client {to.Id} opens under none of its {to.Keys.Count} keys.");
    }

    private static string NonceOf(TransportEncryptionMode mode, byte[] datagram) => Convert.ToHexString(mode switch
    {
        TransportEncryptionMode.XSalsa20Poly1305 => datagram.AsSpan(0, 12),
        TransportEncryptionMode.XSalsa20Poly1305Suffix => datagram.AsSpan(^24..),
        _ => datagram.AsSpan(^4..),
    });

    private void Talk(Random random, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            // No more than there is something to do with: every datagram is looked at afterwards.
            if (Volatile.Read(ref _stamp) > FramesPerOperation * Volatile.Read(ref _operations) || Pick(random) is not { } client)
            {
                Thread.Yield();
                continue;
            }

            lock (client)
            {
                var stamp = Interlocked.Increment(ref _stamp);
                var frame = new StressFrame(client.Id, client.Channel, client.IsMuted, stamp).ToBytes();
                var worker = random.Next(50) == 0 ? 1 - client.Offer.Worker.Index : client.Offer.Worker.Index;
                _sockets[worker].Arrive(client.Media.Endpoint, client.Media.Voice(frame));
            }
        }
    }

    private StressClient? Pick(Random random)
    {
        lock (_listed)
        {
            return _clients.Count == 0 ? null : _clients[random.Next(_clients.Count)];
        }
    }

    private async Task DoSomethingAsync()
    {
        var client = Pick(_random);
        switch (client is null || _clients.Count < 4 ? 0 : _random.Next(12))
        {
            case 0 or 1 when _clients.Count < MostClients:
                await JoinAsync(_random.Next(Channels));
                break;
            case 2:
                Leave(client!);
                break;
            case 3:
                Leave(client!);
                await JoinAsync(_random.Next(Channels));
                break;
            case 4 or 5 or 6:
                await ToggleMuteAsync(client!);
                break;
            case 7:
                client!.Receives = !client.Receives;
                Publish(client.Channel);
                break;
            case 8 or 9:
                Rebind(client!);
                break;
            case 10:
                Renegotiate(client!);
                break;
            case 11 when _random.Next(8) == 0:
                await FailAsync(_random.Next(_sockets.Count));
                break;
        }
    }

    private async Task JoinAsync(int channel)
    {
        Plane.TryOpenSession(new OpenMediaSession(KeyOf(channel), new Snowflake((ulong)++_nextId)), out var offer).ShouldBeTrue();
        var mode = Plane.Modes[_random.Next(Plane.Modes.Length)];
        var client = new StressClient(_nextId, channel, offer, new TestClient(mode, offer.Ssrc, NewEndpoint()));
        _owners[client.Media.Endpoint] = client;
        Plane.ConfirmAddress(offer.Session, client.Media.Endpoint.ToIPAddress());
        _sockets[offer.Worker.Index].Arrive(client.Media.Endpoint, client.Media.Discovery());
        await SettleAsync(offer.Worker.Index);
        Plane.EnableSending(offer.Session, Plane.ConfigureTransport(offer.Session, client.Media.Transport));
        lock (_listed)
        {
            _clients.Add(client);
        }

        Publish(channel);
    }

    private void Leave(StressClient client)
    {
        lock (_listed)
        {
            _clients.Remove(client);
        }

        lock (client)
        {
            Plane.CloseSession(client.Offer.Session);
            client.ClosedAt = Interlocked.Increment(ref _stamp);
        }

        _gone.Add(client);
        Publish(client.Channel);
    }

    // A frame is marked if its sender was muted before it was sent, and is not unmuted before it has been dealt with.
    private async Task ToggleMuteAsync(StressClient client)
    {
        if (!client.IsMuted)
        {
            lock (client)
            {
                Publish(client.Channel, alsoMuted: client);
                client.IsMuted = true;
            }

            return;
        }

        lock (client)
        {
            client.IsMuted = false;
        }

        await SettleAsync(0);
        await SettleAsync(1);
        Publish(client.Channel);
    }

    private void Rebind(StressClient client)
    {
        lock (client)
        {
            client.Media.Endpoint = NewEndpoint();
            _owners[client.Media.Endpoint] = client;
            Plane.ConfirmAddress(client.Offer.Session, client.Media.Endpoint.ToIPAddress());
        }
    }

    private void Renegotiate(StressClient client)
    {
        lock (client)
        {
            var before = client.Media;
            var mode = Plane.Modes[_random.Next(Plane.Modes.Length)];
            var renewed = new TestClient(mode, before.Ssrc, before.Endpoint) { Sequence = before.Sequence, Timestamp = before.Timestamp };
            client.Keys.Add(renewed);
            var key = Plane.ConfigureTransport(client.Offer.Session, renewed.Transport);
            Plane.EnableSending(client.Offer.Session, _random.Next(4) == 0 ? key - 1 : key);
            Plane.EnableSending(client.Offer.Session, key);
        }
    }

    private async Task FailAsync(int worker)
    {
        _sockets[worker].Fail();
        _sockets[worker].Arrive(new Ipv4Endpoint(1, 1), [1]);
        using var deadline = new CancellationTokenSource(Limit);
        while (await Plane.Edges(worker).ReadAsync(deadline.Token) is not MediaEdge.WorkerFailed { Reason: var reason } || !reason.Contains("on purpose", StringComparison.Ordinal))
        {
        }

        Plane.StartWorker(worker);
    }

    // Once a question that was asked now is answered, everything before it has been dealt with. Its address is nobody's.
    private async Task SettleAsync(int worker)
    {
        var marker = NewEndpoint();
        using var asker = new TestClient(Plane.Modes[0], new Ssrc(0xFFFFF0), marker);
        _sockets[worker].Arrive(marker, asker.Discovery());
        using var deadline = new CancellationTokenSource(Limit);
        await _sockets[worker].AnsweredAsync(marker, deadline.Token);
    }

    private void Publish(int channel, StressClient? alsoMuted = null)
    {
        List<StressClient> members;
        lock (_listed)
        {
            members = _clients.FindAll(client => client.Channel == channel);
        }

        foreach (var worker in members.GroupBy(client => client.Offer.Worker))
        {
            Plane.Publish(new ForwardingPlan(
                KeyOf(channel),
                1,
                ++_planVersion,
                worker.Key,
                10_000_000,
                [.. worker.Select(client => new PlannedSession(client.Offer.Session, !client.IsMuted && client != alsoMuted, client.Receives))]));
        }
    }

    private Ipv4Endpoint NewEndpoint() => new(_nextAddress++, 40_000);

    private static ChannelKey KeyOf(int channel) => new(new Realm("test"), new Snowflake(1), new Snowflake((ulong)channel + 1));
}
