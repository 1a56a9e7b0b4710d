using System.CommandLine;
using VoiceCluster.Client.Measuring;
using VoiceCluster.LoadGen.Mutes;

namespace VoiceCluster.LoadGen.Tests.Mutes;

public sealed class MuteCommandTests
{
    [Theory]
    [InlineData("")]
    [InlineData("--count 200 --pairs 5 --guild 18446744073709551615")]
    [InlineData("--max-p99 100")]
    [InlineData("--max-p99 0.5")]
    [InlineData("--url wss://voice.example/lvsp --secret s --insecure --speaker-url wss://a.example --listener-url ws://b.example")]
    [InlineData("--before true --after true --admin-url https://a.example:9090 --admin-token-file token --realm other")]
    public void Its_options_are_taken(string line) => MuteCommand.Create().Parse(line).Errors.ShouldBeEmpty();

    [Theory]
    [InlineData("--pairs 0")]
    [InlineData("--count 0")]
    [InlineData("--guild here")]
    [InlineData("--max-p99 0")]
    [InlineData("--max-p99 -1")]
    [InlineData("--max-p99 NaN")]
    [InlineData("--max-p99 soon")]
    [InlineData("--url http://127.0.0.1:8080/lvsp")]
    [InlineData("--speaker-url 127.0.0.1:8080")]
    [InlineData("--admin-url ws://127.0.0.1:9090")]
    public void What_makes_no_sense_is_refused(string line) => MuteCommand.Create().Parse(line).Errors.ShouldNotBeEmpty();

    [Fact]
    public void What_takes_longer_than_was_asked_for_is_a_failure()
    {
        var silences = new DelayHistogram();
        silences.Record(TimeSpan.FromMilliseconds(200));

        MuteCommand.Judge(silences, 100).ShouldNotBeNull().ShouldContain("at most 100 ms");
        MuteCommand.Judge(silences, 300).ShouldBeNull();
        MuteCommand.Judge(silences, null).ShouldBeNull();
    }

    [Fact]
    public async Task Without_the_admin_port_of_the_node_it_fails_before_anything_is_cut()
    {
        var missing = Path.Combine(Path.GetTempPath(), Guid.NewGuid().ToString("N"));
        var trace = Path.Combine(Path.GetTempPath(), Guid.NewGuid().ToString("N"));

        (await MuteCommand.Create().Parse(["--before", $"touch {trace}", "--admin-token-file", missing]).InvokeAsync()).ShouldBe(1);

        File.Exists(trace).ShouldBeFalse();
    }
}
