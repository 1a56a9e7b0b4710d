using FsCheck;
using FsCheck.Fluent;
using VoiceCluster.Udp.Linux;

namespace VoiceCluster.Udp.Tests.Linux;

public sealed class DatagramGroupTests
{
    private static readonly Ipv4Endpoint One = new(0x7F000001, 1);
    private static readonly Ipv4Endpoint Other = new(0x7F000001, 2);
    private static readonly Ipv4Endpoint Elsewhere = new(0x7F000002, 1);

    // Few lengths and receivers, so that runs come about; long ones too, so that groups get full.
    private static readonly Gen<(int Length, Ipv4Endpoint Receiver, int Times)> Run =
        from length in Gen.Elements(0, 1, 159, 160, 160, 1200, 1200, SendBatch.SlotSize)
        from receiver in Gen.Elements(One, One, Other, Elsewhere)
        from times in Gen.Frequency((3, Gen.Choose(1, 3)), (1, Gen.Choose(1, 80)))
        select (length, receiver, times);

    private static readonly Arbitrary<(int Length, Ipv4Endpoint Receiver)[]> Batches = Run.ListOf()
        .Select(runs => runs.Take(12).SelectMany(run => Enumerable.Repeat((run.Length, run.Receiver), run.Times)).ToArray())
        .Where(datagrams => datagrams.Length > 0)
        .ToArbitrary();

    [Fact]
    public void Groups_make_up_the_batch_and_each_obeys_the_rules_and_is_as_long_as_these_allow() =>
        Prop.ForAll(Batches, datagrams =>
        {
            var groups = Split(datagrams);
            groups.SelectMany(group => group).ShouldBe(datagrams);
            groups.ShouldAllBe(group => Obeys(group));
            groups.Zip(groups.Skip(1)).ShouldAllBe(pair => !Obeys(pair.First.Append(pair.Second[0]).ToArray()));
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void There_is_something_to_look_for_where_neighbours_have_the_same_receiver() =>
        Prop.ForAll(Batches, datagrams =>
        {
            using var batch = Fill(datagrams);
            DatagramGroup.IsAnyIn(batch).ShouldBe(datagrams.Zip(datagrams.Skip(1)).Any(pair => pair.First.Receiver == pair.Second.Receiver));
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Nothing_is_to_be_found_in_an_empty_batch()
    {
        using var batch = new SendBatch();
        DatagramGroup.IsAnyIn(batch).ShouldBeFalse();
    }

    [Theory]
    [InlineData(new[] { 5, 5, 5 }, new[] { 3 })]
    [InlineData(new[] { 5, 5, 4 }, new[] { 3 })]
    [InlineData(new[] { 5, 4, 4 }, new[] { 2, 1 })]
    [InlineData(new[] { 5, 4, 5 }, new[] { 2, 1 })]
    [InlineData(new[] { 4, 5, 5 }, new[] { 1, 2 })]
    [InlineData(new[] { 5, 0, 5 }, new[] { 1, 1, 1 })]
    [InlineData(new[] { 0, 0 }, new[] { 1, 1 })]
    public void Lengths_decide(int[] lengths, int[] groups) =>
        Split([.. lengths.Select(length => (length, One))]).Select(group => group.Length).ShouldBe(groups);

    [Fact]
    public void Neither_another_port_nor_another_address_joins_in() =>
        Split([(9, One), (9, One), (9, Other), (9, Other), (9, Elsewhere), (9, One)]).Select(group => group.Length).ShouldBe([2, 2, 1, 1]);

    [Fact]
    public void A_group_ends_at_64_datagrams() =>
        Split([.. Enumerable.Repeat((1, One), 130)]).Select(group => group.Length).ShouldBe([64, 64, 2]);

    [Theory]
    [InlineData(35, 33)]
    [InlineData(36, 32)]
    public void A_group_ends_where_an_IP_packet_does(int last, int first) =>
        Split([.. Enumerable.Repeat((2046, One), 32), (last, One)])[0].Length.ShouldBe(first);

    private static bool Obeys((int Length, Ipv4Endpoint Receiver)[] group) => group.Length == 1
        || (group.Length <= 64
            && group.Sum(datagram => datagram.Length) <= 65_507
            && group.All(datagram => datagram.Receiver == group[0].Receiver)
            && group[..^1].All(datagram => datagram.Length == group[0].Length)
            && group[^1].Length > 0
            && group[^1].Length <= group[0].Length);

    private static List<(int Length, Ipv4Endpoint Receiver)[]> Split((int Length, Ipv4Endpoint Receiver)[] datagrams)
    {
        using var batch = Fill(datagrams);
        var groups = new List<(int, Ipv4Endpoint)[]>();
        for (var i = 0; i < batch.Count; i += groups[^1].Length)
        {
            groups.Add(datagrams[i..(i + DatagramGroup.Measure(batch, i))]);
        }

        return groups;
    }

    private static SendBatch Fill((int Length, Ipv4Endpoint Receiver)[] datagrams)
    {
        var batch = new SendBatch(datagrams.Length);
        foreach (var (length, receiver) in datagrams)
        {
            batch.Commit(length, receiver);
        }

        return batch;
    }
}
