using VoiceCluster.Media.Sessions;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Media.Tests.Sessions;

public sealed class SourceAllocatorTests
{
    [Fact]
    public void Returned_blocks_rest_before_they_are_free()
    {
        var allocator = new SourceAllocator(TimeSpan.FromMinutes(10));
        allocator.TryTake(TimeSpan.Zero, out var first).ShouldBeTrue();
        allocator.Return(first, TimeSpan.Zero);

        allocator.TryTake(TimeSpan.FromMinutes(9), out _).ShouldBeTrue();
        allocator.Taken.ShouldBe(2);
        allocator.TryTake(TimeSpan.FromMinutes(10), out _).ShouldBeTrue();
        allocator.Taken.ShouldBe(2);
    }

    [Fact]
    public void Blocks_are_aligned_and_never_zero()
    {
        var allocator = new SourceAllocator(TimeSpan.Zero);
        for (var i = 0; i < 10_000; i++)
        {
            allocator.TryTake(TimeSpan.Zero, out var first).ShouldBeTrue();
            (first.Value % Ssrc.BlockSize).ShouldBe(0u);
            first.Value.ShouldBeInRange(16u, Ssrc.AssignableLimit - Ssrc.BlockSize);
        }

        allocator.Taken.ShouldBe(10_000);
    }
}
