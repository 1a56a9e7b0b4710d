using FsCheck;
using FsCheck.Fluent;
using VoiceCluster.Client.Measuring;

namespace VoiceCluster.Client.Tests.Measuring;

public sealed class SequenceAccountTests
{
    [Fact]
    public void Record_in_order_across_the_wrap_numbers_from_zero()
    {
        var account = new SequenceAccount(65_534);

        var numbers = RecordAll(account, 65_534, 65_535, 0, 1);

        numbers.ShouldBe([0L, 1L, 2L, 3L]);
        account.Received.ShouldBe(4);
        account.MissingSoFar.ShouldBe(0);
    }

    [Fact]
    public void Record_gap_counts_as_missing_until_it_is_filled()
    {
        var account = new SequenceAccount(10);
        RecordAll(account, 10, 13);
        account.MissingSoFar.ShouldBe(2);

        account.Record(12, out var number).ShouldBe(SequenceArrival.Reordered);

        number.ShouldBe(2);
        account.MissingSoFar.ShouldBe(1);
        account.Reordered.ShouldBe(1);
        account.LostOf(4).ShouldBe(1);
    }

    [Fact]
    public void Record_the_first_packet_lost_is_a_loss()
    {
        var account = new SequenceAccount(10);

        RecordAll(account, 12);

        account.MissingSoFar.ShouldBe(2);
        account.LostOf(5).ShouldBe(4);
    }

    [Fact]
    public void Record_twice_is_a_duplicate_and_not_received_again()
    {
        var account = new SequenceAccount(0);
        RecordAll(account, 0, 1);

        account.Record(1, out _).ShouldBe(SequenceArrival.Duplicate);
        account.Record(0, out _).ShouldBe(SequenceArrival.Duplicate);

        account.Received.ShouldBe(2);
        account.Duplicates.ShouldBe(2);
    }

    [Theory]
    [InlineData(40_000)]
    [InlineData(9_999)]
    public void Record_far_from_all_others_is_foreign(int sequenceNumber)
    {
        var account = new SequenceAccount(10_000);
        RecordAll(account, 10_000);
        var before = account.Received;

        account.Record((ushort)(sequenceNumber - (sequenceNumber == 9_999 ? 5_000 : 0)), out _).ShouldBe(SequenceArrival.Foreign);

        account.Received.ShouldBe(before);
        account.Foreign.ShouldBe(1);
    }

    [Fact]
    public void Record_before_the_first_is_foreign()
    {
        var account = new SequenceAccount(100);

        account.Record(99, out _).ShouldBe(SequenceArrival.Foreign);
    }

    [Fact]
    public void Any_order_within_the_window_receives_each_number_once()
    {
        var property = Prop.ForAll(
            ArbMap.Default.ArbFor<ushort>(),
            Gen.Shuffle(Enumerable.Range(0, 500).ToArray()).ToArbitrary(),
            (first, order) =>
            {
                var account = new SequenceAccount(first);
                var numbers = RecordAll(account, [.. order.Concat(order).Select(place => first + place)]);
                return account.Received == 500 && account.Duplicates == 500 && account.MissingSoFar == 0
                    && numbers.Take(500).SequenceEqual(order.Select(place => (long)place));
            });

        property.QuickCheckThrowOnFailure();
    }

    private static List<long> RecordAll(SequenceAccount account, params IEnumerable<int> sequenceNumbers)
    {
        var numbers = new List<long>();
        foreach (var sequenceNumber in sequenceNumbers)
        {
            account.Record((ushort)sequenceNumber, out var number);
            numbers.Add(number);
        }

        return numbers;
    }
}
