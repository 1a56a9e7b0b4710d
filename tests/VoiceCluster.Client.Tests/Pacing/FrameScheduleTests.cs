using VoiceCluster.Client.Pacing;

namespace VoiceCluster.Client.Tests.Pacing;

public sealed class FrameScheduleTests
{
    [Fact]
    public void Turns_are_spread_evenly_over_each_interval()
    {
        var schedule = new FrameSchedule(4, TimeSpan.FromMilliseconds(20), TimeSpan.FromSeconds(1));

        var turns = Enumerable.Range(0, 6).Select(_ => Take(schedule)).ToArray();

        turns.ShouldBe([(0, 1000.0), (1, 1005.0), (2, 1010.0), (3, 1015.0), (0, 1020.0), (1, 1025.0)]);
    }

    [Fact]
    public void Turns_do_not_drift_when_the_interval_does_not_divide()
    {
        var schedule = new FrameSchedule(3, TimeSpan.FromMilliseconds(20), TimeSpan.Zero);
        for (var turn = 0; turn < 3 * 50 * 3600; turn++)
        {
            schedule.Advance();
        }

        schedule.DueAt.ShouldBe(TimeSpan.FromHours(1));
    }

    private static (int Speaker, double Milliseconds) Take(FrameSchedule schedule)
    {
        var turn = (schedule.Speaker, schedule.DueAt.TotalMilliseconds);
        schedule.Advance();
        return turn;
    }
}
