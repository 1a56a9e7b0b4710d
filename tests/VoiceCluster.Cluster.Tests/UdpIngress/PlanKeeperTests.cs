using System.Text.Json;
using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Cluster.Messages.Wire;
using VoiceCluster.Cluster.Store;
using VoiceCluster.Cluster.Tests.Specification;
using VoiceCluster.Cluster.UdpIngress;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Domain.Media;
using VoiceCluster.Protocol.Primitives;
using VoiceCluster.TestKit;

namespace VoiceCluster.Cluster.Tests.UdpIngress;

public sealed class PlanKeeperTests
{
    private static readonly NodeIncarnation Owner = new(new NodeId("node-1"), 1);
    private static readonly WorkerId Worker = new(new NodeIncarnation(new NodeId("node-2"), 3), 1);

    private readonly ManualTimeProvider _time = new();
    private readonly FaultyStore _store;

    public PlanKeeperTests() => _store = new FaultyStore(new InMemoryClusterStore(_time));

    [Fact]
    public async Task What_follows_soon_waits_for_the_interval()
    {
        var claim = await ClaimAsync();
        using var keeper = new PlanKeeper(_store, _time);
        keeper.Keep(claim, [Plan(claim, 1, isWithdrawal: false)]);
        await StoredAsync(version: 1);

        keeper.Keep(claim, [Plan(claim, 2, isWithdrawal: true)]);
        (await ReadAsync())!.Version.ShouldBe(1);

        await _time.AdvanceUntilAsync(async () => (await ReadAsync())!.Version == 2, TimeSpan.FromMilliseconds(50));
    }

    [Fact]
    public async Task A_withdrawal_that_waits_when_the_channel_stops_is_stored_all_the_same()
    {
        var claim = await ClaimAsync();
        var keeper = new PlanKeeper(_store, _time);
        keeper.Keep(claim, [Plan(claim, 1, isWithdrawal: false)]);
        await StoredAsync(version: 1);

        keeper.Keep(claim, [Plan(claim, 2, isWithdrawal: true)]);
        keeper.Dispose();

        // Made time stands still: nothing waits for an interval any more.
        (await StoredAsync(version: 2)).Sessions.ShouldBeEmpty();
    }

    [Fact]
    public async Task So_is_one_that_came_while_another_was_on_its_way()
    {
        var claim = await ClaimAsync();
        var keeper = new PlanKeeper(_store, _time);
        var calls = _store.Calls;
        _store.Close();
        keeper.Keep(claim, [Plan(claim, 1, isWithdrawal: false)]);
        await Eventually.HoldsAsync(() => _store.Calls > calls);
        keeper.Keep(claim, [Plan(claim, 2, isWithdrawal: true)]);
        keeper.Dispose();

        _store.Open();

        (await StoredAsync(version: 2)).Sessions.ShouldBeEmpty();
    }

    private Task<ShardClaim> ClaimAsync() => _store.ClaimShardAsync(new ShardId(7), Owner, null, CancellationToken.None);

    private static ForwardingPlan Plan(ShardClaim claim, long version, bool isWithdrawal) => new(
        new ChannelKey(new Realm("default"), new Snowflake(20), new Snowflake(30)),
        claim.Epoch,
        version,
        Worker,
        64_000,
        isWithdrawal ? [] : [new PlannedSession(new MediaSessionId(5), Sends: true, Receives: true)]);

    private async Task<ForwardingPlan> StoredAsync(long version)
    {
        ForwardingPlan? found = null;
        await Eventually.HoldsAsync(async () => (found = await ReadAsync())?.Version == version);
        return found!;
    }

    private async Task<ForwardingPlan?> ReadAsync()
    {
        var stored = await _store.ReadPlansAsync(Worker.Node, 0, CancellationToken.None);
        return stored.Select(plan => JsonSerializer.Deserialize(plan.Bytes.Span, MessageJson.Default.PublishPlan)!.Plan).SingleOrDefault();
    }
}
