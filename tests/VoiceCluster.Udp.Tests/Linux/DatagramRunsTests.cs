using VoiceCluster.Udp.Linux;

namespace VoiceCluster.Udp.Tests.Linux;

/// <summary>Runs for one receiver as single messages, by the system's own kernel over loopback.</summary>
public sealed class DatagramRunsTests : IDisposable
{
    private const uint Loopback = 0x7F000001;
    private const int OptionNoChecksum = 11;

    private readonly List<IDisposable> _opened = [];

    public void Dispose() => _opened.ForEach(item => item.Dispose());

    [GroupsFact]
    public void Runs_of_any_lengths_arrive_byte_for_byte_and_in_order_at_each_receiver()
    {
        var seed = Environment.TickCount;
        var random = new Random(seed);
        var sender = Open();
        var receivers = Enumerable.Range(0, 4).Select(_ => Open()).ToList();
        using var batch = new SendBatch();
        for (var round = 0; round < 100; round++)
        {
            var sent = receivers.ConvertAll(_ => new List<byte[]>());
            while (!batch.IsFull)
            {
                var receiver = random.Next(receivers.Count);
                AddRun(batch, receivers[receiver].LocalEndpoint, sent[receiver], random);
            }

            sender.Send(batch);

            for (var i = 0; i < receivers.Count; i++)
            {
                Wire.Read(receivers[i], sent[i].Count).ShouldBe(sent[i], $"seed {seed}, round {round}");
            }
        }

        sender.Counters.GroupedSent.ShouldBeGreaterThan(0);
        (sender.Counters.SendFailures, sender.Counters.SendBufferFull).ShouldBe((0, 0));
    }

    [GroupsFact]
    public void The_longest_group_that_there_can_be_is_taken()
    {
        var (sender, receiver) = (Open(), Open());
        using var batch = new SendBatch();
        Add(batch, receiver.LocalEndpoint, [.. Enumerable.Repeat(2046, 32), 35]);

        sender.Send(batch);

        sender.Counters.GroupedSent.ShouldBe(33);
        Wire.Read(receiver, 33).Sum(datagram => datagram.Length).ShouldBe(65_507);
    }

    [GroupsFact]
    public void As_many_as_a_group_may_have_are_taken_and_the_rest_goes_as_the_next()
    {
        var (sender, receiver) = (Open(), Open());
        using var batch = new SendBatch(100);
        Add(batch, receiver.LocalEndpoint, [.. Enumerable.Repeat(100, 100)]);

        sender.Send(batch);

        sender.Counters.GroupedSent.ShouldBe(100);
        Wire.Read(receiver, 100).Count.ShouldBe(100);
    }

    [GroupsFact]
    public void A_run_that_has_no_receiver_is_counted_one_by_one_and_nobody_else_loses_by_it()
    {
        var (sender, receiver) = (Open(), Open());
        using var batch = new SendBatch();
        for (var round = 0; round < 2; round++)
        {
            Add(batch, receiver.LocalEndpoint, 160, 160);
            Add(batch, new Ipv4Endpoint(Loopback, 0), 160, 160, 160);
            Add(batch, receiver.LocalEndpoint, 160, 160, 90);

            sender.Send(batch);

            Wire.Read(receiver, 5).Select(datagram => datagram.Length).ShouldBe([160, 160, 160, 160, 90]);
        }

        (sender.Counters.SendFailures, sender.Counters.SendUnreachable, sender.Counters.SendBufferFull).ShouldBe((6, 0, 0));
        sender.Counters.GroupedSent.ShouldBe(10);
    }

    [GroupsFact]
    public unsafe void A_socket_whose_groups_are_refused_sends_their_datagrams_alone_and_tries_again_later()
    {
        var sender = (LinuxDatagramSocket)Open();
        var receivers = new[] { Open(), Open() };
        using var batch = new SendBatch();

        // Whoever leaves out checksums cannot leave it to the kernel to make them either, for each datagram that it cuts.
        SetNoChecksum(sender, 1);
        Exchange();
        sender.Counters.GroupedSent.ShouldBe(0);
        SetNoChecksum(sender, 0);
        for (var i = 0; i < DatagramSender.BatchesUntilNextTry; i++)
        {
            Exchange();
        }

        sender.Counters.GroupedSent.ShouldBe(0);
        Exchange();
        sender.Counters.GroupedSent.ShouldBe(6);
        sender.Counters.SendFailures.ShouldBe(0);

        void Exchange()
        {
            Array.ForEach(receivers, receiver => Add(batch, receiver.LocalEndpoint, 50, 50, 20));
            sender.Send(batch);
            Array.ForEach(receivers, receiver => Wire.Read(receiver, 3).Select(datagram => datagram.Length).ShouldBe([50, 50, 20]));
        }
    }

    [GroupsFact]
    public void Runs_cost_no_allocation()
    {
        var (sender, receiver) = (Open(), Open());
        using var batch = new SendBatch();
        using var received = new ReceiveBatch();
        Run(100);

        var before = GC.GetAllocatedBytesForCurrentThread();
        Run(1000);

        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
        sender.Counters.GroupedSent.ShouldBe(8 * 1100);

        void Run(int times)
        {
            for (var i = 0; i < times; i++)
            {
                for (var j = 0; j < 8; j++)
                {
                    batch.NextSlot()[0] = (byte)j;
                    batch.Commit(160, receiver.LocalEndpoint);
                }

                sender.Send(batch);
                receiver.Receive(received);
            }
        }
    }

    private static unsafe void SetNoChecksum(LinuxDatagramSocket socket, int value) =>
        LibC.SetSocketOption(socket.Descriptor, LibC.LevelSocket, OptionNoChecksum, &value, sizeof(int)).ShouldBe(0);

    // Mostly as media is cut: equal lengths, and what is left.
    private static void AddRun(SendBatch batch, Ipv4Endpoint receiver, List<byte[]> sent, Random random)
    {
        var length = random.Next(4) == 0 ? random.Next(4) : random.Next(1, 1400);
        for (var left = random.Next(1, 12); left > 0 && !batch.IsFull; left--)
        {
            var datagram = new byte[left == 1 || random.Next(8) == 0 ? random.Next(length + 2) : length];
            random.NextBytes(datagram);
            datagram.CopyTo(batch.NextSlot());
            batch.Commit(datagram.Length, receiver);
            sent.Add(datagram);
        }
    }

    private static void Add(SendBatch batch, Ipv4Endpoint receiver, params int[] lengths)
    {
        foreach (var length in lengths)
        {
            batch.NextSlot()[..length].Clear();
            batch.Commit(length, receiver);
        }
    }

    private IDatagramSocket Open()
    {
        var socket = DatagramSockets.Open(new DatagramSocketOptions { Local = new Ipv4Endpoint(Loopback, 0) });
        _opened.Add(socket);
        return socket;
    }
}

/// <summary>A test that needs a kernel which cuts messages apart; skipped where there is none.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class GroupsFactAttribute : FactAttribute
{
    private static readonly bool IsPossible = Probe();

    public GroupsFactAttribute() => Skip = IsPossible ? null! : "This needs Linux 4.18.";

    private static bool Probe()
    {
        if (!LinuxDatagramSocket.IsSupported)
        {
            return false;
        }

        using var socket = new LinuxDatagramSocket(new DatagramSocketOptions { Local = new Ipv4Endpoint(0x7F000001, 0) });
        return DatagramSender.IsKnownToKernel(socket.Descriptor);
    }
}
