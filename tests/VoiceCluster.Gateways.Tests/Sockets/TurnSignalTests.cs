using VoiceCluster.Gateways.Sockets;

namespace VoiceCluster.Gateways.Tests.Sockets;

public sealed class TurnSignalTests
{
    private readonly TurnSignal _signal = new();

    [Fact]
    public void A_waiter_goes_on_when_the_signal_is_raised_and_within_the_call()
    {
        var waiting = _signal.WaitAsync().AsTask();
        waiting.IsCompleted.ShouldBeFalse();

        _signal.Raise();

        waiting.IsCompletedSuccessfully.ShouldBeTrue();
    }

    [Fact]
    public void Each_raising_lets_one_waiter_go_on()
    {
        _signal.Raise();
        _signal.Raise();

        _signal.WaitAsync().AsTask().IsCompletedSuccessfully.ShouldBeTrue();
        _signal.WaitAsync().AsTask().IsCompletedSuccessfully.ShouldBeTrue();
        _signal.WaitAsync().AsTask().IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task Whoever_waits_is_cancelled_and_so_is_whoever_comes_later()
    {
        var waiting = _signal.WaitAsync().AsTask();

        _signal.Cancel();

        await Should.ThrowAsync<OperationCanceledException>(() => waiting);
        await Should.ThrowAsync<OperationCanceledException>(async () => await _signal.WaitAsync());
    }

    [Fact]
    public void Waiting_over_and_over_allocates_nothing()
    {
        var waiting = WaitAsync(2000);
        Raise(1000);
        var before = GC.GetAllocatedBytesForCurrentThread();

        Raise(1000);

        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
        waiting.IsCompletedSuccessfully.ShouldBeTrue();

        // The waiter goes on in here, and waits again; not so in a test's context.
        void Raise(int times)
        {
            for (var i = 0; i < times; i++)
            {
                _signal.Raise();
            }
        }

        async Task WaitAsync(int times)
        {
            for (var i = 0; i < times; i++)
            {
                await _signal.WaitAsync().ConfigureAwait(false);
            }
        }
    }

    [Fact]
    public async Task None_of_many_raisings_from_other_threads_is_lost()
    {
        const int times = 20_000;
        var raising = Task.Run(() => Parallel.For(0, times, _ => _signal.Raise()));

        for (var i = 0; i < times; i++)
        {
            await _signal.WaitAsync();
        }

        await raising;
        _signal.WaitAsync().AsTask().IsCompleted.ShouldBeFalse();
    }
}
