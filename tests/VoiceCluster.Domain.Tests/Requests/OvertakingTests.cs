using VoiceCluster.Domain.Requests;
using static VoiceCluster.Domain.Tests.Sample;

namespace VoiceCluster.Domain.Tests.Requests;

public sealed class OvertakingTests
{
    [Theory]
    [InlineData(1_000, 5_000, true)]
    [InlineData(4_999, 5_000, true)]
    [InlineData(0, 5_000, false)]
    [InlineData(-1, 5_000, false)]
    public void A_late_request_is_overtaken_by_what_was_asked_for_after_it(int newerByMs, int lateByMs, bool isOvertaken) =>
        IsOvertaken(newerByMs, lateByMs).ShouldBe(isOvertaken);

    [Theory]
    [InlineData(0)]
    [InlineData(250)]
    public void What_comes_straight_is_not_judged_by_clocks(int lateByMs) => IsOvertaken(newerByMs: lateByMs, lateByMs).ShouldBeFalse();

    [Theory]
    [InlineData(60_000)]
    [InlineData(3_600_000)]
    public void Nor_is_what_comes_with_the_time_of_a_clock_that_was_wrong(int lateByMs) => IsOvertaken(newerByMs: 1_000, lateByMs).ShouldBeFalse();

    [Fact]
    public void What_is_said_to_be_in_force_from_a_later_time_than_now_overtakes_nothing() =>
        IsOvertaken(newerByMs: 5_001, lateByMs: 5_000).ShouldBeFalse();

    [Fact]
    public void Without_a_time_nothing_is_overtaken()
    {
        Overtaking.IsOvertaken(null, Start, Start.AddSeconds(5)).ShouldBeFalse();
        Overtaking.IsOvertaken(Start, null, Start.AddSeconds(5)).ShouldBeFalse();
    }

    [Fact]
    public void In_force_is_the_newest_request_in_whichever_order_they_come()
    {
        var later = Start.AddSeconds(1);
        Overtaking.Latest(null, Start).ShouldBe(Start);
        Overtaking.Latest(Start, later).ShouldBe(later);
        Overtaking.Latest(later, Start).ShouldBe(later);
        Overtaking.Latest(Start, null).ShouldBe(Start);
    }

    private static bool IsOvertaken(int newerByMs, int lateByMs) =>
        Overtaking.IsOvertaken(Start, Start.AddMilliseconds(newerByMs), now: Start.AddMilliseconds(lateByMs));
}
