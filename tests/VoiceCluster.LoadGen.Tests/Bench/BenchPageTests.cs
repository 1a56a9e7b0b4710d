using VoiceCluster.LoadGen.Bench;

namespace VoiceCluster.LoadGen.Tests.Bench;

public sealed class BenchPageTests
{
    private const string Empty = "# Head\n\n<!-- bench:begin -->\nNot measured yet.\n<!-- bench:end -->\n\ntail\n";

    [Fact]
    public void A_section_is_written_between_the_marks_with_all_it_has()
    {
        var page = new BenchPage(Empty);
        page.Put(Section("One", "x | y"), "machine");
        page.Text.ShouldBe(
            "# Head\n\n<!-- bench:begin -->\n\n### One\n\nNote.\n\nmachine\n\n| a | b |\n| --- | ---: |\n| x \\| y | 1 |\n\n<!-- bench:end -->\n\ntail\n");
    }

    [Fact]
    public void A_part_measured_again_replaces_its_section_and_no_other()
    {
        var page = new BenchPage(Empty);
        page.Put(Section("One", "first"), "machine");
        page.Put(Section("Two", "second"), "machine");
        page.Put(Requirements.Judge([new Figure("cost.aes.10", 1.5)]));

        var again = new BenchPage(page.Text);
        again.Put(Section("One", "anew"), "machine");
        again.Put(Section("Three", "third"), "machine");
        again.Text.ShouldContain("| anew | 1 |");
        again.Text.ShouldNotContain("| first | 1 |");
        again.Text.ShouldContain("| second | 1 |");
        again.Text.Split('\n').Where(line => line.StartsWith("### ", StringComparison.Ordinal))
            .ShouldBe(["### One", "### Two", "### Three", "### Asked and measured"]);
        new BenchPage(again.Text).Text.ShouldBe(again.Text);
    }

    [Fact]
    public void A_requirement_that_was_not_measured_again_keeps_its_line()
    {
        var page = new BenchPage(Empty);
        page.Put(Requirements.Judge([new Figure("cost.aes.10", 1.5), new Figure("cost.aes.50", 1.2)]));
        page.Put(Requirements.Judge([new Figure("cost.aes.50", 0.9)]));
        page.Text.ShouldContain("AES-GCM, fan-out 10: CPU per copy against the floor: ≤ 1 | 1.5 | FAIL |");
        page.Text.ShouldContain("AES-GCM, fan-out 50: CPU per copy against the floor: ≤ 1 | 0.9 | ok |");
        page.Text.Split('\n').Count(line => line.EndsWith("| ---- |", StringComparison.Ordinal)).ShouldBe(Requirements.All.Length - 2);
    }

    [Fact]
    public void A_page_without_marks_gets_them_at_its_end()
    {
        var page = new BenchPage("# Head\n");
        page.Put(Section("One", "x"), "machine");
        page.Text.ShouldStartWith("# Head\n\n<!-- bench:begin -->\n\n### One\n");
        page.Text.ShouldEndWith("\n\n<!-- bench:end -->\n");
    }

    private static BenchSection Section(string title, string cell) => new(title, "Note.", ["a", "b"], [[cell, "1"]], []);
}
