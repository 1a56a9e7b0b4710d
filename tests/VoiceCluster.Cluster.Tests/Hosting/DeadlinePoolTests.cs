using Microsoft.Extensions.Logging.Abstractions;
using VoiceCluster.Cluster.Clocks;
using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Cluster.Messages.Wire;
using VoiceCluster.Cluster.Store;
using VoiceCluster.Cluster.Transport;
using VoiceCluster.Domain.Identities;
using VoiceCluster.TestKit;

namespace VoiceCluster.Cluster.Tests.Hosting;

public sealed class DeadlinePoolTests
{
    private static readonly TimeSpan Length = TimeSpan.FromSeconds(30);

    [Fact]
    public void A_deadline_passes_by_the_clock_of_the_host()
    {
        var time = new ManualTimeProvider();
        using var deadline = new DeadlinePool(Length, time, CancellationToken.None).Rent();
        time.Advance(Length - TimeSpan.FromTicks(1));
        deadline.Token.IsCancellationRequested.ShouldBeFalse();
        time.Advance(TimeSpan.FromTicks(1));
        deadline.Token.IsCancellationRequested.ShouldBeTrue();
    }

    [Fact]
    public void One_that_was_given_back_in_time_is_used_again()
    {
        var pool = new DeadlinePool(Length, TimeProvider.System, CancellationToken.None);
        var first = pool.Rent();
        first.Dispose();
        var second = pool.Rent();
        second.ShouldBeSameAs(first);
        second.Token.IsCancellationRequested.ShouldBeFalse();
        second.Dispose();
    }

    [Fact]
    public async Task So_it_is_in_a_host_that_goes_by_the_time_of_a_cluster()
    {
        var node = new NodeIncarnation(new NodeId("node-1"), 1);
        var time = new ClusterClock(TimeProvider.System);
        var links = new InProcessNetwork().Join(node);
        await using var host = new EntityHost(node, new InMemoryClusterStore(time), links, ClusterMessages.Codec, time, NullLogger<EntityHost>.Instance);
        var first = host.HandlingLimits.Rent();
        first.Dispose();
        var second = host.HandlingLimits.Rent();
        second.ShouldBeSameAs(first);
        second.Dispose();
    }

    [Fact]
    public void One_that_has_passed_is_not()
    {
        var time = new ManualTimeProvider();
        var pool = new DeadlinePool(Length, time, CancellationToken.None);
        var first = pool.Rent();
        time.Advance(Length);
        first.Dispose();
        using var second = pool.Rent();
        second.Token.IsCancellationRequested.ShouldBeFalse();
    }

    [Fact]
    public void The_end_of_the_host_ends_those_under_way_and_those_to_come()
    {
        using var abort = new CancellationTokenSource();
        var pool = new DeadlinePool(Length, TimeProvider.System, abort.Token);
        pool.Rent().Dispose();
        using var first = pool.Rent();
        abort.Cancel();
        first.Token.IsCancellationRequested.ShouldBeTrue();
        using var second = pool.Rent();
        second.Token.IsCancellationRequested.ShouldBeTrue();
    }

    [Fact]
    public void Deadlines_under_way_at_once_are_different_ones()
    {
        var pool = new DeadlinePool(Length, TimeProvider.System, CancellationToken.None);
        using var first = pool.Rent();
        using var second = pool.Rent();
        second.ShouldNotBeSameAs(first);
    }
}
