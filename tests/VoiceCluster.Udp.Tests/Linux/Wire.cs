using System.Diagnostics;

namespace VoiceCluster.Udp.Tests.Linux;

/// <summary>Two networks with a pair of virtual Ethernet devices between them, v0 and v1, and a socket in each: one that sends and one that receives.</summary>
internal sealed class Wire : IDisposable
{
    public const uint AddressHere = 0x0A000001;
    public const uint AddressThere = 0x0A000002;
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    private readonly List<IDisposable> _opened = [];

    public Wire(LinkLayerUse use = LinkLayerUse.Automatic)
    {
        Here = Own(new NetworkNamespace());
        There = Own(new NetworkNamespace());
        Here.Ip($"link add v0 type veth peer name v1 netns {There.ThreadId}");
        Here.Ip("link set lo up");
        Here.Ip("addr add 10.0.0.1/24 dev v0");
        Here.Ip("link set v0 up");
        There.Ip("addr add 10.0.0.2/24 dev v1");
        There.Ip("link set v1 up");
        LinkLayer = Own(Here.Run(() => new LinkLayer(use)));
        Sender = Own(Here.Run(() => DatagramSockets.Open(Options(0), linkLayer: LinkLayer)));
        Receiver = OpenThere();
        (LinkLayer.Obstacle is null).ShouldBe(use != LinkLayerUse.Never, LinkLayer.Obstacle);
    }

    public NetworkNamespace Here { get; }

    public NetworkNamespace There { get; }

    public LinkLayer LinkLayer { get; }

    public IDatagramSocket Sender { get; }

    public IDatagramSocket Receiver { get; }

    public Ipv4Endpoint SenderSeen => Sender.LocalEndpoint with { Address = AddressHere };

    /// <summary>Receives datagrams until there are as many as that, or it takes too long.</summary>
    public static List<byte[]> Read(IDatagramSocket socket, int count)
    {
        using var batch = new ReceiveBatch();
        var datagrams = new List<byte[]>();
        for (var waited = Stopwatch.StartNew(); datagrams.Count < count && waited.Elapsed < Deadline;)
        {
            var received = socket.Receive(batch);
            datagrams.AddRange(Enumerable.Range(0, received).Select(i => batch.Datagram(i).ToArray()));
        }

        return datagrams;
    }

    /// <summary>A further socket where the sender is.</summary>
    public IDatagramSocket OpenHere() => Own(Here.Run(() => DatagramSockets.Open(Options(AddressHere))));

    /// <summary>A further socket where the receiver is.</summary>
    public IDatagramSocket OpenThere() => Own(There.Run(() => DatagramSockets.Open(Options(AddressThere))));

    /// <summary>Sends by whatever way there is, until it is that of frames.</summary>
    public void SendUntilFramed()
    {
        var before = Sender.Counters.FramesSent;
        for (var waited = Stopwatch.StartNew(); Sender.Counters.FramesSent == before && waited.Elapsed < Deadline;)
        {
            Exchange([0]);
        }

        Sender.Counters.FramesSent.ShouldBeGreaterThan(before);
    }

    public void Send(ReadOnlySpan<byte> datagram)
    {
        using var batch = new SendBatch(1);
        datagram.CopyTo(batch.NextSlot());
        batch.Commit(datagram.Length, Receiver.LocalEndpoint);
        Sender.Send(batch);
    }

    /// <summary>Sends a datagram and waits for it; null if it does not come soon.</summary>
    public ReceivedDatagram? Exchange(ReadOnlySpan<byte> datagram)
    {
        Send(datagram);
        using var batch = new ReceiveBatch(1);
        return Receiver.Receive(batch) == 1 ? new ReceivedDatagram(batch.Datagram(0).ToArray(), batch.Source(0)) : null;
    }

    public void Dispose()
    {
        _opened.Reverse();
        _opened.ForEach(item => item.Dispose());
    }

    private static DatagramSocketOptions Options(uint address) => new() { Local = new Ipv4Endpoint(address, 0) };

    private T Own<T>(T item)
        where T : IDisposable
    {
        _opened.Add(item);
        return item;
    }
}

internal sealed record ReceivedDatagram(byte[] Bytes, Ipv4Endpoint Source);
