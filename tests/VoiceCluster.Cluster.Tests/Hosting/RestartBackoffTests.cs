using VoiceCluster.Cluster.Hosting;
using VoiceCluster.TestKit;

namespace VoiceCluster.Cluster.Tests.Hosting;

public class RestartBackoffTests
{
    private readonly ManualTimeProvider _time = new();

    [Fact]
    public void Next_FailureAfterFailure_DoublesUpToTheLongest() =>
        Waits(new EntityHostOptions { RestartBackoffMin = Ms(100), RestartBackoffMax = Ms(1000), Jitter = () => 0 }, 6)
            .ShouldBe([Ms(100), Ms(200), Ms(400), Ms(800), Ms(1000), Ms(1000)]);

    [Fact]
    public void Next_Jitter_CutsUpToHalf() =>
        Waits(new EntityHostOptions { RestartBackoffMin = Ms(100), Jitter = () => 0.999 }, 1).Single().ShouldBeInRange(Ms(50), Ms(51));

    [Fact]
    public void Next_ManyFailures_StaysAtTheLongest() =>
        Waits(new EntityHostOptions { Jitter = () => 0 }, 10_000).Last().ShouldBe(new EntityHostOptions().RestartBackoffMax);

    [Fact]
    public void Next_LongAfterTheLastFailure_BeginsAgain()
    {
        var options = new EntityHostOptions { RestartBackoffMin = Ms(100), RestartBackoffMax = Ms(1000), Jitter = () => 0 };
        var backoff = default(RestartBackoff);
        backoff.Next(options, _time);
        backoff.Next(options, _time).ShouldBe(Ms(200));

        _time.Advance(Ms(2001));

        backoff.Next(options, _time).ShouldBe(Ms(100));
    }

    private static TimeSpan Ms(int value) => TimeSpan.FromMilliseconds(value);

    private List<TimeSpan> Waits(EntityHostOptions options, int failures)
    {
        var backoff = default(RestartBackoff);
        var waits = new List<TimeSpan>();
        for (var i = 0; i < failures; i++)
        {
            waits.Add(backoff.Next(options, _time));
        }

        return waits;
    }
}
