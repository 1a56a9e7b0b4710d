using VoiceCluster.Client.Metrics;

namespace VoiceCluster.Client.Tests.Metrics;

public sealed class MetricsTextTests
{
    private const string Page = """
        # HELP voicecluster_actors_live Actors in memory, by kind.
        # TYPE voicecluster_actors_live gauge
        voicecluster_actors_live{kind="channel"} 3
        voicecluster_actors_live{kind="state"} 4.5
        voicecluster_actors_timers 7 1395066363000
        odd{text="a } brace",kind="x"} +Inf
        nonsense
        broken{
        """;

    private readonly MetricsText _metrics = MetricsText.Parse(Page);

    [Fact]
    public void Sum_without_label_adds_all_series() => _metrics.Sum("voicecluster_actors_live").ShouldBe(7.5);

    [Fact]
    public void Sum_with_label_takes_those_that_carry_it() => _metrics.Sum("voicecluster_actors_live", "kind=\"state\"").ShouldBe(4.5);

    [Fact]
    public void Sum_ignores_timestamps() => _metrics.Sum("voicecluster_actors_timers").ShouldBe(7);

    [Fact]
    public void Sum_of_what_is_not_there_is_null() => _metrics.Sum("nonsense").ShouldBeNull();

    [Fact]
    public void Sum_reads_labels_with_braces_and_infinity() => _metrics.Sum("odd").ShouldBe(double.PositiveInfinity);

    [Fact]
    public void Names_are_each_told_once() =>
        _metrics.Names.ShouldBe(["voicecluster_actors_live", "voicecluster_actors_timers", "odd"]);

    [Fact]
    public void Values_of_a_label_come_each_once()
    {
        var page = MetricsText.Parse("a{le=\"5\",worker=\"0\"} 1\na{le=\"5\",worker=\"1\"} 1\na{handle=\"x\",le=\"10\"} 1\nb{le=\"7\"} 1\n");
        page.LabelValues("a", "le").ShouldBe(["10", "5"]);
        page.LabelValues("a", "worker").ShouldBe(["0", "1"]);
        page.LabelValues("c", "le").ShouldBeEmpty();
    }
}
