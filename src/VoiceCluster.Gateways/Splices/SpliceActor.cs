using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Cluster.Messages;
using VoiceCluster.Gateways.Sockets;
using VoiceCluster.Gateways.Voice;
using VoiceCluster.Protocol.Gateway;

namespace VoiceCluster.Gateways.Splices;

/// <summary>Takes what the other end of a splice says; ends with it.</summary>
internal class SpliceActor(Splice splice) : Actor
{
    /// <inheritdoc />
    protected sealed override ValueTask ReceiveAsync(IActorMessage message, CancellationToken cancellation)
    {
        switch (message)
        {
            case ISpliceMessage told:
                splice.Receive(told);
                break;
            case SpliceOver:
                Context.Stop();
                break;
            default:
                ReceiveFromSocket(message);
                break;
        }

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc />
    protected sealed override ValueTask StopAsync()
    {
        splice.Break();
        return ValueTask.CompletedTask;
    }

    /// <summary>Takes what the client's socket says, if it is at this end.</summary>
    protected virtual void ReceiveFromSocket(IActorMessage message)
    {
    }
}

/// <summary>Owns a client's socket that is spliced to the node of its session.</summary>
internal sealed class ClientSpliceActor(ClientSide side) : SpliceActor(side.Splice)
{
    /// <inheritdoc />
    protected override void ReceiveFromSocket(IActorMessage message)
    {
        switch (message)
        {
            case FrameReceived frame:
                side.Splice.TrySend(frame.Payload, frame.IsText, frame.Socket.Handled);
                break;
            case FrameTooLarge:
                side.Leave(VoiceCloseCode.FailedToDecode, "Message too large");
                break;
            case SocketClosed closed:
                side.Splice.End(closed.Code, null);
                break;
            case BeginVoiceShutdown:
                side.Leave(VoiceCloseCode.VoiceServerCrashed, "The server stops");
                break;
        }
    }
}

/// <summary>Nothing is left to do for an end of a splice.</summary>
internal sealed record SpliceOver : IActorMessage;
