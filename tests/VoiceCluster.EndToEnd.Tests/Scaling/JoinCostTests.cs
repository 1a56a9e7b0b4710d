using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Cluster.Store;
using VoiceCluster.EndToEnd.Tests.Support;
using VoiceCluster.LoadGen.Scaling;
using VoiceCluster.TestKit;

namespace VoiceCluster.EndToEnd.Tests.Scaling;

/// <summary>Counts what a user's stay costs control, so that the figures of <c>loadgen scaling</c> and docs/scaling.md stay those of the code.</summary>
public sealed class JoinCostTests : IAsyncLifetime
{
    private const int MostOthers = 4;

    /// <summary>One plan may stand for two changes that come close together, and two messages fewer or more.</summary>
    private const int Slack = 3;

    private CountingStore _store = null!;
    private EndToEndNode _node = null!;
    private Scene _scene = null!;

    public async Task InitializeAsync()
    {
        // On a clock that stands still no timer adds messages or writes.
        _node = await EndToEndNode.StartAsync(new EndToEndSetup
        {
            Time = new ManualTimeProvider(),
            Services = services => _store = CountingStore.Decorate(services),
        });
        _scene = await Scene.SetAsync(_node);
    }

    public async Task DisposeAsync()
    {
        await _scene.DisposeAsync();
        await _node.DisposeAsync();
    }

    [Fact]
    public async Task A_stay_asks_the_store_for_no_more_than_documented()
    {
        _store.TakeCalls();
        var (user, peer) = await JoinAsync();
        await using var one = peer;
        await _node.MembershipAsync(user);
        var join = _store.TakeCalls();
        join.Where(CountingStore.Writes.Contains).ShouldBe([nameof(IEntityStore.CommitAsync), nameof(ILvspSessionStore.AppendAsync), nameof(IEntityStore.CommitAsync)]);
        join.Where(CountingStore.Writes.Contains).Count().ShouldBe(ControlCosts.WritesPerJoin);
        join.Count(call => !CountingStore.Writes.Contains(call)).ShouldBe(ControlCosts.ReadsPerJoin, string.Join(' ', join));

        await LeaveAsync(user, peer);
        (await _node.MembershipAsync(user)).ShouldBeNull();

        // What asks here finds a state that has been put away, and loads it: that read is not the leave's.
        _store.TakeCalls().ShouldBe([.. Enumerable.Repeat(nameof(IEntityStore.CommitAsync), ControlCosts.WritesPerLeave), nameof(IEntityStore.LoadAsync)]);
    }

    [Fact]
    public async Task Messages_of_joins_and_leaves_grow_with_the_others_in_the_call()
    {
        var calls = new Stack<(Credentials User, VoicePeer Peer)>();
        calls.Push(await JoinAsync());
        for (var others = 1; others <= MostOthers; others++)
        {
            await ExpectAsync(ControlCosts.MessagesPerJoin + (ControlCosts.MessagesPerOther * others), async () => calls.Push(await JoinAsync()));
        }

        for (var others = MostOthers; others >= 0; others--)
        {
            await using var peer = calls.Peek().Peer;
            await ExpectAsync(ControlCosts.MessagesPerLeave + (ControlCosts.MessagesPerOther * others), () => LeaveAsync(calls.Peek().User, peer));
            calls.Pop();
        }
    }

    private async Task ExpectAsync(int messages, Func<Task> act)
    {
        var host = _node.Part<EntityHost>();

        // A join long after the last is the dearest: it has a plan of its own.
        _node.Advance(TimeSpan.FromMilliseconds(25));
        await Eventually.HoldsAsync(() => host.ReadStatus().Queued == 0);
        var before = host.ReadStatus().Handled;
        await act();
        await Eventually.HoldsAsync(() => host.ReadStatus().Handled - before >= messages - Slack);
        (host.ReadStatus().Handled - before).ShouldBeInRange(messages - Slack, messages + Slack);
    }

    private async Task<(Credentials User, VoicePeer Peer)> JoinAsync()
    {
        var user = await _scene.AddAsync();
        return (user, await VoicePeer.JoinAsync(_node, user));
    }

    private async Task LeaveAsync(Credentials user, VoicePeer peer)
    {
        await _scene.LeaveAsync(user);
        await peer.Socket.EndAsync();
    }
}
