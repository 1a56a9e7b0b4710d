using System.Net.WebSockets;
using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Cluster.Messages;
using VoiceCluster.Gateways.Sockets;

namespace VoiceCluster.Gateways.Splices;

/// <summary>A client's WebSocket that another node has: its owner here sees no difference.</summary>
internal sealed class SplicedSocket : IGatewaySocket, ISpliceSide
{
    private readonly IEntityHost _host;
    private readonly int _maxFrameBytes;
    private volatile LocalAddress? _owner;
    private volatile SocketClosed? _end;

    public SplicedSocket(SpliceEnds ends, TimeSpan silence, int maxFrameBytes, IEntityHost host, TimeProvider time)
    {
        _host = host;
        _maxFrameBytes = maxFrameBytes;
        Splice = new Splice(ends, SpliceLimits.AtSession(silence), this, host, time);
    }

    /// <summary>The splice.</summary>
    public Splice Splice { get; }

    /// <inheritdoc />
    public IGatewaySocket Socket => this;

    /// <inheritdoc />
    public LocalAddress? Owner => _owner;

    /// <inheritdoc />
    public void SetOwner(LocalAddress owner)
    {
        _owner = owner;

        // Whichever comes first, the new owner or the end: one of the two sees the other.
        Interlocked.MemoryBarrier();
        if (_end is { } end)
        {
            Tell(end);
        }
    }

    /// <summary>Nothing to do: where the socket is, its client has shown a valid token before it was spliced.</summary>
    public void Identified()
    {
    }

    /// <inheritdoc />
    public void Handled() => Splice.Handled();

    /// <inheritdoc />
    public bool TrySend(ReadOnlyMemory<byte> payload, bool isText = true, Action? written = null) => Splice.TrySend(payload, isText, written);

    /// <inheritdoc />
    public bool TryNotify(Action written)
    {
        Splice.Notify(written);
        return true;
    }

    /// <inheritdoc />
    public void Close(int code, string reason) => Splice.End(code, reason);

    /// <inheritdoc />
    public void CloseUnowned(int code, string reason)
    {
        _owner = null;
        Close(code, reason);
    }

    void ISpliceSide.Deliver(SpliceFrame frame)
    {
        IActorMessage told = frame.Payload.Length > _maxFrameBytes ? new FrameTooLarge(this) : new FrameReceived(this, frame.Payload, frame.IsText);
        if (!Tell(told))
        {
            Close((int)WebSocketCloseStatus.InternalServerError, "No owner");
        }
    }

    void ISpliceSide.End(int? code, string? reason)
    {
        _end = new SocketClosed(this, code);
        Interlocked.MemoryBarrier();
        Tell(_end);
    }

    private bool Tell(IActorMessage message) => _owner is { } owner && _host.Tell(owner, message);
}
