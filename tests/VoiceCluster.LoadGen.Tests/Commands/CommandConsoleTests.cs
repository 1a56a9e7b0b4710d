using VoiceCluster.Client.Sockets;
using VoiceCluster.LoadGen.Commands;

namespace VoiceCluster.LoadGen.Tests.Commands;

public sealed class CommandConsoleTests
{
    private readonly CommandConsole _console = new();

    [Theory]
    [InlineData(true, 0)]
    [InlineData(false, 1)]
    public async Task The_verdict_is_the_exit_status(bool isGood, int status) => (await _console.RunAsync(() => Task.FromResult(isGood))).ShouldBe(status);

    [Fact]
    public async Task What_keeps_a_command_from_its_end_is_a_failure_and_no_crash()
    {
        (await _console.RunAsync(() => throw new ConnectFailedException("nobody there"))).ShouldBe(1);
        (await _console.RunAsync(() => throw new IOException("disk full"))).ShouldBe(1);
        (await _console.RunAsync(() => throw new OperationCanceledException())).ShouldBe(1);
    }

    [Fact]
    public async Task A_mistake_of_the_program_is_not_hidden() =>
        await Should.ThrowAsync<InvalidOperationException>(() => _console.RunAsync(() => throw new InvalidOperationException()));
}
