using VoiceCluster.LoadGen.Chaos.Measuring;

namespace VoiceCluster.LoadGen.Tests.Chaos;

public sealed class NoticeAccountTests
{
    private readonly NoticeAccount _account = new();

    [Fact]
    public void Numbers_in_order_are_neither_lost_nor_doubled()
    {
        Take(1, 2, 3);
        (_account.Received, _account.Lost, _account.Duplicated).ShouldBe((3, 0, 0));
    }

    [Fact]
    public void A_number_left_out_is_lost_and_one_that_comes_again_is_doubled()
    {
        Take(1, 4, 4, 2);
        (_account.Lost, _account.Duplicated).ShouldBe((2, 2));
    }

    [Fact]
    public void Another_session_counts_from_the_beginning()
    {
        Take(1, 2);
        _account.BeginSession();
        Take(1, 2);
        (_account.Lost, _account.Duplicated).ShouldBe((0, 0));
    }

    private void Take(params long[] numbers) => Array.ForEach(numbers, _account.Take);
}
