using System.Text;
using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Cluster.Messages;
using VoiceCluster.Gateways.Sockets;
using VoiceCluster.Protocol.Gateway;

namespace VoiceCluster.Gateways.Splices;

/// <summary>A client's WebSocket of this node, whose session is on another one.</summary>
internal sealed class ClientSide : ISpliceSide
{
    /// <summary>What a WebSocket takes as the reason of a close.</summary>
    private const int MaxReasonBytes = 123;

    public ClientSide(IGatewaySocket socket, SpliceEnds ends, TimeSpan silence, IEntityHost host, TimeProvider time)
    {
        Socket = socket;
        Splice = new Splice(ends, SpliceLimits.AtClient(silence), this, host, time);
    }

    /// <inheritdoc />
    public IGatewaySocket Socket { get; }

    /// <summary>The splice.</summary>
    public Splice Splice { get; }

    /// <inheritdoc />
    public void Deliver(SpliceFrame frame)
    {
        if (!Socket.TrySend(frame.Payload, frame.IsText, Splice.Handled))
        {
            Leave(VoiceCloseCode.SessionTimeout, "Reads too slowly");
        }
    }

    /// <summary>Closes as the session did; a client that lost it comes back and finds it, or begins anew.</summary>
    public void End(int? code, string? reason)
    {
        if (code is { } closed && IsSendable(closed))
        {
            Socket.CloseUnowned(closed, reason is not null && Encoding.UTF8.GetByteCount(reason) <= MaxReasonBytes ? reason : string.Empty);
        }
        else
        {
            CloseSocket(VoiceCloseCode.VoiceServerCrashed, "The node of the session is lost");
        }
    }

    /// <summary>Sends the client away from here; the session waits for it to come back.</summary>
    public void Leave(VoiceCloseCode code, string reason)
    {
        CloseSocket(code, reason);
        Splice.End(null, null);
    }

    private void CloseSocket(VoiceCloseCode code, string reason)
    {
        GatewaysTelemetry.CountClose(GatewaysTelemetry.VoiceCloses, (int)code, "server");
        Socket.CloseUnowned((int)code, reason);
    }

    /// <summary>Some codes only ever say that none came; a WebSocket refuses to send them.</summary>
    private static bool IsSendable(int code) => code is >= 1000 and < 5000 and not (1004 or 1005 or 1006 or 1015);
}
