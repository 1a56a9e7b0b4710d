using VoiceCluster.Cluster.Tests.Specification;
using VoiceCluster.Cluster.Transport;
using VoiceCluster.Domain.Identities;

namespace VoiceCluster.Cluster.Tests.Transport;

public class InProcessTransportTests
{
    private static readonly NodeIncarnation A = new(new NodeId("a"), 1);
    private static readonly NodeIncarnation B = new(new NodeId("b"), 7);

    private readonly Journal _journal = new();

    [Fact]
    public async Task Frames_of_one_node_arrive_in_order_one_at_a_time()
    {
        var network = new InProcessNetwork();
        var a = network.Join(A);
        Listen(network.Join(B));

        for (var i = 0; i < 2000; i++)
        {
            a.TrySend(B.Node, BitConverter.GetBytes(i)).ShouldBe(SendResult.Queued);
        }

        await _journal.WaitForAsync("a#1: 1999");
        _journal.Lines.ShouldBe(Enumerable.Range(0, 2000).Select(i => $"a#1: {i}"));
    }

    [Fact]
    public void A_node_that_never_joined_is_not_reached() =>
        new InProcessNetwork().Join(A).TrySend(B.Node, new byte[1]).ShouldBe(SendResult.Unreachable);

    [Fact]
    public void A_node_that_left_is_not_reached_but_its_next_life_is()
    {
        var network = new InProcessNetwork();
        var a = network.Join(A);
        network.Join(B);
        network.Join(B with { Incarnation = 8 });

        network.Leave(B);
        a.TrySend(B.Node, new byte[1]).ShouldBe(SendResult.Queued);
        network.Leave(B with { Incarnation = 8 });
        a.TrySend(B.Node, new byte[1]).ShouldBe(SendResult.Unreachable);
    }

    [Fact]
    public async Task A_full_link_refuses_and_goes_on_when_it_has_room()
    {
        var network = new InProcessNetwork(linkCapacity: 2);
        var a = network.Join(A);
        using var busy = new ManualResetEventSlim();
        var b = network.Join(B);
        b.Receive((from, frame) =>
        {
            _journal.Write("arrived");
            busy.Wait(Journal.Deadline);
        });
        a.TrySend(B.Node, new byte[1]);
        await _journal.WaitForAsync("arrived");

        a.TrySend(B.Node, new byte[1]).ShouldBe(SendResult.Queued);
        a.TrySend(B.Node, new byte[1]).ShouldBe(SendResult.Queued);
        a.TrySend(B.Node, new byte[1]).ShouldBe(SendResult.Full);
        busy.Set();

        await _journal.WaitForAsync("arrived", times: 3);
    }

    [Fact]
    public async Task A_cut_link_loses_what_is_on_the_way_and_takes_nothing_until_mended()
    {
        var network = new InProcessNetwork();
        var a = network.Join(A);
        var b = network.Join(B);
        using var busy = new ManualResetEventSlim();
        b.Receive((from, frame) =>
        {
            _journal.Write($"{from}: {frame.Span[0]}");
            busy.Wait(Journal.Deadline);
        });
        a.TrySend(B.Node, new byte[] { 1 });
        await _journal.WaitForAsync("a#1: 1");
        a.TrySend(B.Node, new byte[] { 2 });

        network.Cut(A.Node, B.Node);
        a.TrySend(B.Node, new byte[] { 3 }).ShouldBe(SendResult.Unreachable);
        b.TrySend(A.Node, new byte[] { 3 }).ShouldBe(SendResult.Unreachable);
        network.Mend(B.Node, A.Node);
        a.TrySend(B.Node, new byte[] { 4 }).ShouldBe(SendResult.Queued);
        busy.Set();

        await _journal.WaitForAsync("a#1: 4");
        _journal.Lines.ShouldBe(["a#1: 1", "a#1: 4"]);
    }

    [Fact]
    public async Task A_receiver_that_fails_loses_only_its_frame()
    {
        var network = new InProcessNetwork();
        var a = network.Join(A);
        network.Join(B).Receive((_, frame) =>
        {
            if (frame.Span[0] == 0)
            {
                throw new InvalidOperationException("On purpose.");
            }

            _journal.Write("arrived");
        });

        a.TrySend(B.Node, new byte[] { 0 });
        a.TrySend(B.Node, new byte[] { 1 });

        await _journal.WaitForAsync("arrived");
    }

    private void Listen(InProcessTransport transport) =>
        transport.Receive((from, frame) => _journal.Write($"{from}: {BitConverter.ToInt32(frame.Span)}"));
}
