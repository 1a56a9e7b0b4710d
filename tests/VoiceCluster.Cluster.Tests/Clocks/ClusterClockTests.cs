using VoiceCluster.Cluster.Clocks;
using VoiceCluster.TestKit;

namespace VoiceCluster.Cluster.Tests.Clocks;

public sealed class ClusterClockTests
{
    private static readonly DateTimeOffset Start = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly Machine _machine = new();
    private readonly ClusterClock _clock;

    public ClusterClockTests()
    {
        _machine.Wall = Start;
        _clock = new ClusterClock(_machine);
    }

    [Theory]
    [InlineData(3600)]
    [InlineData(-3600)]
    public void A_wall_clock_that_is_set_while_the_node_runs_changes_nothing(int seconds)
    {
        _machine.Time.Advance(TimeSpan.FromSeconds(10));
        _machine.Wall = Start.AddSeconds(seconds);

        _clock.GetUtcNow().ShouldBe(Start.AddSeconds(10));
    }

    [Fact]
    public void What_the_store_says_puts_a_wrong_clock_right_as_exactly_as_the_question_was_quick()
    {
        Hear(Start.AddHours(1), askedAgo: 20, answeredAgo: 0);
        _clock.GetUtcNow().ShouldBe(Start.AddHours(1));

        Hear(Start.AddHours(-1), askedAgo: 20, answeredAgo: 0);
        _clock.GetUtcNow().ShouldBe(Start.AddHours(-1).AddMilliseconds(20));
    }

    [Fact]
    public void What_the_store_says_leaves_a_clock_alone_that_it_does_not_contradict()
    {
        Hear(Start.AddMilliseconds(-15), askedAgo: 20, answeredAgo: 10);
        _clock.GetUtcNow().ShouldBe(Start);

        Hear(Start.AddHours(1), askedAgo: 0, answeredAgo: 10);
        _clock.GetUtcNow().ShouldBe(Start);
    }

    [Fact]
    public void Timers_and_timestamps_are_the_machines()
    {
        using var fired = new ManualResetEventSlim();
        using var timer = _clock.CreateTimer(_ => fired.Set(), null, TimeSpan.FromSeconds(5), Timeout.InfiniteTimeSpan);
        var before = _clock.GetTimestamp();
        Hear(Start.AddHours(1), askedAgo: 0, answeredAgo: 0);

        _machine.Time.Advance(TimeSpan.FromSeconds(5));

        fired.IsSet.ShouldBeTrue();
        _clock.GetElapsedTime(before).ShouldBe(TimeSpan.FromSeconds(5));
    }

    private void Hear(DateTimeOffset utc, int askedAgo, int answeredAgo)
    {
        var now = _machine.GetElapsedTime(0);
        _clock.Hear(utc, now - TimeSpan.FromMilliseconds(askedAgo), now - TimeSpan.FromMilliseconds(answeredAgo));
    }

    /// <summary>Clocks of which somebody sets the one on the wall.</summary>
    private sealed class Machine : TimeProvider
    {
        public ManualTimeProvider Time { get; } = new();

        public DateTimeOffset Wall { get; set; }

        public override long TimestampFrequency => Time.TimestampFrequency;

        public override long GetTimestamp() => Time.GetTimestamp();

        public override DateTimeOffset GetUtcNow() => Wall;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            Time.CreateTimer(callback, state, dueTime, period);
    }
}
