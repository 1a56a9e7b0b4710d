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

    [Theory]
    [InlineData("ws://a.example/x", true)]
    [InlineData("wss://a.example", true)]
    [InlineData("http://a.example", false)]
    [InlineData("a.example:8080", false)]
    public void A_url_has_the_scheme_of_its_default_or_that_with_tls(string given, bool isTaken)
    {
        var (url, optional) = (CommandOptions.Url("--u", "", "ws://127.0.0.1/"), CommandOptions.OptionalUrl("--o", "", "ws"));
        var command = new Command("x") { url, optional };

        var parsed = command.Parse(["--u", given, "--o", given]);

        parsed.Errors.Select(error => error.Message).Distinct().ShouldBe(isTaken ? [] : [$"'{given}' is no URL that begins with ws:// or wss://."]);
        if (isTaken)
        {
            parsed.GetValue(url).ShouldBe(new Uri(given));
            parsed.GetValue(optional).ShouldBe(new Uri(given));
        }
    }

    [Fact]
    public void A_url_that_is_not_given_is_the_default_or_none()
    {
        var (url, optional) = (CommandOptions.Url("--u", "", "ws://127.0.0.1/"), CommandOptions.OptionalUrl("--o", "", "ws"));
        var parsed = new Command("x") { url, optional }.Parse("");

        parsed.GetValue(url).ShouldBe(new Uri("ws://127.0.0.1/"));
        parsed.GetValue(optional).ShouldBeNull();
    }

    [Fact]
    public void Settings_become_flags() => CommandOptions.FlagsOf(["Media:Workers=2"]).ShouldBe(["--Media:Workers=2"]);

    private static Command Command() => new("x") { CommandOptions.Count("--n", "", 1), CommandOptions.Count("--m", "", 3, least: 2, most: 9) };
}
