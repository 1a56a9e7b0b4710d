using VoiceCluster.Media.Workers;

namespace VoiceCluster.Media.Tests.Workers;

public sealed class LoopMeterTests
{
    private static readonly long Millisecond = TimeSpan.TicksPerMillisecond;
    private readonly LoopMeter _meter = new();
    private long _now = 1000 * TimeSpan.TicksPerMillisecond;
    private long _processorTime;
    private long _packets;

    [Theory]
    [InlineData(50, 20)]
    [InlineData(20, 50)]
    public void Utilization_is_the_greater_of_busy_and_processor_time(int busyMilliseconds, int processorMilliseconds)
    {
        Pass(intervals: 50, busyMilliseconds, processorMilliseconds, packets: 0);

        _meter.Read().Utilization.ShouldBe(0.5, tolerance: 0.01);
    }

    [Fact]
    public void Utilization_shows_saturation_within_a_second_and_rest_as_soon()
    {
        Pass(intervals: 10, busyMilliseconds: 100, processorMilliseconds: 100, packets: 0);
        _meter.Read().Utilization.ShouldBeGreaterThan(0.85);

        Pass(intervals: 10, busyMilliseconds: 0, processorMilliseconds: 0, packets: 0);
        _meter.Read().Utilization.ShouldBeLessThan(0.15);
    }

    [Fact]
    public void Rate_is_that_of_the_last_seconds()
    {
        Pass(intervals: 300, busyMilliseconds: 1, processorMilliseconds: 1, packets: 200);

        _meter.Read().PacketsPerSecond.ShouldBe(2000, tolerance: 10);
    }

    [Fact]
    public void Longest_wait_is_told_for_one_interval_and_overload_for_a_second()
    {
        _meter.Begin(_now, 0, 0);
        _meter.CountBatch(_now, _now, oldestNanoseconds: 7_000_000, isOverloaded: true);
        _meter.CountBatch(_now, _now, oldestNanoseconds: 1_000_000, isOverloaded: false);
        Pass(intervals: 1, busyMilliseconds: 0, processorMilliseconds: 0, packets: 0);
        (_meter.Read().QueueDelay, _meter.Read().IsOverloaded).ShouldBe((TimeSpan.FromMilliseconds(7), true));

        Pass(intervals: 8, busyMilliseconds: 0, processorMilliseconds: 0, packets: 0);
        (_meter.Read().QueueDelay, _meter.Read().IsOverloaded).ShouldBe((TimeSpan.Zero, true));

        Pass(intervals: 1, busyMilliseconds: 0, processorMilliseconds: 0, packets: 0);
        _meter.Read().IsOverloaded.ShouldBeFalse();
    }

    [Fact]
    public void A_loop_that_begins_anew_does_not_count_what_was_before_it()
    {
        _meter.Begin(_now, 5_000_000_000, 1_000_000);
        (_processorTime, _packets) = (5_000_000_000, 1_000_000);
        Pass(intervals: 1, busyMilliseconds: 0, processorMilliseconds: 0, packets: 0);

        (_meter.Read().Utilization, _meter.Read().PacketsPerSecond).ShouldBe((0, 0));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(500, 0.025)]
    public void A_clock_that_jumped_during_a_batch_leaves_only_processor_time_to_go_by(int processorMilliseconds, double expected)
    {
        _meter.Begin(_now, 0, 0);
        var began = _now;
        _now += 20_000 * Millisecond;
        _meter.CountBatch(began, _now, 0, isOverloaded: false);
        _meter.Measure(_now, processorMilliseconds * 1_000_000L, 0);

        _meter.Read().Utilization.ShouldBe(expected, tolerance: 0.0001);
    }

    [Fact]
    public void A_batch_that_took_most_of_a_second_counts_as_busy()
    {
        _meter.Begin(_now, 0, 0);
        var began = _now;
        _now += 900 * Millisecond;
        _meter.CountBatch(began, _now, 0, isOverloaded: false);
        _meter.Measure(_now, 0, 0);

        _meter.Read().Utilization.ShouldBeGreaterThan(0.8);
    }

    private void Pass(int intervals, int busyMilliseconds, int processorMilliseconds, long packets)
    {
        for (var i = 0; i < intervals; i++)
        {
            if (_meter.Read().MeasuredAt == 0)
            {
                _meter.Begin(_now, _processorTime, _packets);
            }

            _meter.CountBatch(_now, _now + (busyMilliseconds * Millisecond), 0, isOverloaded: false);
            _meter.IsDue(_now + (99 * Millisecond)).ShouldBeFalse();
            _now += 100 * Millisecond;
            _meter.IsDue(_now).ShouldBeTrue();
            _processorTime += processorMilliseconds * 1_000_000L;
            _packets += packets;
            _meter.Measure(_now, _processorTime, _packets);
        }
    }
}
