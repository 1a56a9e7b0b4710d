using VoiceCluster.LoadGen.Chaos;
using VoiceCluster.LoadGen.Chaos.Faults;

namespace VoiceCluster.LoadGen.Tests.Chaos;

public sealed class FaultCatalogueTests
{
    private static readonly ChaosOptions Options = new() { Assembly = "new.dll" };

    [Fact]
    public void Everything_is_done_when_nothing_is_asked_for_and_the_control_comes_first() =>
        FaultCatalogue.Of(Options).ShouldBe([FaultCatalogue.Control, .. FaultCatalogue.All]);

    [Fact]
    public void What_is_asked_for_comes_in_the_order_of_the_catalogue() =>
        Names(Options with { Faults = ["cut", "kill"] }).ShouldBe(["control", "kill", "cut"]);

    [Fact]
    public void With_an_earlier_build_there_is_an_upgrade_and_else_only_what_is_asked_for()
    {
        Names(Options with { From = "old.dll" }).ShouldBe(["control", "upgrade"]);
        Names(Options with { From = "old.dll", Faults = ["rolling"] }).ShouldBe(["control", "upgrade", "rolling"]);
    }

    private static IEnumerable<string> Names(ChaosOptions options) => FaultCatalogue.Of(options).Select(fault => fault.Name);
}
