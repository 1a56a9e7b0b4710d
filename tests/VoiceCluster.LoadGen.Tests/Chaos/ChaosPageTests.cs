using VoiceCluster.LoadGen.Chaos.Report;

namespace VoiceCluster.LoadGen.Tests.Chaos;

public sealed class ChaosPageTests
{
    [Fact]
    public void A_row_has_every_figure()
    {
        var row = FaultTable.Write([Sample.Result]).Split('\n')[2];
        row.Split('|', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).ShouldBe(
            ["node killed", "1.2", "20", "3000 / 3000 / 3000", "40 / 40 / 40 / 40", "10", "1000", "0", "0", "0", "0", "0", "2", "0"]);
    }

    [Fact]
    public void The_verdict_is_that_of_the_thresholds()
    {
        new ChaosPage([Sample.Result], Thresholds.Parse("{}")).IsGood.ShouldBeTrue();
        var bad = new ChaosPage([Sample.Result], Thresholds.Parse("""{ "all": { "rejoined": 0 } }"""));
        bad.IsGood.ShouldBeFalse();
        bad.Text.ShouldContain("kill: rejoined is 2");
    }

    [Fact]
    public void What_surrounds_the_marks_of_a_page_is_left_alone()
    {
        var page = new ChaosPage([Sample.Result], Thresholds.Parse("{}"));
        var once = page.PutInto("# Head\n\n<!-- voicechaos:begin -->\nold\n<!-- voicechaos:end -->\n\ntail\n");
        once.ShouldStartWith("# Head\n\n<!-- voicechaos:begin -->\n| fault ");
        once.ShouldEndWith("<!-- voicechaos:end -->\n\ntail\n");
        once.ShouldNotContain("\nold\n");
        page.PutInto(once).ShouldBe(once);
    }
}
