using VoiceCluster.LoadGen.Bench;

namespace VoiceCluster.LoadGen.Tests.Bench;

public sealed class RequirementsTests
{
    [Theory]
    [InlineData(1.0, true)]
    [InlineData(1.001, false)]
    [InlineData(double.NaN, false)]
    public void A_most_is_kept_up_to_its_bound(double value, bool isMet) => new Requirement("x", "x", Most: 1).IsMetBy(value).ShouldBe(isMet);

    [Theory]
    [InlineData(0.9, true)]
    [InlineData(0.89, false)]
    public void A_least_is_kept_down_to_its_bound(double value, bool isMet) => new Requirement("x", "x", Least: 0.9).IsMetBy(value).ShouldBe(isMet);

    [Fact]
    public void What_was_not_measured_is_not_failed()
    {
        var verdicts = Requirements.Judge([new Figure("cost.aes.10", 1.2), new Figure("cost.aes.50", 0.9)]);
        verdicts.Where(verdict => verdict.IsFailed).Select(verdict => verdict.Requirement.Figure).ShouldBe(["cost.aes.10"]);
        verdicts.Count(verdict => verdict.Value is not null).ShouldBe(2);
    }

    [Theory]
    [InlineData(0.73, 0.78, true, "0.73; the floor itself 0.78")]
    [InlineData(0.73, 0.55, false, "0.73")]
    [InlineData(0.55, 0.78, false, "0.55")]
    public void A_bound_that_the_floor_misses_too_is_said_to_be_so(double value, double floor, bool isBeyond, string text)
    {
        var verdict = Requirements.Judge([new Figure("peer.mumble.500", value), new Figure("floor.mumble.500", floor)])
            .Single(verdict => verdict.Requirement.Figure == "peer.mumble.500");
        verdict.IsBeyondFloor.ShouldBe(isBeyond);
        BenchReport.Text(verdict).ShouldBe(text);
    }

    [Fact]
    public void A_figure_that_could_not_be_had_is_failed() =>
        Requirements.Judge([new Figure("delay.70.p99", double.NaN)]).Count(verdict => verdict.IsFailed).ShouldBe(1);

    [Fact]
    public void Every_requirement_has_a_name_of_its_own_and_one_bound()
    {
        Requirements.All.Select(requirement => requirement.Figure).ShouldBeUnique();
        Requirements.All.ShouldAllBe(requirement => requirement.Most.HasValue != requirement.Least.HasValue);
    }
}
