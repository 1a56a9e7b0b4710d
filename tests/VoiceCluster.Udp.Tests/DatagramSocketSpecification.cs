using System.Diagnostics;

namespace VoiceCluster.Udp.Tests;

/// <summary>What every kind of socket does, shown on the loopback interface.</summary>
public abstract class DatagramSocketSpecification : IDisposable
{
    private const uint Loopback = 0x7F000001;
    private readonly List<IDisposable> _opened = [];

    protected abstract DatagramSocketKind Kind { get; }

    protected abstract bool HasKernelTimestamps { get; }

    public void Dispose()
    {
        _opened.ForEach(item => item.Dispose());
        GC.SuppressFinalize(this);
    }

    [Fact]
    public void Datagram_arrives_with_its_bytes_and_its_source()
    {
        var (left, right) = (Open(), Open());

        Send(left, right.LocalEndpoint, [1, 2, 3]);
        var batch = ReceiveSome(right, 1);

        batch.Datagram(0).ToArray().ShouldBe(new byte[] { 1, 2, 3 });
        batch.Source(0).ShouldBe(left.LocalEndpoint);
        batch.IsTruncated(0).ShouldBeFalse();
    }

    [Fact]
    public void One_datagram_fans_out_to_many_receivers_in_one_send()
    {
        var sender = Open();
        var receivers = Enumerable.Range(0, 40).Select(_ => Open()).ToList();
        var batch = Own(new SendBatch());
        foreach (var receiver in receivers)
        {
            batch.NextSlot()[0] = (byte)receiver.LocalEndpoint.Port;
            batch.Commit(1, receiver.LocalEndpoint);
        }

        sender.Send(batch);

        batch.Count.ShouldBe(0);
        foreach (var receiver in receivers)
        {
            ReceiveSome(receiver, 1).Datagram(0)[0].ShouldBe((byte)receiver.LocalEndpoint.Port);
        }
    }

    [Fact]
    public void Several_waiting_datagrams_come_in_order_and_in_one_batch()
    {
        var (left, right) = (Open(), Open());
        var batch = Own(new SendBatch());
        for (var i = 0; i < 10; i++)
        {
            batch.NextSlot()[0] = (byte)i;
            batch.Commit(1, right.LocalEndpoint);
        }

        left.Send(batch);
        var received = Own(new ReceiveBatch());
        right.Receive(received).ShouldBe(10);
        Enumerable.Range(0, 10).Select(i => (int)received.Datagram(i)[0]).ShouldBe(Enumerable.Range(0, 10));
    }

    [Fact]
    public void Refused_datagrams_are_counted_and_skipped_and_the_others_go_out()
    {
        var (left, right) = (Open(), Open());
        var batch = Own(new SendBatch());
        Ipv4Endpoint[] destinations =
        [
            new(Loopback, 0), right.LocalEndpoint, new(0xFFFFFFFF, 9), right.LocalEndpoint, new(Loopback, 0), new(Loopback, 0), right.LocalEndpoint,
            new(Loopback, 0),
        ];
        foreach (var destination in destinations)
        {
            batch.NextSlot()[0] = 1;
            batch.Commit(1, destination);
        }

        left.Send(batch);

        ReceiveSome(right, 3).Count.ShouldBe(3);
        left.Counters.SendFailures.ShouldBe(5);
        batch.Count.ShouldBe(0);
    }

