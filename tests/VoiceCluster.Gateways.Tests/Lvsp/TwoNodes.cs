using System.Collections.Immutable;
using Microsoft.Extensions.Logging.Abstractions;
using NSubstitute;
using VoiceCluster.Cluster;
using VoiceCluster.Cluster.Credentials;
using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Cluster.Limits;
using VoiceCluster.Cluster.Lvsp;
using VoiceCluster.Cluster.Messages.Wire;
using VoiceCluster.Cluster.Placement;
using VoiceCluster.Cluster.Reconciliation;
using VoiceCluster.Cluster.Store;
using VoiceCluster.Cluster.Transport;
using VoiceCluster.Cluster.VoiceChannels;
using VoiceCluster.Cluster.VoiceStates;
using VoiceCluster.Domain.Directory;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Gateways.Lvsp;
using VoiceCluster.Protocol.Lvsp;
using VoiceCluster.TestKit;

namespace VoiceCluster.Gateways.Tests.Lvsp;

/// <summary>Two nodes of a cluster with ports in memory. The first owns every guild; a backend has a link to each.</summary>
internal sealed class TwoNodes : IAsyncDisposable
{
    public static readonly Realm Realm = new("default");

    private readonly InProcessNetwork _network = new();
    private readonly InMemoryClusterStore _store;
    private readonly RealmQuota _quota;
    private readonly VoiceSettings _settings = new() { Endpoint = () => "voice.test:443" };

    public TwoNodes()
    {
        _store = new InMemoryClusterStore(Time);
        _quota = new RealmQuota(_settings);
        Owner = Start("node-1");
        Other = Start("node-2");
    }

    public ManualTimeProvider Time { get; } = new();

    public LinkedNode Owner { get; }

    public LinkedNode Other { get; }

    public void Cut() => _network.Cut(Owner.Host.Node.Node, Other.Host.Node.Node);

    public void Mend() => _network.Mend(Owner.Host.Node.Node, Other.Host.Node.Node);

    public async ValueTask DisposeAsync()
    {
        await Other.Host.DisposeAsync();
        await Owner.Host.DisposeAsync();
        _quota.Dispose();
    }

    private LinkedNode Start(string name)
    {
        var node = new NodeIncarnation(new NodeId(name), 7);
        var transport = _network.Join(node);
        var host = new EntityHost(
            node, _store, transport, ClusterMessages.Codec, Time, NullLogger<EntityHost>.Instance, placement: new FirstOwnsAll());
        var minter = new CredentialMinter(new byte[32]);
        var lazy = new Lazy<IEntityHost>(() => host);
        var notifier = new LvspNotifier(_store, transport, lazy, Time, NullLogger<LvspNotifier>.Instance);
        var placement = Substitute.For<IVoicePlacement>();
        placement.Find(default, []).ReturnsForAnyArgs(node.Node);
        placement.Takes(default).ReturnsForAnyArgs(true);
        var ended = new EndedRevisions();
        host.Register(EntityKind.VoiceChannel, _ => new VoiceChannelActor(_store, _store, _settings, _quota, minter, notifier, placement));
        host.Register(EntityKind.VoiceState, _ => new VoiceStateActor(
            _store, _settings, _quota, minter, notifier, placement, ended, new BelievedClaims(), NullLogger<VoiceStateActor>.Instance));
        host.Start();
        var deferred = new DeferredRequests(Time, NullLogger.Instance);
        var requests = new LvspRequestHandler(
            lazy, Substitute.For<IVoiceDirectory>(), placement, deferred, Time, NullLogger<LvspRequestHandler>.Instance);
        return new LinkedNode(host, deferred, request => requests.HandleAsync(new RequestOrigin(Realm, $"lvsp-{name}", Time.GetUtcNow()), request, default));
    }

    private sealed class FirstOwnsAll : IShardPlacement
    {
        public NodeId PreferredOwner(ShardId shard) => new("node-1");

        public bool IsDead(NodeIncarnation node) => false;

        public ValueTask AnnounceAsync(ShardClaim claim, CancellationToken cancellation) => ValueTask.CompletedTask;
    }
}

/// <summary>A node that a backend has a link to.</summary>
/// <param name="Host">Its host.</param>
/// <param name="Deferred">What waits in it.</param>
/// <param name="AskAsync">The backend asks it for something now.</param>
internal sealed record LinkedNode(EntityHost Host, DeferredRequests Deferred, Func<LvspRequest, Task<ImmutableArray<LvspNotice>>> AskAsync);
