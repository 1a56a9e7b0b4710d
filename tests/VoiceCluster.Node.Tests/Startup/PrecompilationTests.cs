using VoiceCluster.Node.Startup;

namespace VoiceCluster.Node.Tests.Startup;

public sealed class PrecompilationTests
{
    [Fact]
    public async Task The_program_compiles_its_methods_before_they_are_called()
    {
        (await Precompilation.Done.WaitAsync(TimeSpan.FromMinutes(3))).ShouldBeGreaterThan(5_000);
        Precompilation.Done.ShouldBeSameAs(Precompilation.Done);
    }
}
