namespace VoiceCluster.Udp.Tests;

public sealed class BatchTests
{
    private static readonly Ipv4Endpoint Peer = new(0x7F000001, 1234);

    [Fact]
    public void TryAdd_TooLongDatagram_IsMarkedTruncated()
    {
        using var batch = new ReceiveBatch(2);

        batch.TryAdd(new byte[ReceiveBatch.SlotSize + 1], Peer, 7).ShouldBeTrue();

        batch.IsTruncated(0).ShouldBeTrue();
        batch.Datagram(0).Length.ShouldBe(ReceiveBatch.SlotSize);
        batch.ReceivedAt(0).ShouldBe(7);
        batch.Source(0).ShouldBe(Peer);
    }

    [Fact]
    public void TryAdd_FullBatch_ReturnsFalse()
    {
        using var batch = new ReceiveBatch(1);

        batch.TryAdd([1], Peer, 0).ShouldBeTrue();
        batch.TryAdd([2], Peer, 0).ShouldBeFalse();
        batch.Count.ShouldBe(1);
        batch.Datagram(0)[0].ShouldBe((byte)1);
    }

    [Fact]
    public void Slots_do_not_overlap()
    {
        using var batch = new SendBatch(3);
        for (var i = 0; i < 3; i++)
        {
            batch.NextSlot().Fill((byte)i);
            batch.Commit(SendBatch.SlotSize, Peer with { Port = (ushort)i });
        }

        for (var i = 0; i < 3; i++)
        {
            batch.Datagram(i).IndexOfAnyExcept((byte)i).ShouldBe(-1);
            batch.Destination(i).ShouldBe(Peer with { Port = (ushort)i });
        }
    }

    [Fact]
    public void NextSlot_FullBatch_Throws()
    {
        using var batch = new SendBatch(1);
        batch.NextSlot()[0] = 1;
        batch.Commit(1, Peer);

        batch.IsFull.ShouldBeTrue();
        Should.Throw<InvalidOperationException>(() => batch.NextSlot().Length);
        batch.Clear();
        batch.NextSlot().Length.ShouldBe(SendBatch.SlotSize);
    }

    [Fact]
    public void NextSlot_uncommitted_is_offered_again()
    {
        using var batch = new SendBatch(2);
        batch.NextSlot()[0] = 1;
        batch.NextSlot()[0] = 2;
        batch.Commit(1, Peer);

        batch.Count.ShouldBe(1);
        batch.Datagram(0)[0].ShouldBe((byte)2);
    }
}
