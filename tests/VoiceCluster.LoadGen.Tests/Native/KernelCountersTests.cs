using VoiceCluster.LoadGen.Native;

namespace VoiceCluster.LoadGen.Tests.Native;

public sealed class KernelCountersTests
{
    [Fact]
    public void Cores_are_busy_with_user_nice_system_and_interrupt_time() =>
        KernelCounters.ParseCores(["cpu  9 9 9 9 9 9 9 9", "cpu0 1 2 3 1000 1000 4 5 1000 0 0", "cpu1 0 0 7 0 0 0 0 0 0 0", "intr 1 2"])
            .ShouldBe([15 * 10_000_000L, 7 * 10_000_000L]);

    [Fact]
    public void The_hard_limit_of_descriptors_counts() =>
        DescriptorLimit.Read(["Limit                     Soft Limit           Hard Limit           Units", "Max open files            1024                 20000                files"])
            .ShouldBe(20_000);

    [Fact]
    public void An_unreadable_limit_is_a_cautious_one() => DescriptorLimit.Read([]).ShouldBe(1_024);
}
