using VoiceCluster.EndToEnd.Tests.Support;
using VoiceCluster.LoadGen.Chaos;
using Xunit.Abstractions;

namespace VoiceCluster.EndToEnd.Tests.Cluster;

/// <summary>A shortened run of <c>voicechaos</c>: three processes, twelve users. Only counts are judged; times are this machine's.</summary>
public sealed class ChaosTests(ITestOutputHelper output)
{
    [PostgresFact]
    public async Task A_node_is_killed_and_everybody_hears_everybody_again()
    {
        var options = new ChaosOptions
        {
            Assembly = Path.Combine(AppContext.BaseDirectory, "VoiceCluster.Node.dll"),
            Users = 12,
            Speakers = 3,
            Channels = 3,
            Faults = ["kill"],
            Control = TimeSpan.FromSeconds(2),
            Hold = TimeSpan.FromSeconds(5),
            GhostWait = TimeSpan.FromSeconds(3),
            StaleAfter = TimeSpan.FromSeconds(5),
            Leavers = 0,
        };

        var results = await new ChaosRun(options, output.WriteLine).RunAsync(CancellationToken.None);

        results.Select(result => result.Name).ShouldBe(["control", "kill"]);
        results.ShouldAllBe(result => result.NotBack == 0 && result.Duplicates == 0 && result.Stale == 0);
        results.ShouldAllBe(result => result.NoticesLost == 0 && result.NoticesDuplicated == 0);
        results.ShouldAllBe(result => result.FramesExpected > 0);
        results[1].UsersAffected.ShouldBe(4);
        results[1].DetectedAfter.ShouldNotBeNull();
    }
}
