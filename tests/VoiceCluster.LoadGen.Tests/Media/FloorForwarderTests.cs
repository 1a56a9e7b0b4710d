using VoiceCluster.LoadGen.Media;

namespace VoiceCluster.LoadGen.Tests.Media;

public sealed class FloorForwarderTests
{
    [Fact]
    public void Keys_are_made_as_the_program_makes_them()
    {
        // The first bytes that user_key of bench/floor.c writes, worked out by hand from its two lines.
        FloorForwarder.KeyOf(0)[..2].ShouldBe([(byte)((1_664_525u + 1_013_904_223u) >> 24), (byte)(Next(Next(1)) >> 24)]);
        FloorForwarder.KeyOf(5).ShouldNotBe(FloorForwarder.KeyOf(6));
    }

    [Fact]
    public void The_line_of_the_program_is_read()
    {
        var reading = FloorForwarder.Parse(
            """{"time_ns":5,"cpu_ns":7,"received":10,"forwarded":9,"sent":90,"send_failures":0,"refused":1,"receives":4,"sends":3}""");
        (reading.MonotonicNanoseconds, reading.CpuNanoseconds, reading.Received, reading.Sent, reading.Receives).ShouldBe((5, 7, 10, 90, 4));
        reading.Drops.ShouldBe(new Dictionary<string, long> { ["refused"] = 1 });
    }

    private static uint Next(uint state) => (state * 1_664_525u) + 1_013_904_223u;
}
