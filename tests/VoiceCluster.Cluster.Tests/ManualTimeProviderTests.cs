using VoiceCluster.TestKit;

namespace VoiceCluster.Cluster.Tests;

/// <summary>The tests' own clock, on which so much here stands.</summary>
public class ManualTimeProviderTests
{
    private readonly ManualTimeProvider _time = new();
    private readonly List<string> _fired = [];

    [Fact]
    public void Advance_SeveralTimers_FireInOrderAtTheirTimes()
    {
        using var second = Timer("second", 20);
        using var first = Timer("first", 10);
        using var periodic = _time.CreateTimer(_ => Note("tick"), null, Ms(8), Ms(8));

        _time.Advance(Ms(20));

        _fired.ShouldBe(["tick at 8", "first at 10", "tick at 16", "second at 20"]);
        _time.GetUtcNow().ShouldBe(_time.Start + Ms(20));
        _time.ActiveTimers.ShouldBe(1);
    }

    [Fact]
    public void Advance_TimerSetByACallback_FiresWithinTheSameAdvance()
    {
        using var outer = _time.CreateTimer(_ => Timer("inner", 5), null, Ms(10), Timeout.InfiniteTimeSpan);
        _time.Advance(Ms(15));
        _fired.ShouldBe(["inner at 15"]);
    }

    [Fact]
    public void Dispose_BeforeItIsDue_NeverFires()
    {
        Timer("never", 10).Dispose();
        _time.Advance(Ms(100));
        _fired.ShouldBeEmpty();
        _time.ActiveTimers.ShouldBe(0);
    }

    [Fact]
    public void Change_MovesAndStops()
    {
        using var timer = Timer("moved", 10);
        timer.Change(Ms(30), Timeout.InfiniteTimeSpan).ShouldBeTrue();
        _time.Advance(Ms(29));
        _fired.ShouldBeEmpty();
        _time.Advance(Ms(1));
        _fired.ShouldBe(["moved at 30"]);

        timer.Change(Ms(10), Timeout.InfiniteTimeSpan);
        timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _time.Advance(Ms(100));
        _fired.Count.ShouldBe(1);
    }

    [Fact]
    public void GetElapsedTime_UsesTheOddFrequency()
    {
        var begun = _time.GetTimestamp();
        _time.Advance(TimeSpan.FromDays(400));
        _time.GetElapsedTime(begun).ShouldBe(TimeSpan.FromDays(400));
        _time.GetTimestamp().ShouldNotBe(TimeSpan.FromDays(400).Ticks);
    }

    [Fact]
    public async Task Delays_and_cancellations_of_the_base_library_follow_it()
    {
        using var source = new CancellationTokenSource(Ms(10), _time);
        var delay = Task.Delay(Ms(20), _time);
        await _time.WaitForTimersAsync(2);

        _time.Advance(Ms(10));
        source.IsCancellationRequested.ShouldBeTrue();
        delay.IsCompleted.ShouldBeFalse();
        _time.Advance(Ms(10));
        await delay.WaitAsync(TimeSpan.FromSeconds(30));
    }

    private static TimeSpan Ms(int value) => TimeSpan.FromMilliseconds(value);

    private ITimer Timer(string name, int dueMs) => _time.CreateTimer(_ => Note(name), null, Ms(dueMs), Timeout.InfiniteTimeSpan);

    private void Note(string name) => _fired.Add($"{name} at {_time.Elapsed.TotalMilliseconds}");
}
