using System.Collections.Concurrent;
using Microsoft.Extensions.Logging.Abstractions;
using NSubstitute;
using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Cluster.Store;
using VoiceCluster.Cluster.Transport;
using VoiceCluster.Domain.Identities;
using VoiceCluster.TestKit;

namespace VoiceCluster.Cluster.Tests.Hosting;

/// <summary>Timers of actors, near ones and those that wait in slots.</summary>
public sealed class ActorTimersTests : IAsyncDisposable
{
    private readonly ManualTimeProvider _time = new();
    private readonly EntityHost _host;
    private readonly ConcurrentQueue<(int Number, TimeSpan At)> _fired = [];
    private readonly SemaphoreSlim _handled = new(0);
    private readonly LocalAddress _actor;

    public ActorTimersTests()
    {
        var node = new NodeIncarnation(new NodeId("node-1"), 1);
        _host = new EntityHost(
            node, new InMemoryClusterStore(_time), Substitute.For<INodeTransport>(), Substitute.For<IMessageCodec>(), _time, NullLogger<EntityHost>.Instance,
            new EntityHostOptions { PassivationIdleTime = TimeSpan.Zero });
        _host.Start();
        _actor = _host.Spawn("timed", () => new TimedActor(this));
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Theory]
    [InlineData(1)]
    [InlineData(999)]
    [InlineData(1_000)]
    [InlineData(1_999)]
    [InlineData(2_000)]
    [InlineData(20_625)]
    [InlineData(86_400_000)]
    public async Task A_timer_fires_exactly_when_it_is_due(int milliseconds)
    {
        var due = TimeSpan.FromMilliseconds(milliseconds);
        await SetAsync(1, due);

        _time.Advance(due - TimeSpan.FromTicks(10));
        _fired.ShouldBeEmpty();
        _time.Advance(TimeSpan.FromTicks(20));

        await _handled.WaitAsync();
        _fired.ShouldHaveSingleItem().At.ShouldBeInRange(due, due + TimeSpan.FromTicks(20));
    }

    [Fact]
    public async Task Many_timers_of_one_actor_fire_in_their_order()
    {
        var random = new Random(1);
        var dues = Enumerable.Range(0, 200).Select(number => (Number: number, Due: TimeSpan.FromMilliseconds(random.Next(1, 20_000)))).ToArray();
        foreach (var (number, due) in dues)
        {
            await SetAsync(number, due);
        }

        _time.Advance(TimeSpan.FromSeconds(30));

        foreach (var _ in dues)
        {
            await _handled.WaitAsync();
        }

        _fired.Select(fired => fired.Number).ShouldBe(dues.OrderBy(timer => timer.Due).ThenBy(timer => timer.Number).Select(timer => timer.Number));
    }

    [Fact]
    public async Task A_deadline_that_is_put_off_again_and_again_fires_once_at_the_last()
    {
        for (var i = 0; i < 100; i++)
        {
            await SetAsync(1, TimeSpan.FromSeconds(20));
            _time.Advance(TimeSpan.FromSeconds(13.75));
        }

        _fired.ShouldBeEmpty();
        _time.Advance(TimeSpan.FromSeconds(6.25));
        await _handled.WaitAsync();
        _time.Advance(TimeSpan.FromMinutes(1));
        _fired.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Timers_of_one_second_share_one_of_the_systems_which_goes_with_the_last_of_them()
    {
        for (var number = 0; number < 100; number++)
        {
            await SetAsync(number, TimeSpan.FromMilliseconds(5_000 + number));
        }

        _time.ActiveTimers.ShouldBe(1);

        for (var number = 0; number < 100; number++)
        {
            await SetAsync(number, Timeout.InfiniteTimeSpan);
        }

        _time.ActiveTimers.ShouldBe(0);
    }

    private async Task SetAsync(int number, TimeSpan due)
    {
        _host.Tell(_actor, new Set(number, due)).ShouldBeTrue();
        await _handled.WaitAsync();
    }

    private sealed record Set(int Number, TimeSpan Due) : IActorMessage;

    private sealed record Due(int Number) : IActorMessage;

    private sealed class TimedActor(ActorTimersTests test) : Actor
    {
        protected internal override ValueTask ReceiveAsync(IActorMessage message, CancellationToken cancellation)
        {
            switch (message)
            {
                case Set set when set.Due == Timeout.InfiniteTimeSpan:
                    Context.CancelTimer($"{set.Number}");
                    break;
                case Set set:
                    Context.SetTimer($"{set.Number}", set.Due, new Due(set.Number));
                    break;
                case Due due:
                    test._fired.Enqueue((due.Number, test._time.Elapsed));
                    break;
            }

            test._handled.Release();
            return ValueTask.CompletedTask;
        }
    }
}
