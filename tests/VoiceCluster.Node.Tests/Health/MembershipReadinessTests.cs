using System.Collections.Immutable;
using Microsoft.Extensions.Logging.Abstractions;
using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Cluster.Membership;
using VoiceCluster.Cluster.Messages.Wire;
using VoiceCluster.Cluster.Store;
using VoiceCluster.Cluster.Transport;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Domain.Membership;
using VoiceCluster.Node.Health;
using VoiceCluster.TestKit;

namespace VoiceCluster.Node.Tests.Health;

public sealed class MembershipReadinessTests : IAsyncLifetime
{
    private static readonly NodeIncarnation Self = new(new NodeId("a"), 3);
    private static readonly NodeIncarnation Other = new(new NodeId("b"), 1);

    private readonly MembershipPlacement _placement = new(Self.Node);
    private readonly EntityHost _host;
    private readonly MembershipReadiness _readiness;

    public MembershipReadinessTests()
    {
        _host = new EntityHost(
            Self,
            new InMemoryClusterStore(TimeProvider.System),
            new InProcessNetwork().Join(Self),
            ClusterMessages.Codec,
            TimeProvider.System,
            NullLogger<EntityHost>.Instance,
            placement: _placement);
        _host.Start();
        _readiness = new MembershipReadiness(_host, _placement);
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task A_node_is_ready_once_it_is_linked_and_has_its_shards()
    {
        _readiness.Judge().ShouldNotBeNull();
        Update(Row(Self) with { Reached = false }, Row(Other));
        _readiness.Judge().ShouldBe("links between this node and the others do not stand yet");

        Update(Row(Self), Row(Other));
        _readiness.Judge().ShouldNotBeNull().ShouldEndWith("of this node's shards have not come to it yet");
        await AcquireAsync();
        _readiness.Judge().ShouldBeNull();

        // Its share grows: that is for it to see to, and for nobody to wait for.
        Update(Row(Self));
        _readiness.Judge().ShouldBeNull();
    }

    [Fact]
    public async Task Another_life_begins_anew()
    {
        Update(Row(Self), Row(Other));
        await AcquireAsync();
        _readiness.Judge().ShouldBeNull();

        await _host.RejoinAsync(Self with { Incarnation = 4 });
        _readiness.Judge().ShouldBe("links between this node and the others do not stand yet");
    }

    private static MemberRow Row(NodeIncarnation node) => new(node, MemberStanding.Live, Draining: false, TimeSpan.Zero, "");

    private void Update(params MemberRow[] rows) => _placement.Update(new MembershipTable([.. rows]));

    private async Task AcquireAsync()
    {
        ImmutableArray<ShardId> shards = [.. Enumerable.Range(0, ShardId.Count).Select(shard => new ShardId(shard)).Where(shard => _placement.PreferredOwner(shard) == Self.Node)];
        foreach (var shard in shards)
        {
            _host.AcquireShard(shard);
        }

        await Eventually.HoldsAsync(() => _host.GetOwnedShards().Count >= shards.Length);
    }
}
