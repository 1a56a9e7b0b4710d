using VoiceCluster.Domain.Identities;

namespace VoiceCluster.Cluster.Hosting;

/// <summary>Where a message goes.</summary>
public abstract record ActorAddress
{
    private protected ActorAddress()
    {
    }
}

/// <summary>The kinds of sharded entities.</summary>
public enum EntityKind
{
    VoiceChannel = 1,
    VoiceState = 2,
}

/// <summary>A sharded entity: it lives wherever its shard's owner is and is started by its first message.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Shard">Which of the shards it belongs to.</param>
/// <param name="Key">Its name within its kind.</param>
public sealed record EntityAddress(EntityKind Kind, ShardId Shard, string Key) : ActorAddress
{
    /// <summary>The address of a channel's entity.</summary>
    public static EntityAddress Of(ChannelKey channel) =>
        new(EntityKind.VoiceChannel, ShardId.Of(channel.Realm, channel.ScopeId), channel.ToString());

    /// <summary>The address of a voice state's entity.</summary>
    public static EntityAddress Of(VoiceStateKey state) =>
        new(EntityKind.VoiceState, ShardId.Of(state.Realm, state.ScopeId), state.ToString());

    /// <inheritdoc />
    public override string ToString() => $"{Kind} {Key}";
}

/// <summary>An actor that lives on one node, with a socket or a packet loop, and dies with it.</summary>
public sealed record LocalAddress(NodeId Node, string Name) : ActorAddress
{
    /// <summary>The address of the actor that holds a voice websocket.</summary>
    public static LocalAddress Of(GatewayAddress gateway) => new(gateway.Node, gateway.Name);

    /// <summary>The actor that looks after a worker of a node.</summary>
    public static LocalAddress OfWorker(WorkerId worker) => new(worker.Node.Node, WorkerName(worker.Index));

    /// <summary>The local name of the actor that looks after a worker.</summary>
    public static string WorkerName(int index) => $"udp-ingress-{index}";

    /// <inheritdoc />
    public override string ToString() => $"{Node}/{Name}";
}
