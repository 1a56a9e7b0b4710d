using FsCheck;
using FsCheck.Fluent;
using VoiceCluster.Media.Forwarding;

namespace VoiceCluster.Media.Tests.Forwarding;

public sealed class SequenceContinuityTests
{
    private SequenceContinuity _continuity;

    [Fact]
    public void Without_drops_numbers_stay_what_they_are_and_loss_stays_a_gap()
    {
        Map(10).ShouldBe(10);
        Map(11).ShouldBe(11);
        Map(14).ShouldBe(14);
        Map(12).ShouldBe(12);
    }

    [Fact]
    public void A_dropped_packet_leaves_no_gap()
    {
        Map(10).ShouldBe(10);
        _continuity.Drop(11);
        Map(12).ShouldBe(11);
        _continuity.Drop(13);
        _continuity.Drop(14);
        Map(15).ShouldBe(12);
    }

    [Fact]
    public void Loss_beside_a_drop_stays_a_gap()
    {
        Map(10).ShouldBe(10);
        _continuity.Drop(11);
        Map(14).ShouldBe(13);
    }

    [Fact]
    public void The_first_packet_of_all_can_be_dropped()
    {
        _continuity.Drop(10);
        Map(11).ShouldBe(10);
    }

    [Fact]
    public void A_late_packet_from_before_a_drop_gets_the_number_of_its_time()
    {
        Map(10).ShouldBe(10);
        _continuity.Drop(12);
        Map(13).ShouldBe(12);
        Map(11).ShouldBe(11);
    }

    [Fact]
    public void A_late_packet_that_is_dropped_moves_nothing()
    {
        Map(10).ShouldBe(10);
        Map(12).ShouldBe(12);
        _continuity.Drop(11);
        Map(13).ShouldBe(13);
    }

    [Fact]
    public void After_silence_imposed_by_policy_the_numbers_go_on()
    {
        Map(10).ShouldBe(10);
        _continuity.TryCloseGap(500).ShouldBeTrue();
        Map(500).ShouldBe(11);
        Map(502).ShouldBe(13);
        Map(501).ShouldBe(12);
    }

    [Fact]
    public void A_packet_from_the_silence_itself_is_refused()
    {
        Map(10).ShouldBe(10);
        _continuity.TryCloseGap(500).ShouldBeTrue();
        Map(500).ShouldBe(11);
        Map(400).ShouldBeNull();
        Map(9).ShouldBe(9);
    }

    [Fact]
    public void A_late_packet_does_not_end_the_silence()
    {
        Map(10).ShouldBe(10);
        _continuity.TryCloseGap(9).ShouldBeFalse();
        Map(9).ShouldBe(9);
        _continuity.TryCloseGap(300).ShouldBeTrue();
        Map(300).ShouldBe(11);
    }

    [Fact]
    public void What_is_dropped_up_to_a_packet_leaves_no_gap_lost_packets_included()
    {
        Map(10).ShouldBe(10);
        _continuity.DropThrough(11);
        _continuity.DropThrough(15);
        _continuity.DropThrough(14);
        Map(13).ShouldBeNull();
        Map(16).ShouldBe(11);
        Map(18).ShouldBe(13);
        _continuity.DropThrough(17);
        Map(17).ShouldBe(12);
    }

    [Fact]
    public void Eight_offsets_are_remembered_and_no_more()
    {
        for (var i = 0; i < 8; i++)
        {
            Map((10 * i) + 5).ShouldBe((9 * i) + 5);
            _continuity.Drop((10 * i) + 6);
        }

        Map(4).ShouldBeNull();
        Map(13).ShouldBe(12);
        Map(76).ShouldBeNull();
    }

    [Fact]
    public void Numbers_that_receivers_name_are_found_again()
    {
        ushort input;
        _continuity.TryInvert(1, out input).ShouldBeFalse();
        Map(65_534);
        _continuity.Drop(65_535);
        Map(65_536);
        Map(65_537);

        _continuity.TryInvert(65_534, out input).ShouldBeTrue();
        input.ShouldBe((ushort)65_534);
        _continuity.TryInvert(65_535, out input).ShouldBeTrue();
        input.ShouldBe((ushort)0);
        _continuity.TryInvert(0, out input).ShouldBeTrue();
        input.ShouldBe((ushort)1);
        _continuity.TryInvert(7, out _).ShouldBeFalse();
    }

    [Fact]
    public void No_number_is_given_out_twice_and_order_is_kept()
    {
        Prop.ForAll(ArbMap.Default.ArbFor<(short Step, byte Kind)[]>(), steps =>
        {
            var continuity = default(SequenceContinuity);
            var given = new Dictionary<long, long>();
            var used = new HashSet<long>();
            var highest = 1000L;
            foreach (var (step, kind) in steps)
            {
                var input = Math.Max(0, highest + (step % 12));
                highest = Math.Max(highest, input);
                if (!used.Add(input))
                {
                    continue;
                }

                if (kind % 5 == 0)
                {
                    continuity.Drop(input);
                    continue;
                }

                if (kind % 7 == 0)
                {
                    continuity.TryCloseGap(input);
                }

                if (continuity.TryMap(input, out var output) && !given.TryAdd(output, input))
                {
                    return false;
                }
            }

            return given.OrderBy(pair => pair.Key).Select(pair => pair.Value).SequenceEqual(given.Values.Order());
        }).QuickCheckThrowOnFailure();
    }

    private long? Map(long input) => _continuity.TryMap(input, out var output) ? output : null;
}
