using VoiceCluster.LoadGen.Bench;

namespace VoiceCluster.LoadGen.Tests.Bench;

public sealed class BenchReportTests
{
    [Fact]
    public void A_page_keeps_what_is_around_the_marks()
    {
        const string Page = "# Head\n<!-- bench:begin -->\nold\n<!-- bench:end -->\ntail\n";
        BenchReport.Insert(Page, "new\n").ShouldBe("# Head\n<!-- bench:begin -->\nnew\n<!-- bench:end -->\ntail\n");
    }

    [Fact]
    public void A_page_without_marks_gets_them_at_its_end() =>
        BenchReport.Insert("# Head\n", "new\n").ShouldBe("# Head\n\n<!-- bench:begin -->\nnew\n<!-- bench:end -->\n");

    [Fact]
    public void Markdown_has_every_section_and_every_requirement()
    {
        var section = new BenchSection("Title", "Note.", ["a", "b"], [["x | y", "1"]], [new Figure("cost.aes.10", 1.5)]);
        var text = BenchReport.Markdown([section], Requirements.Judge(section.Figures), "machine");
        text.ShouldStartWith("machine\n");
        text.ShouldContain("### Title\n\nNote.\n\n| a | b |\n| --- | ---: |\n| x \\| y | 1 |\n");
        text.ShouldContain("fan-out 10: CPU per copy against the floor: ≤ 1 | 1.5 | FAIL |");
        text.Split('\n').Count(line => line.EndsWith("| ---- |", StringComparison.Ordinal)).ShouldBe(Requirements.All.Length - 1);
    }
}
