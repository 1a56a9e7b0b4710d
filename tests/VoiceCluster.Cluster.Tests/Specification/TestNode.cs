using Microsoft.Extensions.Logging.Abstractions;
using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Cluster.Store;
using VoiceCluster.Cluster.Transport;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Cluster.Tests.Specification;

/// <summary>One node of a test: a host with probe actors on the ports under test.</summary>
public sealed class TestNode
{
    private readonly Journal _journal;

    public TestNode(
        NodeIncarnation id,
        IClusterStore store,
        INodeTransport transport,
        TimeProvider time,
        Journal journal,
        EntityHostOptions options,
        IShardPlacement? placement)
    {
        _journal = journal;
        Store = new FaultyStore(store);
        Host = new EntityHost(id, Store, transport, ProbeMessages.Codec, time, NullLogger<EntityHost>.Instance, options, placement);
        Host.Register(EntityKind.VoiceChannel, address => new ProbeActor(address.Key, journal, Store));
        Host.Register(EntityKind.VoiceState, address => new ProbeActor(address.Key, journal, Store));
        Host.Start();
    }

    public EntityHost Host { get; }

    public FaultyStore Store { get; }

    public NodeIncarnation Id => Host.Node;

    public static EntityAddress Entity(ulong user, ulong guild = 7) =>
        EntityAddress.Of(new VoiceStateKey(new Realm("r"), new Snowflake(guild), new Snowflake(user)));

    public LocalAddress Spawn(string name) => Host.Spawn(name, () => new ProbeActor(name, _journal, Store));

    /// <summary>Asks with a deadline that no test reaches by accident.</summary>
    public Task<Echoed> AskAsync(ActorAddress target, IRequest<Echoed> request) =>
        Host.AskAsync(target, request, TimeSpan.FromHours(1)).WaitAsync(Journal.Deadline);

    public async Task<AskFailure> AskAndFailAsync(ActorAddress target, IRequest<Echoed> request) =>
        (await Should.ThrowAsync<AskException>(() => AskAsync(target, request))).Failure;
}