    [Fact]
    public void Receive_of_nothing_returns_after_its_timeout()
    {
        var socket = Open();
        var watch = Stopwatch.StartNew();

        socket.Receive(Own(new ReceiveBatch())).ShouldBe(0);

        watch.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(5));
        watch.Elapsed.ShouldBeGreaterThan(TimeSpan.FromMilliseconds(80));
        socket.Counters.ReceiveFailures.ShouldBe(0);
    }

    [Fact]
    public async Task Interrupt_ends_a_wait_and_all_later_ones()
    {
        var socket = Own(DatagramSockets.Open(Options() with { ReceiveTimeout = TimeSpan.FromSeconds(60) }, Kind));
        using var batch = new ReceiveBatch();
        using var started = new ManualResetEventSlim();
        var receive = Task.Factory.StartNew(
            () =>
            {
                started.Set();
                return socket.Receive(batch);
            },
            TaskCreationOptions.LongRunning);
        started.Wait(TimeSpan.FromSeconds(30)).ShouldBeTrue();

        socket.Interrupt();

        (await receive.WaitAsync(TimeSpan.FromSeconds(30))).ShouldBe(-1);
        socket.Receive(batch).ShouldBe(-1);
    }

    [Fact]
    public void Bound_port_is_refused_to_a_second_socket()
    {
        var first = Open();

        Should.Throw<IOException>(() => DatagramSockets.Open(Options() with { Local = first.LocalEndpoint }, Kind))
            .Message.ShouldContain(first.LocalEndpoint.ToString());
    }

    [Fact]
    public void Closed_port_is_free_again()
    {
        var first = Open();
        first.Dispose();

        Own(DatagramSockets.Open(Options() with { Local = first.LocalEndpoint }, Kind)).LocalEndpoint.ShouldBe(first.LocalEndpoint);
    }

    [Fact]
    public void Answer_to_a_closed_port_does_not_disturb_the_socket()
    {
        var (socket, gone, peer) = (Open(), Open(), Open());
        gone.Dispose();
        Send(socket, gone.LocalEndpoint, [1]);

        Send(peer, socket.LocalEndpoint, [2]);

        ReceiveSome(socket, 1).Datagram(0)[0].ShouldBe((byte)2);
    }

    [Fact]
    public void Empty_datagram_is_a_datagram()
    {
        var (left, right) = (Open(), Open());
        Send(left, right.LocalEndpoint, []);
        ReceiveSome(right, 1).Datagram(0).Length.ShouldBe(0);
    }

    [Fact]
    public void Overlong_datagram_is_marked_truncated()
    {
        var right = Open();
        using var raw = new System.Net.Sockets.UdpClient();
        raw.Send(new byte[ReceiveBatch.SlotSize + 100], right.LocalEndpoint.ToIPEndPoint());

        ReceiveSome(right, 1).IsTruncated(0).ShouldBeTrue();
    }

    [Fact]
    public void Kernel_timestamps_are_there_where_the_kernel_gives_them()
    {
        var (left, right) = (Open(), Open());
        Send(left, right.LocalEndpoint, [1]);

        var receivedAt = ReceiveSome(right, 1).ReceivedAt(0);

        if (!HasKernelTimestamps)
        {
            receivedAt.ShouldBe(0);
            return;
        }

        var age = DateTime.UtcNow - DateTime.UnixEpoch - TimeSpan.FromTicks(receivedAt / 100);
        age.ShouldBeInRange(TimeSpan.FromMilliseconds(-1), TimeSpan.FromSeconds(5));
    }

    [Fact]
    public void Batches_cost_no_allocation()
    {
        var (left, right) = (Open(), Open());
        using var send = new SendBatch();
        using var received = new ReceiveBatch();
        Exchange(left, right, send, received, 50);

        var before = GC.GetAllocatedBytesForCurrentThread();
        Exchange(left, right, send, received, 1000);

        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
    }

    private static void Exchange(IDatagramSocket left, IDatagramSocket right, SendBatch send, ReceiveBatch received, int times)
    {
        for (var i = 0; i < times; i++)
        {
            send.NextSlot()[0] = (byte)i;
            send.Commit(160, right.LocalEndpoint);
            left.Send(send);
            right.Receive(received);
        }
    }

    private static DatagramSocketOptions Options() => new() { Local = new Ipv4Endpoint(Loopback, 0) };

    private IDatagramSocket Open() => Own(DatagramSockets.Open(Options(), Kind));

    private T Own<T>(T item)
        where T : IDisposable
    {
        _opened.Add(item);
        return item;
    }

    private void Send(IDatagramSocket from, Ipv4Endpoint to, ReadOnlySpan<byte> datagram)
    {
        var batch = Own(new SendBatch(1));
        datagram.CopyTo(batch.NextSlot());
        batch.Commit(datagram.Length, to);
        from.Send(batch);
    }

    // Loopback delivers before the send returns, so one receive is enough unless the machine is stalled.
    private ReceiveBatch ReceiveSome(IDatagramSocket socket, int count)
    {
        var batch = Own(new ReceiveBatch());
        for (var attempt = 0; attempt < 50 && socket.Receive(batch) == 0; attempt++)
        {
        }

        batch.Count.ShouldBe(count);
        return batch;
    }
}

public sealed class LinuxDatagramSocketTests : DatagramSocketSpecification
{
    protected override DatagramSocketKind Kind => DatagramSocketKind.Automatic;

    protected override bool HasKernelTimestamps => OperatingSystem.IsLinux();
}

public sealed class PortableDatagramSocketTests : DatagramSocketSpecification
{
    protected override DatagramSocketKind Kind => DatagramSocketKind.Portable;

    protected override bool HasKernelTimestamps => false;
}
