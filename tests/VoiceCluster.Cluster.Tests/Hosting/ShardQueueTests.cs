using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Cluster.Tests.Specification;

namespace VoiceCluster.Cluster.Tests.Hosting;

public sealed class ShardQueueTests
{
    private readonly ShardQueue _queue = new(capacity: 2);

    [Fact]
    public void What_was_given_back_goes_before_what_waits_and_the_last_of_it_first()
    {
        var (waits, given, givenBefore) = (NewMessage(), NewMessage(), NewMessage());
        _queue.Add(waits).ShouldBeNull();
        _queue.TryGiveBack(given).ShouldBeTrue();
        _queue.TryGiveBack(givenBefore).ShouldBeTrue();
        _queue.Count.ShouldBe(3);

        TakeAll().ShouldBe([givenBefore, given, waits]);
        _queue.Count.ShouldBe(0);
    }

    [Fact]
    public void Both_kinds_are_bounded_each_by_itself()
    {
        for (var i = 0; i < 2; i++)
        {
            _queue.Add(NewMessage()).ShouldBeNull();
            _queue.TryGiveBack(NewMessage()).ShouldBeTrue();
        }

        _queue.Add(NewMessage()).ShouldBe(DropReason.ShardQueueFull);
        _queue.TryGiveBack(NewMessage()).ShouldBeFalse();
        TakeAll().Count.ShouldBe(4);
    }

    private static WaitingMessage NewMessage() => new(TestNode.Entity(1), new Delivery(new Message()));

    private List<WaitingMessage> TakeAll()
    {
        var taken = new List<WaitingMessage>();
        while (_queue.TryTake(out var message))
        {
            taken.Add(message);
        }

        return taken;
    }

    private sealed record Message : IActorMessage;
}
