using System.CommandLine;
using VoiceCluster.LoadGen.Commands;

namespace VoiceCluster.LoadGen.Tests.Commands;

public sealed class CommandOptionsTests
{
    [Theory]
    [InlineData("--n 0", "--n is at least 1.")]
    [InlineData("--m 10", "--m is 2 to 9.")]
    [InlineData("--m 1", "--m is 2 to 9.")]
    public void A_count_out_of_bounds_is_refused_with_them(string line, string error) =>
        Command().Parse(line).Errors.Select(one => one.Message).ShouldBe([error]);

    [Fact]
    public void A_count_within_bounds_is_taken()
    {
        var count = CommandOptions.Count("--n", "", 7);

        new Command("x") { count }.Parse("--n 3").GetValue(count).ShouldBe(3);
        new Command("x") { count }.Parse("").GetValue(count).ShouldBe(7);
    }

    [Fact]
    public void Settings_become_flags() => CommandOptions.FlagsOf(["Media:Workers=2"]).ShouldBe(["--Media:Workers=2"]);

    private static Command Command() => new("x") { CommandOptions.Count("--n", "", 1), CommandOptions.Count("--m", "", 3, least: 2, most: 9) };
}
