using VoiceCluster.LoadGen.Media;

namespace VoiceCluster.LoadGen.Tests.Media;

public sealed class MeasuredWindowTests
{
    [Fact]
    public void Figures_are_differences_of_the_two_readings()
    {
        var window = new MeasuredWindow("x", Reading(1, 100, 50, 500, 10, 1_000), Reading(3, 1_100, 60, 1_000, 15, 1_700), LoadSent: 200, LoadSkipped: 0);
        window.Duration.ShouldBe(TimeSpan.FromSeconds(2));
        window.NanosecondsPerCopy.ShouldBe(2);
        window.CopiesPerSecond.ShouldBe(250);
        window.ReceivedPerBatch.ShouldBe(2);
        window.SentByKernel.ShouldBe(500);
        window.Utilisation.ShouldBe(5e-7, tolerance: 1e-12);
    }

    [Fact]
    public void What_a_core_ran_beyond_the_process_is_of_others()
    {
        var before = Reading(0, 0, 0, 0, 0, 0) with { CoreNanoseconds = [0] };
        var after = Reading(1, 400_000_000, 0, 0, 0, 0) with { CoreNanoseconds = [500_000_000] };
        var window = new MeasuredWindow("x", before, after, 0, 0);
        window.UsedByOthers(0).ShouldBe(0.1, tolerance: 1e-9);
        window.UsedByOthers(1).ShouldBe(double.NaN);
    }

    private static ForwarderReading Reading(long seconds, long cpu, long received, long sent, long receives, long machine) => new()
    {
        MonotonicNanoseconds = seconds * 1_000_000_000,
        CpuNanoseconds = cpu,
        Received = received,
        Sent = sent,
        Receives = receives,
        MachineSent = machine,
        CoreNanoseconds = [],
    };
}
