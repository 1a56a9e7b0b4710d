using FsCheck;
using FsCheck.Fluent;
using VoiceCluster.Protocol.Rtp;

namespace VoiceCluster.Protocol.Tests.Rtp;

public sealed class ReplayWindowTests
{
    public static TheoryData<int> Starts => [0, 1, 500, 32767, 64000, 65534, 65535];

    [Theory, MemberData(nameof(Starts))]
    public void Judge_RunOverAWrap_IsFreshOnce(int start)
    {
        var window = new ReplayWindow();
        for (var i = 0; i < 5000; i++)
        {
            window.Judge((ushort)(start + i), out var extended).ShouldBe(ReplayVerdict.Fresh);
            extended.ShouldBe(start + i);
            window.Judge((ushort)(start + i), out _).ShouldBe(ReplayVerdict.Duplicate);
        }

        window.Highest.ShouldBe(start + 4999);
    }

    [Theory, MemberData(nameof(Starts))]
    public void Judge_LateNumber_IsFreshOnceInsideTheWindow(int start)
    {
        var window = new ReplayWindow();
        window.Judge((ushort)start, out _);
        window.Judge((ushort)(start + 2000), out _).ShouldBe(ReplayVerdict.Fresh);

        window.Judge((ushort)(start + 2000 - 1023), out var extended).ShouldBe(ReplayVerdict.Fresh);
        extended.ShouldBe(start + 2000 - 1023);
        window.Judge((ushort)(start + 2000 - 1023), out _).ShouldBe(ReplayVerdict.Duplicate);
        window.Judge((ushort)(start + 2000 - 1024), out _).ShouldBe(ReplayVerdict.TooOld);
        window.Judge((ushort)start, out _).ShouldBe(ReplayVerdict.TooOld);
        window.Highest.ShouldBe(start + 2000);
    }

    [Theory, MemberData(nameof(Starts))]
    public void Judge_JumpOfAtMostTheMaximumStep_IsFresh(int start)
    {
        var window = new ReplayWindow();
        window.Judge((ushort)start, out _);

        window.Judge((ushort)(start + 3000), out _).ShouldBe(ReplayVerdict.Fresh);
    }

    [Theory, MemberData(nameof(Starts))]
    public void Judge_ForwardJump_IsFollowedAtTheSecondConsecutiveNumber(int start)
    {
        var window = new ReplayWindow();
        window.Judge((ushort)start, out _);

        window.Judge((ushort)(start + 3001), out _).ShouldBe(ReplayVerdict.PendingResync);
        window.Judge((ushort)(start + 3002), out var extended).ShouldBe(ReplayVerdict.Resynchronized);

        extended.ShouldBe(start + 3002);
        window.Judge((ushort)(start + 3003), out _).ShouldBe(ReplayVerdict.Fresh);
    }

    [Theory, MemberData(nameof(Starts))]
    public void Judge_BackwardJump_ContinuesInTheNextCycle(int start)
    {
        var window = new ReplayWindow();
        window.Judge((ushort)start, out _);

        window.Judge((ushort)(start - 3001), out _).ShouldBe(ReplayVerdict.PendingResync);
        window.Judge((ushort)(start - 3000), out var extended).ShouldBe(ReplayVerdict.TooOld);
        window.Judge((ushort)(start - 5000), out _).ShouldBe(ReplayVerdict.PendingResync);
        window.Judge((ushort)(start - 4999), out extended).ShouldBe(ReplayVerdict.Resynchronized);

        extended.ShouldBe(start - 4999 + 65536);
        window.Highest.ShouldBe(extended);
    }

    [Fact]
    public void Judge_JumpsThatDoNotContinue_AreNeverFollowed()
    {
        var window = new ReplayWindow();
        window.Judge(0, out _);
        for (var i = 0; i < 10; i++)
        {
            window.Judge((ushort)(10_000 + (2 * i)), out _).ShouldBe(ReplayVerdict.PendingResync);
        }

        window.Judge(1, out _).ShouldBe(ReplayVerdict.Fresh);
    }

    [Fact]
    public void Judge_OldRunGoesOnBetweenTheTwo_ForgetsTheJump()
    {
        var window = new ReplayWindow();
        window.Judge(0, out _);
        window.Judge(10_000, out _).ShouldBe(ReplayVerdict.PendingResync);

        window.Judge(1, out _).ShouldBe(ReplayVerdict.Fresh);

        window.Judge(10_001, out _).ShouldBe(ReplayVerdict.PendingResync);
    }

    [Fact]
    public void Judge_AfterAResync_LowerNumbersCountAsSeen()
    {
        var window = new ReplayWindow();
        window.Judge(0, out _);
        window.Judge(10_000, out _);
        window.Judge(10_001, out _).ShouldBe(ReplayVerdict.Resynchronized);

        window.Judge(10_001, out _).ShouldBe(ReplayVerdict.Duplicate);
        window.Judge(10_000, out _).ShouldBe(ReplayVerdict.Duplicate);
        window.Judge(9_000, out _).ShouldBe(ReplayVerdict.Duplicate);
    }

    [Fact]
    public void Judge_SmallStepBackWithoutProof_IsNeverFollowed()
    {
        var window = Run(0, 500);

        for (ushort number = 0; number < 500; number++)
        {
            window.Judge(number, out _).ShouldBe(ReplayVerdict.Duplicate);
        }
    }

    [Fact]
    public void Judge_SenderStartsOverWithNewerNonces_IsFollowedAtTheSecondNumber()
    {
        var window = Run(0, 500);

        window.Judge(0, out _, nonceIsNewest: true).ShouldBe(ReplayVerdict.Duplicate);
        window.Judge(1, out var extended, nonceIsNewest: true).ShouldBe(ReplayVerdict.Resynchronized);
        window.Judge(2, out _, nonceIsNewest: true).ShouldBe(ReplayVerdict.Fresh);

        extended.ShouldBe(65537);
    }

    [Fact]
    public void Judge_EachPacketSentTwiceWithNewNonces_DropsTheSecond()
    {
        var window = Run(0, 10);
        for (ushort number = 10; number < 100; number++)
        {
            window.Judge(number, out _, nonceIsNewest: true).ShouldBe(ReplayVerdict.Fresh);
            window.Judge(number, out _, nonceIsNewest: true).ShouldBe(ReplayVerdict.Duplicate);
        }
    }

    [Fact]
    public void Judge_AnyOrderOfAnyNumbers_UsesNoExtendedNumberTwice() =>
        Prop.ForAll<ushort, short[], bool>((start, steps, proven) =>
        {
            var window = new ReplayWindow();
            var used = new HashSet<long>();
            var number = start;
            foreach (var step in steps.SelectMany(step => new[] { step, (short)1, (short)-1, (short)2 }))
            {
                number = (ushort)(number + step);
                var verdict = window.Judge(number, out var extended, proven);
                if (verdict is ReplayVerdict.Fresh or ReplayVerdict.Resynchronized
                    && ((ushort)extended != number || !used.Add(extended)))
                {
                    return false;
                }
            }

            return true;
        }).QuickCheckThrowOnFailure();

    private static ReplayWindow Run(ushort first, int count)
    {
        var window = new ReplayWindow();
        for (var i = 0; i < count; i++)
        {
            window.Judge((ushort)(first + i), out _).ShouldBe(ReplayVerdict.Fresh);
        }

        return window;
    }
}
