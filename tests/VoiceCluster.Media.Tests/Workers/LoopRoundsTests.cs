using VoiceCluster.Media.Workers;

namespace VoiceCluster.Media.Tests.Workers;

public sealed class LoopRoundsTests
{
    [Fact]
    public void Only_a_loop_that_does_not_go_round_between_two_questions_stands_still()
    {
        var rounds = new LoopRounds();
        rounds.HaveStoodStill(TimeSpan.Zero).ShouldBeFalse();
        Thread.SpinWait(1000);
        rounds.HaveStoodStill(TimeSpan.Zero).ShouldBeTrue();
        rounds.HaveStoodStill(TimeSpan.FromHours(1)).ShouldBeFalse();

        rounds.Count();
        rounds.HaveStoodStill(TimeSpan.Zero).ShouldBeFalse();
    }
}
