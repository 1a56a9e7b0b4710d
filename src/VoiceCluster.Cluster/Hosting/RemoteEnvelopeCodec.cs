using System.Diagnostics.CodeAnalysis;
using VoiceCluster.Cluster.Links;
using VoiceCluster.Cluster.Store;
using VoiceCluster.Domain.Identities;

namespace VoiceCluster.Cluster.Hosting;

/// <summary>The bytes of a <see cref="RemoteEnvelope"/>, version 1. Integers are big-endian; text is a u16 length and UTF-8.</summary>
/// <remarks>
/// <code>
/// every frame   version u8 = 1 | type u8 | ...
/// 1 ToEntity    hops u8 | kind u8 | shard u16 | epoch i64 | key text | reply | message to the end
/// 2 ToLocal     name text | reply | message to the end
/// 3 Answer      incarnation i64 | correlation i64 | message to the end
/// 4 Failure     incarnation i64 | correlation i64 | reason u8
/// 5 Owner       shard u16 | epoch i64 | incarnation i64 | node text
/// reply         0 u8, or 1 u8 | node text | incarnation i64 | correlation i64
/// </code>
/// </remarks>
internal static class RemoteEnvelopeCodec
{
    private const byte Version = 1;

    private enum FrameType : byte
    {
        ToEntity = 1,
        ToLocal = 2,
        Answer = 3,
        Failure = 4,
        Owner = 5,
    }

    public static byte[] Encode(RemoteEnvelope envelope)
    {
        var writer = new FrameWriter();
        writer.Byte(Version);
        switch (envelope)
        {
            case RemoteEnvelope.ToEntity toEntity:
                WriteToEntity(writer, toEntity);
                break;
            case RemoteEnvelope.ToLocal toLocal:
                writer.Byte((byte)FrameType.ToLocal);
                writer.Text(toLocal.Name);
                WriteReplyAddress(writer, toLocal.Reply);
                writer.Bytes(toLocal.Message.Span);
                break;
            case RemoteEnvelope.Answer reply:
                writer.Byte((byte)FrameType.Answer);
                writer.Int64(reply.Incarnation);
                writer.Int64(reply.Correlation);
                writer.Bytes(reply.Message.Span);
                break;
            case RemoteEnvelope.Failure failure:
                writer.Byte((byte)FrameType.Failure);
                writer.Int64(failure.Incarnation);
                writer.Int64(failure.Correlation);
                writer.Byte((byte)failure.Reason);
                break;
            case RemoteEnvelope.Owner owner:
                WriteOwner(writer, owner.Claim);
                break;
        }

        return writer.ToArray();
    }

    /// <summary>Reads a frame; the message bytes are a slice of it. False for anything malformed or of another version.</summary>
    public static bool TryDecode(ReadOnlyMemory<byte> frame, [NotNullWhen(true)] out RemoteEnvelope? envelope)
    {
        envelope = null;
        var reader = new FrameReader(frame);
        if (!reader.TryByte(out var version) || version != Version || !reader.TryByte(out var type))
        {
            return false;
        }

        envelope = (FrameType)type switch
        {
            FrameType.ToEntity => ReadToEntity(ref reader),
            FrameType.ToLocal => ReadToLocal(ref reader),
            FrameType.Answer => ReadAnswer(ref reader),
            FrameType.Failure => ReadFailure(ref reader),
            FrameType.Owner => ReadOwner(ref reader),
            _ => null,
        };
        return envelope is not null;
    }

    private static void WriteToEntity(FrameWriter writer, RemoteEnvelope.ToEntity envelope)
    {
        writer.Byte((byte)FrameType.ToEntity);
        writer.Byte(envelope.Hops);
        writer.Byte((byte)envelope.Target.Kind);
        writer.UInt16((ushort)envelope.Target.Shard.Value);
        writer.Int64(envelope.Epoch);
        writer.Text(envelope.Target.Key);
        WriteReplyAddress(writer, envelope.Reply);
        writer.Bytes(envelope.Message.Span);
    }

    private static void WriteReplyAddress(FrameWriter writer, ReplyAddress? reply)
    {
        writer.Byte(reply is null ? (byte)0 : (byte)1);
        if (reply is not null)
        {
            writer.Text(reply.Node.Node.Value);
            writer.Int64(reply.Node.Incarnation);
            writer.Int64(reply.Correlation);
        }
    }

    private static void WriteOwner(FrameWriter writer, ShardClaim claim)
    {
        writer.Byte((byte)FrameType.Owner);
        writer.UInt16((ushort)claim.Shard.Value);
        writer.Int64(claim.Epoch);
        writer.Int64(claim.Owner.Incarnation);
        writer.Text(claim.Owner.Node.Value);
    }

    private static RemoteEnvelope.ToEntity? ReadToEntity(ref FrameReader reader)
    {
        if (!reader.TryByte(out var hops)
            || !reader.TryByte(out var kind)
            || !Enum.IsDefined((EntityKind)kind)
            || !TryReadShard(ref reader, out var shard)
            || !reader.TryInt64(out var epoch)
            || !reader.TryText(out var key)
            || !TryReadReplyAddress(ref reader, out var reply))
        {
            return null;
        }

        return new RemoteEnvelope.ToEntity(new EntityAddress((EntityKind)kind, shard, key), epoch, hops, reply, reader.Rest);
    }

    private static RemoteEnvelope.ToLocal? ReadToLocal(ref FrameReader reader) =>
        reader.TryText(out var name) && TryReadReplyAddress(ref reader, out var reply)
            ? new RemoteEnvelope.ToLocal(name, reply, reader.Rest)
            : null;

    private static RemoteEnvelope.Answer? ReadAnswer(ref FrameReader reader) =>
        reader.TryInt64(out var incarnation) && reader.TryInt64(out var correlation)
            ? new RemoteEnvelope.Answer(incarnation, correlation, reader.Rest)
            : null;

    private static RemoteEnvelope.Failure? ReadFailure(ref FrameReader reader) =>
        reader.TryInt64(out var incarnation)
        && reader.TryInt64(out var correlation)
        && reader.TryByte(out var reason)
        && Enum.IsDefined((AskFailure)reason)
        && reader.Rest.IsEmpty
            ? new RemoteEnvelope.Failure(incarnation, correlation, (AskFailure)reason)
            : null;

    private static RemoteEnvelope.Owner? ReadOwner(ref FrameReader reader) =>
        TryReadShard(ref reader, out var shard)
        && reader.TryInt64(out var epoch)
        && reader.TryInt64(out var incarnation)
        && reader.TryText(out var node)
        && reader.Rest.IsEmpty
            ? new RemoteEnvelope.Owner(new ShardClaim(shard, new NodeIncarnation(new NodeId(node), incarnation), epoch))
            : null;

    private static bool TryReadShard(ref FrameReader reader, out ShardId shard)
    {
        var read = reader.TryUInt16(out var value) && value < ShardId.Count;
        shard = new ShardId(value);
        return read;
    }

    private static bool TryReadReplyAddress(ref FrameReader reader, out ReplyAddress? reply)
    {
        reply = null;
        if (!reader.TryByte(out var present) || present > 1)
        {
            return false;
        }

        if (present == 0)
        {
            return true;
        }

        if (!reader.TryText(out var node) || !reader.TryInt64(out var incarnation) || !reader.TryInt64(out var correlation))
        {
            return false;
        }

        reply = new ReplyAddress(new NodeIncarnation(new NodeId(node), incarnation), correlation);
        return true;
    }
}
