using VoiceCluster.Cluster.Store;
using VoiceCluster.Domain.Identities;

namespace VoiceCluster.Cluster.Hosting;

/// <summary>What one host sends another. Message bytes belong to <see cref="IMessageCodec"/>.</summary>
internal abstract record RemoteEnvelope
{
    private RemoteEnvelope()
    {
    }

    /// <summary>Where an answer is waited for; null when none is.</summary>
    public ReplyAddress? ReplyTo => this switch
    {
        ToEntity toEntity => toEntity.Reply,
        ToLocal toLocal => toLocal.Reply,
        _ => null,
    };

    /// <summary>A message for a sharded entity.</summary>
    /// <param name="Target">The entity.</param>
    /// <param name="Epoch">The newest epoch of the shard that the sender has seen; 0 for none.</param>
    /// <param name="Hops">How many nodes have passed it on.</param>
    /// <param name="Reply">Where the answer goes; null when told.</param>
    /// <param name="Message">The message.</param>
    public sealed record ToEntity(EntityAddress Target, long Epoch, byte Hops, ReplyAddress? Reply, ReadOnlyMemory<byte> Message)
        : RemoteEnvelope;

    /// <summary>A message for a local actor of the receiving node.</summary>
    public sealed record ToLocal(string Name, ReplyAddress? Reply, ReadOnlyMemory<byte> Message) : RemoteEnvelope;

    /// <summary>An answer.</summary>
    public sealed record Answer(long Incarnation, long Correlation, ReadOnlyMemory<byte> Message) : RemoteEnvelope;

    /// <summary>A request's end without an answer.</summary>
    public sealed record Failure(long Incarnation, long Correlation, AskFailure Reason) : RemoteEnvelope;

    /// <summary>Who owns a shard, told to a node that thought otherwise.</summary>
    public sealed record Owner(ShardClaim Claim) : RemoteEnvelope;
}

/// <summary>Where an answer goes: a life of a node, and the number of its request.</summary>
internal sealed record ReplyAddress(NodeIncarnation Node, long Correlation);
