using System.Security.Cryptography;

namespace VoiceCluster.Udp.Tests.Linux;

/// <summary>Sends from one network to another one, by a pair of virtual Ethernet devices.</summary>
public sealed class LinkLayerTests : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    private readonly List<IDisposable> _opened = [];

    public void Dispose()
    {
        _opened.Reverse();
        _opened.ForEach(item => item.Dispose());
    }

    [Fact]
    public void What_is_not_wanted_is_not_tried()
    {
        var linkLayer = Own(new LinkLayer(LinkLayerUse.Never));

        linkLayer.Obstacle.ShouldBe("the setting says so");
        linkLayer.IsPossible.ShouldBeFalse();
    }

    [NetworkNamespaceFact]
    public void Frames_arrive_as_the_datagrams_of_the_socket()
    {
        var path = Connect();
        path.SendUntilFramed();
        var framesBefore = path.Sender.Counters.FramesSent;

        for (var length = 1; length <= 600; length++)
        {
            var datagram = RandomNumberGenerator.GetBytes(length);
            var received = path.Exchange(datagram).ShouldNotBeNull($"length {length}");

            received.Bytes.ShouldBe(datagram);
            received.Source.ShouldBe(path.SenderSeen);
        }

        // A few go by the socket all the same.
        (path.Sender.Counters.FramesSent - framesBefore).ShouldBeInRange(590, 599);
        (path.Sender.Counters.SendFailures, path.Sender.Counters.SendBufferFull).ShouldBe((0, 0));
    }

    [NetworkNamespaceFact]
    public void One_batch_goes_partly_as_frames_and_partly_by_the_socket()
    {
        var path = Connect();
        path.SendUntilFramed();
        var local = path.OpenHere();
        var framesBefore = path.Sender.Counters.FramesSent;
        using var batch = new SendBatch();
        for (byte i = 0; i < 10; i++)
        {
            batch.NextSlot()[0] = i;
            batch.Commit(1, i % 2 == 0 ? path.Receiver.LocalEndpoint : local.LocalEndpoint);
        }

        path.Sender.Send(batch);

        ReadFirstBytes(path.Receiver, 5).ShouldBe([0, 2, 4, 6, 8]);
        ReadFirstBytes(local, 5).ShouldBe([1, 3, 5, 7, 9]);
        (path.Sender.Counters.FramesSent - framesBefore).ShouldBe(5);
    }

    [NetworkNamespaceFact]
    public void Batches_arrive_in_order_though_a_few_datagrams_go_by_the_socket()
    {
        const int batches = 30;
        const int size = 20;
        var path = Connect();
        path.SendUntilFramed();
        var framesBefore = path.Sender.Counters.FramesSent;
        IDatagramSocket[] receivers = [path.Receiver, path.OpenThere()];
        using var batch = new SendBatch();
        for (var number = 0; number < batches; number++)
        {
            // In turns: neighbours for the same receiver would go as one message.
            for (byte i = 0; i < size; i++)
            {
                batch.NextSlot()[0] = i;
                batch.Commit(1, receivers[i % receivers.Length].LocalEndpoint);
            }

            path.Sender.Send(batch);
            ReadFirstBytes(receivers[0], size / 2).ShouldBe(Enumerable.Range(0, size / 2).Select(i => (byte)(2 * i)));
            ReadFirstBytes(receivers[1], size / 2).ShouldBe(Enumerable.Range(0, size / 2).Select(i => (byte)((2 * i) + 1)));
        }

        (path.Sender.Counters.FramesSent - framesBefore).ShouldBeInRange((batches - 3) * size, (batches * size) - 1);
    }

    [NetworkNamespaceFact]
    public void Frames_follow_a_neighbour_whose_address_changes()
    {
        var path = Connect();
        path.SendUntilFramed();

        path.There.Ip("link set v1 address 02:00:00:00:00:99");
        path.Here.Ip("neigh replace 10.0.0.2 lladdr 02:00:00:00:00:99 dev v0");

        path.SendUntilFramed();
        path.Exchange([1, 2, 3]).ShouldNotBeNull().Bytes.ShouldBe([1, 2, 3]);
    }

    [NetworkNamespaceFact]
    public void What_is_longer_than_the_device_takes_is_left_to_the_socket_which_refuses_it()
    {
        var path = Connect();
        path.SendUntilFramed();

        path.Here.Ip("link set v0 mtu 600");
        path.SendUntilFramed();

        path.Exchange(new byte[572]).ShouldNotBeNull();
        path.Send(new byte[573]);
        path.Sender.Counters.SendFailures.ShouldBe(1);
    }

    [NetworkNamespaceFact]
    public async Task Rules_for_what_is_sent_put_the_socket_in_place_of_frames_until_they_are_gone()
    {
        var path = Connect();
        var changed = new SemaphoreSlim(0);
        path.LinkLayer.Changed += _ => changed.Release();
        path.SendUntilFramed();

        path.Here.Ip("xfrm policy add src 10.9.0.0/24 dst 10.9.1.0/24 dir out action block");
        (await changed.WaitAsync(Deadline)).ShouldBeTrue();
        path.LinkLayer.Obstacle.ShouldBe("IPsec has policies");
        var framesBefore = path.Sender.Counters.FramesSent;
        path.Exchange([1]).ShouldNotBeNull();
        path.Sender.Counters.FramesSent.ShouldBe(framesBefore);

        path.Here.Ip("xfrm policy deleteall");
        (await changed.WaitAsync(Deadline)).ShouldBeTrue();
        path.LinkLayer.Obstacle.ShouldBeNull();
        path.SendUntilFramed();
    }

    [NetworkNamespaceFact]
    public async Task Nobody_looks_for_ways_as_long_as_no_device_takes_frames()
    {
        var path = Connect();
        var changed = new SemaphoreSlim(0);
        path.LinkLayer.Changed += _ => changed.Release();
        path.SendUntilFramed();

        path.Here.Ip("link set v0 down");
        (await changed.WaitAsync(Deadline)).ShouldBeTrue();
        path.LinkLayer.Obstacle.ShouldBe("no Ethernet device is up");
        path.LinkLayer.Table.ShouldBeNull();

        path.Here.Ip("link set v0 up");
        (await changed.WaitAsync(Deadline)).ShouldBeTrue();
        path.LinkLayer.Obstacle.ShouldBeNull();
        path.SendUntilFramed();
    }

    [NetworkNamespaceFact]
    public void A_network_of_loopback_alone_has_no_way_for_frames()
    {
        var here = Own(new NetworkNamespace());
        here.Ip("link set lo up");

        var linkLayer = Own(here.Run(() => new LinkLayer(LinkLayerUse.Automatic)));

        linkLayer.Obstacle.ShouldBe("no Ethernet device is up");
    }

    [NetworkNamespaceFact]
    public void Frames_cost_no_allocation()
    {
        var path = Connect();
        path.SendUntilFramed();
        using var send = new SendBatch();
        using var received = new ReceiveBatch();
        Run(100);

        var before = GC.GetAllocatedBytesForCurrentThread();
        Run(1000);

        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);

        void Run(int times)
        {
            for (var i = 0; i < times; i++)
            {
                send.NextSlot()[0] = (byte)i;
                send.Commit(160, path.Receiver.LocalEndpoint);
                path.Sender.Send(send);
                path.Receiver.Receive(received);
            }
        }
    }

    private static IEnumerable<byte> ReadFirstBytes(IDatagramSocket socket, int count) => Wire.Read(socket, count).Select(datagram => datagram[0]);

    private Wire Connect() => Own(new Wire());

    private T Own<T>(T item)
        where T : IDisposable
    {
        _opened.Add(item);
        return item;
    }
}
