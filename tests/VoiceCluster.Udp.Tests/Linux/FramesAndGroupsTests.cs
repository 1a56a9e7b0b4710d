using VoiceCluster.Udp.Linux;

namespace VoiceCluster.Udp.Tests.Linux;

/// <summary>Runs for one receiver over an Ethernet device: by the socket as groups, beside frames for all else.</summary>
public sealed class FramesAndGroupsTests
{
    [NetworkNamespaceFact]
    public void A_run_goes_by_the_socket_as_a_group_and_what_is_alone_as_a_frame()
    {
        using var wire = new Wire();
        wire.SendUntilFramed();
        var other = wire.OpenThere();
        var framesBefore = wire.Sender.Counters.FramesSent;
        using var batch = new SendBatch();
        Add(batch, other, [1]);
        Add(batch, wire.Receiver, [2, 2], [3, 3], [4, 4], [5, 5], [6]);
        Add(batch, other, [7]);

        wire.Sender.Send(batch);

        Wire.Read(wire.Receiver, 5).ShouldBe([[2, 2], [3, 3], [4, 4], [5, 5], [6]]);
        Wire.Read(other, 2).ShouldBe([[1], [7]]);
        wire.Sender.Counters.GroupedSent.ShouldBe(5);
        (wire.Sender.Counters.FramesSent - framesBefore).ShouldBeInRange(0, 2);
    }

    [NetworkNamespaceFact]
    public void Each_receiver_gets_all_in_order_however_frames_and_groups_are_mixed()
    {
        var seed = Environment.TickCount;
        var random = new Random(seed);
        using var wire = new Wire();
        wire.SendUntilFramed();
        var framesBefore = wire.Sender.Counters.FramesSent;
        var receivers = Enumerable.Range(0, 5).Select(_ => wire.OpenThere()).ToList();
        using var batch = new SendBatch();
        using var core = new OneCore();
        for (var round = 0; round < 60; round++)
        {
            var sent = receivers.ConvertAll(_ => new List<byte[]>());
            while (!batch.IsFull)
            {
                var receiver = random.Next(receivers.Count);
                for (var left = random.Next(3) == 0 ? random.Next(1, 12) : 1; left > 0 && !batch.IsFull; left--)
                {
                    var datagram = new byte[random.Next(10) == 0 ? random.Next(1400) : 160];
                    random.NextBytes(datagram);
                    Add(batch, receivers[receiver], datagram);
                    sent[receiver].Add(datagram);
                }
            }

            wire.Sender.Send(batch);

            for (var i = 0; i < receivers.Count; i++)
            {
                Wire.Read(receivers[i], sent[i].Count).ShouldBe(sent[i], $"seed {seed}, round {round}");
            }
        }

        wire.Sender.Counters.FramesSent.ShouldBeGreaterThan(framesBefore);
        wire.Sender.Counters.GroupedSent.ShouldBeGreaterThan(0);
        (wire.Sender.Counters.SendFailures, wire.Sender.Counters.SendBufferFull).ShouldBe((0, 0));
    }

    [NetworkNamespaceFact]
    public void Of_a_group_too_long_for_the_device_goes_what_is_not_and_groups_go_on()
    {
        using var wire = new Wire(LinkLayerUse.Never);
        wire.Here.Ip("link set v0 mtu 600");
        using var batch = new SendBatch();
        for (var round = 0; round < 2; round++)
        {
            Add(batch, wire.Receiver, new byte[573], new byte[573], new byte[573], new byte[100]);
            Add(batch, wire.Receiver, new byte[572], new byte[572], new byte[572], new byte[101]);

            wire.Sender.Send(batch);

            Wire.Read(wire.Receiver, 5).Select(datagram => datagram.Length).ShouldBe([100, 572, 572, 572, 101]);
        }

        wire.Sender.Counters.SendFailures.ShouldBe(6);
        wire.Sender.Counters.GroupedSent.ShouldBe(8);
    }

    [NetworkNamespaceFact]
    public void A_receiver_that_cannot_be_reached_is_counted_for_each_datagram()
    {
        using var wire = new Wire(LinkLayerUse.Never);
        using var batch = new SendBatch();
        for (var i = 0; i < 3; i++)
        {
            batch.NextSlot().Clear();
            batch.Commit(160, new Ipv4Endpoint(0x0A090909, 9));
        }

        Add(batch, wire.Receiver, [1], [2]);

        wire.Sender.Send(batch);

        Wire.Read(wire.Receiver, 2).ShouldBe([[1], [2]]);
        wire.Sender.Counters.SendUnreachable.ShouldBe(3);
        wire.Sender.Counters.GroupedSent.ShouldBe(2);
    }

    [NetworkNamespaceFact]
    public void Frames_and_groups_cost_no_allocation()
    {
        using var wire = new Wire();
        wire.SendUntilFramed();
        var other = wire.OpenThere();
        using var send = new SendBatch();
        using var received = new ReceiveBatch();
        Run(100);

        var before = GC.GetAllocatedBytesForCurrentThread();
        Run(1000);

        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
        wire.Sender.Counters.GroupedSent.ShouldBe(5 * 1100);

        void Run(int times)
        {
            for (var i = 0; i < times; i++)
            {
                send.Commit(160, other.LocalEndpoint);
                for (var j = 0; j < 5; j++)
                {
                    send.Commit(160, wire.Receiver.LocalEndpoint);
                }

                wire.Sender.Send(send);
                wire.Receiver.Receive(received);
                other.Receive(received);
            }
        }
    }

    private static void Add(SendBatch batch, IDatagramSocket receiver, params byte[][] datagrams)
    {
        foreach (var datagram in datagrams)
        {
            datagram.CopyTo(batch.NextSlot());
            batch.Commit(datagram.Length, receiver.LocalEndpoint);
        }
    }

    /// <summary>Keeps the thread on one core: what a virtual device has not delivered yet when its sender moves to another core may be overtaken.</summary>
    private sealed unsafe class OneCore : IDisposable
    {
        private const int Words = 16;
        private readonly ulong[] _before = new ulong[Words];

        public OneCore()
        {
            fixed (ulong* mask = _before)
            {
                LibC.GetAffinity(0, Words * sizeof(ulong), mask).ShouldBe(0);
            }

            var one = new ulong[Words];
            var word = Array.FindIndex(_before, bits => bits != 0);
            one[word] = _before[word] & (~_before[word] + 1);
            Set(one);
        }

        public void Dispose() => Set(_before);

        private static void Set(ulong[] cores)
        {
            fixed (ulong* mask = cores)
            {
                LibC.SetAffinity(0, Words * sizeof(ulong), mask).ShouldBe(0);
            }
        }
    }
}
