using VoiceCluster.LoadGen.Chaos.Measuring;
using VoiceCluster.LoadGen.Chaos.Report;

namespace VoiceCluster.LoadGen.Tests.Chaos;

internal static class Sample
{
    public static FaultResult Result { get; } = new()
    {
        Name = "kill",
        Title = "node killed",
        DetectedAfter = TimeSpan.FromMilliseconds(1200),
        UsersAffected = 20,
        Affected = SilenceOf(3000),
        Unaffected = SilenceOf(40),
        FramesExpected = 1000,
        FramesLost = 10,
        Duplicates = 0,
        Stale = 0,
        Ghosts = new GhostCount(0, 0, 0, 0),
        NoticesLost = 0,
        NoticesDuplicated = 0,
        NotBack = 0,
        Rejoined = 2,
        Notes = ["a note"],
    };

    public static SilenceSummary SilenceOf(int milliseconds)
    {
        var time = TimeSpan.FromMilliseconds(milliseconds);
        return new SilenceSummary(4, time, time, time, time);
    }
}
