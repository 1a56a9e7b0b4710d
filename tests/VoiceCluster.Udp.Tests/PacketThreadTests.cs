namespace VoiceCluster.Udp.Tests;

public sealed class PacketThreadTests
{
    [Fact]
    public void Processor_time_is_the_threads_own_and_grows_with_its_work()
    {
        var spent = RunOnThread(() =>
        {
            var before = PacketThread.ReadProcessorTime();
            var wasted = 0.0;
            for (var i = 0; i < 1_000_000; i++)
            {
                wasted += Math.Sqrt(i);
            }

            GC.KeepAlive(wasted);
            return PacketThread.ReadProcessorTime() - before;
        });

        (spent > 0).ShouldBe(OperatingSystem.IsLinux());
    }

    [Theory]
    [InlineData(ThreadUrgency.Normal)]
    [InlineData(ThreadUrgency.Raised)]
    [InlineData(ThreadUrgency.RealTime)]
    public void Raise_gives_at_most_what_was_asked_for(ThreadUrgency wanted) =>
        RunOnThread(() => PacketThread.Raise(wanted)).ShouldBeOneOf([.. Enum.GetValues<ThreadUrgency>().Where(urgency => urgency <= wanted)]);

    [Fact]
    public void A_core_that_does_not_exist_cannot_be_had()
    {
        RunOnThread(() => PacketThread.TryPin(1023)).ShouldBeFalse();
        RunOnThread(() => PacketThread.TryPin(-1)).ShouldBeFalse();
        RunOnThread(() => PacketThread.TryPin(1_000_000)).ShouldBeFalse();
    }

    [Fact]
    public void A_pinned_thread_stays_on_its_core()
    {
        var core = RunOnThread(Thread.GetCurrentProcessorId);
        var (isPinned, seen) = RunOnThread(() => (PacketThread.TryPin(core), Thread.GetCurrentProcessorId()));

        isPinned.ShouldBe(OperatingSystem.IsLinux());
        seen.ShouldBe(isPinned ? core : seen);
    }

    private static T RunOnThread<T>(Func<T> action)
    {
        var result = default(T);
        var thread = new Thread(() => result = action());
        thread.Start();
        thread.Join();
        return result!;
    }
}
