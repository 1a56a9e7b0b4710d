using FsCheck;
using FsCheck.Fluent;
using VoiceCluster.Protocol.Rtp;

namespace VoiceCluster.Protocol.Tests.Rtp;

public sealed class SequenceUnwrapperTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(32767)]
    [InlineData(32768)]
    [InlineData(65534)]
    [InlineData(65535)]
    public void Unwrap_ThreeCyclesFromAnyStart_CountsUp(int start)
    {
        var unwrapper = new SequenceUnwrapper();
        for (var i = 0; i < 3 * 65536; i++)
        {
            unwrapper.Unwrap((ushort)(start + i)).ShouldBe(start + i);
        }
    }

    [Fact]
    public void Unwrap_LateNumber_KeepsTheHighest()
    {
        var unwrapper = new SequenceUnwrapper();
        unwrapper.Unwrap(65535);
        unwrapper.Unwrap(1).ShouldBe(65537);

        unwrapper.Unwrap(0).ShouldBe(65536);
        unwrapper.Unwrap(65535).ShouldBe(65535);

        unwrapper.Highest.ShouldBe(65537);
    }

    [Fact]
    public void Unwrap_NumberBeforeAFirstOfZero_IsNegative()
    {
        var unwrapper = new SequenceUnwrapper();
        unwrapper.Unwrap(0);

        unwrapper.Unwrap(65535).ShouldBe(-1);
    }

    [Fact]
    public void Peek_AnyNumber_ChangesNothing()
    {
        var unwrapper = new SequenceUnwrapper();
        unwrapper.Peek(500).ShouldBe(500);
        unwrapper.Unwrap(10);

        unwrapper.Peek(500).ShouldBe(500);

        unwrapper.Highest.ShouldBe(10);
    }

    [Fact]
    public void Unwrap_StepsShorterThanHalfACycle_AreFollowedExactly() =>
        Prop.ForAll<ushort, short[]>((start, steps) =>
        {
            var unwrapper = new SequenceUnwrapper();
            long expected = start;
            var highest = unwrapper.Unwrap(start);
            foreach (var step in steps)
            {
                expected = highest + step;
                highest = Math.Max(highest, expected);
                if (unwrapper.Unwrap((ushort)expected) != expected || unwrapper.Highest != highest)
                {
                    return false;
                }
            }

            return true;
        }).QuickCheckThrowOnFailure();
}
