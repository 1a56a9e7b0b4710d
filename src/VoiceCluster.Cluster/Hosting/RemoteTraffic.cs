using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;
using VoiceCluster.Cluster.Transport;
using VoiceCluster.Domain.Identities;

namespace VoiceCluster.Cluster.Hosting;

/// <summary>What a host and those of other nodes send each other: messages in envelopes, and the ways back of their answers.</summary>
internal sealed partial class RemoteTraffic(EntityHost host, INodeTransport transport, IMessageCodec codec, PendingAsks asks)
{
    /// <summary>Begins to take messages of other nodes.</summary>
    public void Start() => transport.Receive(OnFrame, OnLost);

    /// <summary>False when it cannot leave this node.</summary>
    public bool TryEncode(IActorMessage message, out ReadOnlyMemory<byte> bytes)
    {
        // A message that cannot be written is a mistake of this program's, but not one that should end the actor that sent it.
        try
        {
            bytes = codec.Encode(message);
            return true;
        }
        catch (Exception exception)
        {
            Log.NotEncodable(host.Logger, message.GetType().Name, exception);
            bytes = default;
            return false;
        }
    }

    /// <summary>Takes a message through the codec, as on the way to another node.</summary>
    public bool TryCopy(IActorMessage message, [NotNullWhen(true)] out IActorMessage? copy)
    {
        copy = null;
        return TryEncode(message, out var bytes) && codec.TryDecode(bytes.Span, out copy);
    }

    /// <summary>Sends a message to an entity of a shard that is another node's. Null when the transport took it.</summary>
    public DropReason? SendToEntity(NodeId owner, EntityAddress target, long epoch, byte hops, Delivery delivery) =>
        TryEncode(delivery.Message, out var bytes)
            ? Send(owner, new RemoteEnvelope.ToEntity(target, epoch, hops, delivery.Reply?.Address, bytes))
            : DropReason.NotEncodable;

    /// <summary>Sends a message to a local actor of another node. Null when the transport took it.</summary>
    public DropReason? SendToLocal(LocalAddress target, Delivery delivery) =>
        TryEncode(delivery.Message, out var bytes)
            ? Send(target.Node, new RemoteEnvelope.ToLocal(target.Name, delivery.Reply?.Address, bytes))
            : DropReason.NotEncodable;

    /// <summary>Null when the transport took it. Answers that it does not take are counted here; nobody else would.</summary>
    public DropReason? Send(NodeId target, RemoteEnvelope envelope)
    {
        var reason = transport.TrySend(target, RemoteEnvelopeCodec.Encode(envelope)) switch
        {
            SendResult.Queued => (DropReason?)null,
            SendResult.Full => DropReason.LinkFull,
            SendResult.TooLarge => DropReason.TooLarge,
            _ => DropReason.Unreachable,
        };
        if (reason is { } drop && envelope is RemoteEnvelope.Answer or RemoteEnvelope.Failure)
        {
            host.Counters.Dropped(drop);
        }

        return reason;
    }

    /// <summary>Brings an answer or a failure to whoever asked: to this node too, to which no link leads and which a request that was passed on may have come back to.</summary>
    public void SendBack(ReplyAddress address, RemoteEnvelope envelope)
    {
        if (address.Node.Node == host.Node.Node)
        {
            Take(address.Node, envelope);
        }
        else
        {
            Send(address.Node.Node, envelope);
        }
    }

    private void OnFrame(NodeIncarnation from, ReadOnlyMemory<byte> frame)
    {
        if (!RemoteEnvelopeCodec.TryDecode(frame, out var envelope))
        {
            host.Counters.Dropped(DropReason.BadFrame);
            return;
        }

        Take(from, envelope);
    }

    private void Take(NodeIncarnation from, RemoteEnvelope envelope)
    {
        switch (envelope)
        {
            case RemoteEnvelope.ToEntity toEntity:
                OnToEntity(from, toEntity);
                break;
            case RemoteEnvelope.ToLocal toLocal:
                OnToLocal(toLocal);
                break;
            case RemoteEnvelope.Answer reply:
                OnReply(reply);
                break;
            case RemoteEnvelope.Failure failure:
                asks.Fail(failure.Incarnation, failure.Correlation, failure.Reason);
                break;
            case RemoteEnvelope.Owner owner:
                host.Learn(owner.Claim);
                break;
        }
    }

    /// <summary>A request that a link has lost need not wait for its deadline, whichever node asked it.</summary>
    private void OnLost(NodeId target, ReadOnlyMemory<byte> frame)
    {
        host.Counters.Dropped(DropReason.LinkLost);
        if (!RemoteEnvelopeCodec.TryDecode(frame, out var envelope) || envelope.ReplyTo is not { } reply)
        {
            return;
        }

        new RemoteReplyRoute(this, reply).Fail(AskFailure.Unreachable);
    }

    private void OnToEntity(NodeIncarnation from, RemoteEnvelope.ToEntity envelope)
    {
        if (Read(envelope.Message, envelope.Reply) is { } delivery)
        {
            host.Deliver(from.Node, envelope, delivery);
        }
    }

    private void OnToLocal(RemoteEnvelope.ToLocal envelope)
    {
        if (Read(envelope.Message, envelope.Reply) is { } delivery)
        {
            host.Deliver(envelope, delivery);
        }
    }

    private void OnReply(RemoteEnvelope.Answer envelope)
    {
        if (codec.TryDecode(envelope.Message.Span, out var reply))
        {
            asks.Complete(envelope.Incarnation, envelope.Correlation, reply);
            return;
        }

        host.Counters.Dropped(DropReason.UnknownMessage);
        asks.Fail(envelope.Incarnation, envelope.Correlation, AskFailure.Faulted);
    }

    private Delivery? Read(ReadOnlyMemory<byte> bytes, ReplyAddress? address)
    {
        var reply = address is null ? null : new RemoteReplyRoute(this, address);
        if (codec.TryDecode(bytes.Span, out var message))
        {
            return new Delivery(message, reply);
        }

        host.Counters.Dropped(DropReason.UnknownMessage);
        reply?.Fail(AskFailure.Faulted);
        return null;
    }

    private static partial class Log
    {
        [LoggerMessage(41, LogLevel.Error, "{MessageType} cannot be sent to another node")]
        public static partial void NotEncodable(ILogger logger, string messageType, Exception exception);
    }
}
