using Microsoft.Extensions.Logging.Abstractions;
using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Gateways.Lvsp;
using VoiceCluster.TestKit;

namespace VoiceCluster.Gateways.Tests.Lvsp;

public sealed class DeferredRequestsTests
{
    private static readonly ShardId Shard = new(7);
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(50);

    private readonly ManualTimeProvider _time = new();
    private readonly DeferredRequests _deferred;
    private readonly List<string> _done = [];
    private readonly Lock _gate = new();
    private volatile object? _failure;

    public DeferredRequestsTests() => _deferred = new DeferredRequests(_time, NullLogger.Instance);

    [Fact]
    public async Task A_request_whose_entity_answers_is_carried_out_at_once()
    {
        await RunAsync("leave");

        Done().ShouldBe(["leave"]);
        _deferred.WaitAsync(Shard, CancellationToken.None).IsCompletedSuccessfully.ShouldBeTrue();
    }

    [Theory]
    [InlineData(AskFailure.Unreachable)]
    [InlineData(AskFailure.Timeout)]
    [InlineData(AskFailure.Overloaded)]
    public async Task Requests_for_a_shard_that_nobody_answers_for_are_carried_out_in_order_when_somebody_does(AskFailure failure)
    {
        _failure = failure;
        await RunAsync("leave");
        await RunAsync("mute");
        await RunAsync("destroy");
        Done().ShouldBeEmpty();
        var behind = _deferred.WaitAsync(Shard, CancellationToken.None);

        _time.Advance(TimeSpan.FromSeconds(2));
        behind.IsCompleted.ShouldBeFalse();
        _failure = null;
        await _time.AdvanceUntilAsync(behind, Step);

        Done().ShouldBe(["leave", "mute", "destroy"]);
    }

    [Fact]
    public async Task Requests_for_another_shard_do_not_wait()
    {
        _failure = AskFailure.Unreachable;
        await RunAsync("leave");
        _failure = null;

        await RunAsync("elsewhere", new ShardId(8));

        Done().ShouldContain("elsewhere");
        await _time.AdvanceUntilAsync(_deferred.WaitAsync(Shard, CancellationToken.None), Step);
    }

    [Fact]
    public async Task An_answered_request_does_not_wait_longer_than_others_wait_for_their_answer()
    {
        _failure = AskFailure.Unreachable;
        await RunAsync("leave");

        var behind = _deferred.WaitAsync(Shard, CancellationToken.None);
        await Should.ThrowAsync<AskException>(() => _time.AdvanceUntilAsync(behind, Step));
    }

    [Fact]
    public async Task A_request_is_dropped_when_its_time_is_up()
    {
        _failure = AskFailure.Unreachable;
        await RunAsync("leave");
        await _time.AdvanceUntilAsync(WaitUntilClearAsync(), Step);

        _time.Elapsed.ShouldBeGreaterThanOrEqualTo(DeferredRequests.Patience);
        _failure = null;
        await RunAsync("mute");

        Done().ShouldBe(["mute"]);
    }

    [Fact]
    public async Task Beyond_the_bound_requests_are_dropped()
    {
        _failure = AskFailure.Unreachable;
        for (var number = 0; number < DeferredRequests.Capacity + 10; number++)
        {
            await RunAsync($"{number}");
        }

        _failure = null;
        await _time.AdvanceUntilAsync(_deferred.WaitAsync(Shard, CancellationToken.None), Step);

        // The one that was being tried was not waiting.
        Done().Count.ShouldBeInRange(DeferredRequests.Capacity, DeferredRequests.Capacity + 1);
    }

    [Fact]
    public async Task An_entity_that_fails_is_not_asked_again()
    {
        _failure = AskFailure.Faulted;

        (await Should.ThrowAsync<AskException>(() => RunAsync("leave"))).Failure.ShouldBe(AskFailure.Faulted);
        _deferred.WaitAsync(Shard, CancellationToken.None).IsCompletedSuccessfully.ShouldBeTrue();
    }

    private async Task WaitUntilClearAsync()
    {
        while (true)
        {
            try
            {
                await _deferred.WaitAsync(Shard, CancellationToken.None);
                return;
            }
            catch (AskException)
            {
                // Its own patience is shorter.
            }
        }
    }

    private Task RunAsync(string name, ShardId? shard = null) => _deferred.RunAsync(
        shard ?? Shard,
        name,
        (_, _) =>
        {
            if (_failure is AskFailure failure)
            {
                return Task.FromException(new AskException(failure, "The test wants it so."));
            }

            lock (_gate)
            {
                _done.Add(name);
            }

            return Task.CompletedTask;
        },
        CancellationToken.None);

    private List<string> Done()
    {
        lock (_gate)
        {
            return [.. _done];
        }
    }
}
