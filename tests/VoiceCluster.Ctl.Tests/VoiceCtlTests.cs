using System.CommandLine;
using VoiceCluster.TestKit.Fakes;

namespace VoiceCluster.Ctl.Tests;

public sealed class VoiceCtlTests
{
    [Theory]
    [InlineData("call --users 1", "--users is from 2 to 1000.")]
    [InlineData("call --users 2 --speakers 3", "--speakers cannot exceed --users.")]
    [InlineData("call --gateway-version 10", "--gateway-version is from 1 to 9.")]
    [InlineData("call --mode rot13", "'rot13' is no mode.")]
    [InlineData("call --url http://localhost", "'http://localhost' is no URL that begins with ws:// or wss://.")]
    [InlineData("call --voice-url nowhere", "'nowhere' is no URL that begins with ws:// or wss://.")]
    public void Wrong_arguments_are_named_with_what_would_be_right(string line, string message) =>
        VoiceCtl.Create().Parse(line).Errors.ShouldContain(error => error.Message.StartsWith(message));

    [Fact]
    public async Task Call_against_a_node_that_works_ends_with_success()
    {
        await using var node = new FakeNode();

        (await RunAsync($"call --url {node.LvspUrl} --users 2 --speakers 1 --seconds 1")).ShouldBe(VoiceCtl.Success);
    }

    [Fact]
    public async Task Call_against_a_node_that_loses_frames_ends_with_failure()
    {
        await using var node = new FakeNode();
        node.Media.FaultOf = packet => packet % 2 == 0 ? PacketFault.Lose : PacketFault.None;

        (await RunAsync($"call --url {node.LvspUrl} --users 2 --speakers 1 --seconds 1")).ShouldBe(VoiceCtl.Failure);
    }

    [Fact]
    public async Task Call_without_a_node_ends_with_failure() =>
        (await RunAsync("call --url ws://127.0.0.1:1/lvsp")).ShouldBe(VoiceCtl.Failure);

    [Fact]
    public async Task Call_trusting_a_file_that_is_not_there_ends_with_failure() =>
        (await RunAsync("call --ca /no/such/file")).ShouldBe(VoiceCtl.Failure);

    private static Task<int> RunAsync(string line) => VoiceCtl.Create().Parse(line).InvokeAsync();
}
