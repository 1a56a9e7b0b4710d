using System.Diagnostics;
using VoiceCluster.LoadGen.Native;

namespace VoiceCluster.LoadGen.Tests.Native;

public sealed class DescendantsTests
{
    [Fact]
    public void Count_takes_all_generations_below_one_process_and_nobody_else() =>
        Descendants.Count(new Dictionary<int, int> { [2] = 1, [3] = 1, [4] = 3, [5] = 4, [6] = 9 }, 1).ShouldBe(4);

    [Theory]
    [InlineData("4711 (dotnet) S 4710 4711 0", 4711, 4710)]
    [InlineData("7 (a) b) (c) R 3 1 1", 7, 3)]
    public void Parse_Line_TellsProcessAndParent(string line, int process, int parent) => Descendants.Parse(line).ShouldBe((process, parent));

    [Theory]
    [InlineData("")]
    [InlineData("nonsense")]
    [InlineData("7 (name) S")]
    public void Parse_Nonsense_IsNull(string line) => Descendants.Parse(line).ShouldBeNull();

    [Fact]
    public async Task Processes_of_a_process_and_what_it_has_open_are_counted()
    {
        using var shell = Process.Start(new ProcessStartInfo("sh", ["-c", "sleep 60 & sleep 60 & echo ready; wait"]) { RedirectStandardOutput = true, UseShellExecute = false })!;
        try
        {
            (await shell.StandardOutput.ReadLineAsync()).ShouldBe("ready");

            Descendants.CountOf(shell.Id).ShouldBe(2);
            Descendants.CountOf(Environment.ProcessId).ShouldBeGreaterThanOrEqualTo(3);
            KernelCounters.OpenDescriptors(shell.Id).ShouldBeGreaterThan(0);
        }
        finally
        {
            shell.Kill(entireProcessTree: true);
            await shell.WaitForExitAsync();
        }

        KernelCounters.OpenDescriptors(shell.Id).ShouldBe(0);
    }
}
