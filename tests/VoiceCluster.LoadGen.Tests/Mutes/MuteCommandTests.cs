using System.CommandLine;
using VoiceCluster.LoadGen.Mutes;

namespace VoiceCluster.LoadGen.Tests.Mutes;

public sealed class MuteCommandTests
{
    [Theory]
    [InlineData("")]
    [InlineData("--count 200 --pairs 5 --guild 18446744073709551615")]
    [InlineData("--url wss://voice.example/lvsp --secret s --insecure --speaker-url wss://a.example --listener-url ws://b.example")]
    [InlineData("--before true --after true --admin-url https://a.example:9090 --admin-token-file token --realm other")]
    public void Its_options_are_taken(string line) => MuteCommand.Create().Parse(line).Errors.ShouldBeEmpty();

    [Theory]
    [InlineData("--pairs 0")]
    [InlineData("--count 0")]
    [InlineData("--guild here")]
    [InlineData("--url http://127.0.0.1:8080/lvsp")]
    [InlineData("--speaker-url 127.0.0.1:8080")]
    [InlineData("--admin-url ws://127.0.0.1:9090")]
    public void What_makes_no_sense_is_refused(string line) => MuteCommand.Create().Parse(line).Errors.ShouldNotBeEmpty();

    [Fact]
    public async Task Without_the_admin_port_of_the_node_it_fails_before_anything_is_cut()
    {
        var missing = Path.Combine(Path.GetTempPath(), Guid.NewGuid().ToString("N"));
        var trace = Path.Combine(Path.GetTempPath(), Guid.NewGuid().ToString("N"));

        (await MuteCommand.Create().Parse(["--before", $"touch {trace}", "--admin-token-file", missing]).InvokeAsync()).ShouldBe(1);

        File.Exists(trace).ShouldBeFalse();
    }
}
