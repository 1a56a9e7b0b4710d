using FsCheck;
using FsCheck.Fluent;
using VoiceCluster.Protocol.Rtp;

namespace VoiceCluster.Protocol.Tests.Rtp;

public sealed class CounterWindowTests
{
    [Theory]
    [InlineData(0L)]
    [InlineData(1L)]
    [InlineData(uint.MaxValue - 100L)]
    [InlineData(long.MaxValue - 3000L)]
    public void Judge_Run_IsFreshOnce(long start)
    {
        var window = new CounterWindow();
        for (var i = 0; i < 2500; i++)
        {
            window.Judge(start + i).ShouldBe(ReplayVerdict.Fresh);
            window.Judge(start + i).ShouldBe(ReplayVerdict.Duplicate);
        }

        window.Judge(start + 2499 - 1023).ShouldBe(ReplayVerdict.Duplicate);
        window.Judge(start + 2499 - 1024).ShouldBe(ReplayVerdict.TooOld);
        window.Highest.ShouldBe(start + 2499);
    }

    [Fact]
    public void Judge_FarJumpForward_IsFreshAndForgetsWhatWasBefore()
    {
        var window = new CounterWindow();
        window.Judge(5);

        window.Judge(1_000_000).ShouldBe(ReplayVerdict.Fresh);

        window.Judge(5).ShouldBe(ReplayVerdict.TooOld);
        window.Judge(999_999).ShouldBe(ReplayVerdict.Fresh);
    }

    [Fact]
    public void Judge_AnyOrder_AgreesWithASet() =>
        Prop.ForAll<ushort[]>(numbers =>
        {
            var window = new CounterWindow();
            var seen = new HashSet<long>();
            long highest = 0;
            foreach (var number in numbers)
            {
                var counter = number % 4000L;
                var expected = highest - counter >= SlidingBitmap.Size ? ReplayVerdict.TooOld
                    : seen.Add(counter) ? ReplayVerdict.Fresh
                    : ReplayVerdict.Duplicate;
                highest = Math.Max(highest, counter);
                if (window.Judge(counter) != expected)
                {
                    return false;
                }
            }

            return true;
        }).QuickCheckThrowOnFailure();
}
