using VoiceCluster.Node.Configuration;
using VoiceCluster.TestKit;

namespace VoiceCluster.Node.Tests.Configuration;

/// <summary>The README's table of settings is what the node reads.</summary>
public sealed class ReadmeTests
{
    [Fact]
    public void Every_setting_stands_in_the_readme_and_no_other()
    {
        var known = NodeConfiguration.Load(["--help"], [], [AppContext.BaseDirectory]).Descriptions.Select(setting => setting.Key);
        var told = File.ReadLines(RepositoryRoot.PathOf("README.md"))
            .Where(line => line.StartsWith("| `", StringComparison.Ordinal) && line.Contains(':', StringComparison.Ordinal))
            .Select(line => line.Split('`')[1])
            .Where(key => char.IsUpper(key[0]) && key.Contains(':', StringComparison.Ordinal));
        told.Order().ShouldBe(known.Order());
    }
}
