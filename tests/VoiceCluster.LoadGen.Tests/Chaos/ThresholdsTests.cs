using System.Text.Json;
using VoiceCluster.LoadGen.Chaos.Report;
using VoiceCluster.TestKit;

namespace VoiceCluster.LoadGen.Tests.Chaos;

public sealed class ThresholdsTests
{
    [Fact]
    public void What_is_not_named_is_not_judged() => Thresholds.Parse("{}").Judge(Sample.Result).ShouldBeEmpty();

    [Fact]
    public void A_figure_may_be_as_large_as_its_threshold_and_no_larger()
    {
        Thresholds.Parse("""{ "kill": { "affected-p95-ms": 3000 } }""").Judge(Sample.Result).ShouldBeEmpty();
        Thresholds.Parse("""{ "kill": { "affected-p95-ms": 2999 } }""").Judge(Sample.Result)
            .ShouldBe(["kill: affected-p95-ms is 3000, at most 2999 was asked for"]);
    }

    [Fact]
    public void What_holds_for_all_gives_way_to_what_a_fault_says_itself()
    {
        const string all = """ "all": { "rejoined": 0 } """;
        Thresholds.Parse($"{{ {all} }}").Judge(Sample.Result).Length.ShouldBe(1);
        Thresholds.Parse($$"""{ {{all}}, "kill": { "rejoined": 2 } }""").Judge(Sample.Result).ShouldBeEmpty();
        Thresholds.Parse($$"""{ {{all}}, "kill": { "rejoined": null } }""").Judge(Sample.Result).ShouldBeEmpty();
        Thresholds.Parse($$"""{ {{all}}, "cut": { "rejoined": null } }""").Judge(Sample.Result).Length.ShouldBe(1);
    }

    [Fact]
    public void What_was_never_detected_is_later_than_any_threshold() =>
        Thresholds.Parse("""{ "kill": { "detected-ms": 100000 } }""").Judge(Sample.Result with { DetectedAfter = null }).Length.ShouldBe(1);

    [Theory]
    [InlineData("emptied-ms")]
    [InlineData("users-left")]
    [InlineData("ready-again-ms")]
    public void What_was_not_measured_is_more_than_any_threshold(string figure)
    {
        var thresholds = Thresholds.Parse($$"""{ "kill": { "{{figure}}": 2000 } }""");
        thresholds.Judge(Sample.Result).Length.ShouldBe(1);
        thresholds.Judge(Sample.Result with { Figures = FiguresOf(2000) }).ShouldBeEmpty();
        thresholds.Judge(Sample.Result with { Figures = FiguresOf(2001) }).ShouldBe([$"kill: {figure} is 2001, at most 2000 was asked for"]);
    }

    [Fact]
    public void A_ghost_is_counted_once_wherever_it_shows() =>
        Thresholds.Parse("""{ "all": { "ghosts": 2 } }""").Judge(Sample.Result with { Ghosts = new GhostCount(2, 2, 1, 2) }).ShouldBeEmpty();

    [Fact]
    public void Where_somebody_did_not_answer_there_may_be_any_number_of_ghosts()
    {
        var result = Sample.Result with { Ghosts = new GhostCount(0, 0, 0, 0) { Unread = 1 } };
        Thresholds.Parse("""{ "all": { "ghosts": 1000 } }""").Judge(result).Length.ShouldBe(1);
        FaultTable.Write([result]).ShouldContain(" ? |");
    }

    [Fact]
    public void A_figure_that_there_is_not_is_refused() =>
        Should.Throw<KeyNotFoundException>(() => Thresholds.Parse("""{ "all": { "ghost": 0 } }""")).Message.ShouldContain("ghosts");

    [Fact]
    public void What_is_no_json_is_refused() => Should.Throw<JsonException>(() => Thresholds.Parse("all: 0"));

    [Theory]
    [InlineData("drain", "emptied-ms")]
    [InlineData("drain", "users-left")]
    [InlineData("store-stop", "detected-ms")]
    [InlineData("store-stop", "ready-again-ms")]
    [InlineData("store-restart", "ready-again-ms")]
    [InlineData("backend", "detected-ms")]
    public void The_file_of_the_repository_judges(string fault, string figure) =>
        FileOfTheRepository().Judge(Sample.Result with { Name = fault, DetectedAfter = null }).ShouldContain(judged => judged.StartsWith($"{fault}: {figure} "));

    [Fact]
    public void The_file_of_the_repository_is_understood() => FileOfTheRepository().Judge(Sample.Result with { NotBack = 1 }).ShouldNotBeEmpty();

    private static FaultFigures FiguresOf(int figure) => new()
    {
        EmptiedAfter = TimeSpan.FromMilliseconds(figure),
        UsersLeft = figure,
        ReadyAgainAfter = TimeSpan.FromMilliseconds(figure),
    };

    private static Thresholds FileOfTheRepository() => Thresholds.Read(RepositoryRoot.PathOf("deploy/voicechaos.conf"));
}
