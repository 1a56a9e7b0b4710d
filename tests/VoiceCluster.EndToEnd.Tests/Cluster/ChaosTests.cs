using VoiceCluster.EndToEnd.Tests.Support;
using VoiceCluster.LoadGen.Chaos;
using VoiceCluster.LoadGen.Chaos.Report;
using Xunit.Abstractions;

namespace VoiceCluster.EndToEnd.Tests.Cluster;

/// <summary>A shortened run of <c>voicechaos</c>: three processes, twelve users, some of whom leave while something goes wrong.</summary>
/// <remarks>Counts are judged as <c>voicechaos</c> judges them. Times are this machine's: those that are judged are many times as long as what is measured on one that has time.</remarks>
public sealed class ChaosTests(ITestOutputHelper output)
{
    private static readonly TimeSpan MostUnaffected = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan MostAffected = TimeSpan.FromSeconds(30);

    [PostgresFact]
    public async Task A_node_is_killed_the_database_goes_away_a_node_is_drained_and_everybody_hears_everybody_again()
    {
        var options = new ChaosOptions
        {
            Assembly = Path.Combine(AppContext.BaseDirectory, "VoiceCluster.Node.dll"),
            Users = 12,
            Speakers = 3,
            Channels = 3,
            Faults = ["kill", "store-stop", "drain"],
            Control = TimeSpan.FromSeconds(2),
            Hold = TimeSpan.FromSeconds(5),
            StoreOutage = TimeSpan.FromSeconds(8),
            GhostWait = TimeSpan.FromSeconds(75),
            EndsGhostWaitEarly = true,
            StaleAfter = TimeSpan.FromSeconds(5),
            Patience = new ClientPatience(TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(30)),
            Leavers = 2,
        };

        var results = await new ChaosRun(options, output.WriteLine).RunAsync(CancellationToken.None);
        output.WriteLine(new ChaosPage(results, Thresholds.Parse("{}")).Text);

        results.Select(result => result.Name).ShouldBe(["control", "kill", "store-stop", "drain"]);
        foreach (var result in results)
        {
            ShouldHarmNobodyForGood(result);
        }

        var (kill, storeStop, drain) = (results[1], results[2], results[3]);
        (kill.UsersAffected, storeStop.UsersAffected, drain.UsersAffected).ShouldBe((4, 0, 4));
        kill.DetectedAfter.ShouldNotBeNull();
        storeStop.DetectedAfter.ShouldNotBeNull();
        storeStop.Figures.ReadyAgainAfter.ShouldNotBeNull();
        drain.Figures.EmptiedAfter.ShouldNotBeNull();
        drain.Figures.UsersLeft.ShouldBe(0);
    }

    private static void ShouldHarmNobodyForGood(FaultResult result)
    {
        result.FramesExpected.ShouldBeGreaterThan(0, result.Name);
        (result.NotBack, result.Rejoined).ShouldBe((0, 0), result.Name);
        (result.Duplicates, result.Stale).ShouldBe((0, 0), result.Name);
        (result.NoticesLost, result.NoticesDuplicated).ShouldBe((0, 0), result.Name);
        result.Ghosts.IsNone.ShouldBeTrue($"{result.Name}: {result.Ghosts}");
        result.Affected.P95.ShouldBeLessThan(MostAffected, result.Name);
        result.Unaffected.P95.ShouldBeLessThan(MostUnaffected, result.Name);
    }
}
