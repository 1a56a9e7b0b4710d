using VoiceCluster.Media.Sessions;

namespace VoiceCluster.Media.Tests.Sessions;

public sealed class NonceCounterTests
{
    [Fact]
    public void Counters_are_taken_in_order_and_a_block_at_a_time_is_reserved()
    {
        var counter = new NonceCounter();
        for (uint i = 0; i <= NonceCounter.BlockSize; i++)
        {
            counter.TryTake(out var taken).ShouldBeTrue();
            taken.ShouldBe(i);
            counter.ReservedEnd.ShouldBe(i < NonceCounter.BlockSize ? NonceCounter.BlockSize : 2 * NonceCounter.BlockSize);
        }
    }

    [Fact]
    public void After_a_restart_counting_begins_in_the_next_block()
    {
        var counter = new NonceCounter();
        counter.TryTake(out _);

        counter.SkipToNextBlock();

        counter.TryTake(out var taken).ShouldBeTrue();
        taken.ShouldBe(NonceCounter.BlockSize);
    }

    [Fact]
    public void The_last_block_ends_at_the_limit()
    {
        var counter = new NonceCounter(firstBlock: (NonceCounter.Limit / NonceCounter.BlockSize) - 1);
        counter.IsNearlyUsedUp.ShouldBeFalse();
        for (uint i = 0; i < NonceCounter.BlockSize; i++)
        {
            counter.TryTake(out _).ShouldBeTrue();
        }

        counter.IsNearlyUsedUp.ShouldBeTrue();
        counter.TryTake(out _).ShouldBeFalse();
        counter.SkipToNextBlock();
        counter.TryTake(out _).ShouldBeFalse();
    }
}
