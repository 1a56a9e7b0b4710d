using VoiceCluster.Media.Sessions;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Media.Tests.Sessions;

public sealed class SourceAllocatorTests
{
    private static readonly TimeSpan Quarantine = TimeSpan.FromMinutes(10);

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    [InlineData(9.9)]
    public void Returned_blocks_rest_for_one_quarantine_at_least_and_two_at_most(double returnedAtMinutes)
    {
        var allocator = new SourceAllocator(Quarantine);
        var returnedAt = TimeSpan.FromMinutes(returnedAtMinutes);
        allocator.TryTake(TimeSpan.Zero, out var first).ShouldBeTrue();
        allocator.Return(first, returnedAt);

        TakenAt(allocator, returnedAt + Quarantine - TimeSpan.FromSeconds(1)).ShouldBe(1);
        TakenAt(allocator, returnedAt + (Quarantine * 2)).ShouldBe(1);
    }

    [Fact]
    public void Returned_blocks_are_free_after_a_long_time_without_a_call()
    {
        var allocator = new SourceAllocator(Quarantine);
        allocator.TryTake(TimeSpan.Zero, out var first).ShouldBeTrue();
        allocator.Return(first, TimeSpan.FromMinutes(1));

        TakenAt(allocator, TimeSpan.FromDays(1)).ShouldBe(0);
    }

    [Fact]
    public void A_block_returned_after_a_long_time_without_a_call_rests_too()
    {
        var allocator = new SourceAllocator(Quarantine);
        allocator.TryTake(TimeSpan.Zero, out var first).ShouldBeTrue();
        allocator.Return(first, TimeSpan.FromDays(1));

        TakenAt(allocator, TimeSpan.FromDays(1) + Quarantine - TimeSpan.FromSeconds(1)).ShouldBe(1);
    }

    [Fact]
    public void Blocks_in_use_are_never_freed()
    {
        var allocator = new SourceAllocator(Quarantine);
        allocator.TryTake(TimeSpan.Zero, out _).ShouldBeTrue();
        allocator.TryTake(TimeSpan.Zero, out var returned).ShouldBeTrue();
        allocator.Return(returned, TimeSpan.Zero);

        TakenAt(allocator, TimeSpan.FromDays(1)).ShouldBe(1);
    }

    [Fact]
    public void Blocks_are_aligned_distinct_and_never_zero()
    {
        var allocator = new SourceAllocator(TimeSpan.Zero);
        var seen = new HashSet<uint>();
        for (var i = 0; i < 10_000; i++)
        {
            allocator.TryTake(TimeSpan.Zero, out var first).ShouldBeTrue();
            (first.Value % Ssrc.BlockSize).ShouldBe(0u);
            first.Value.ShouldBeInRange(16u, Ssrc.AssignableLimit - Ssrc.BlockSize);
            seen.Add(first.Value).ShouldBeTrue();
        }

        allocator.Taken.ShouldBe(10_000);
    }

    /// <summary>How many were in use or resting before this call, which looks by taking one more.</summary>
    private static int TakenAt(SourceAllocator allocator, TimeSpan now)
    {
        allocator.TryTake(now, out _).ShouldBeTrue();
        return allocator.Taken - 1;
    }
}
