using VoiceCluster.Domain.Identities;

namespace VoiceCluster.Cluster.Transport;

/// <summary>One direction between two nodes: a bounded queue that the thread pool empties in order.</summary>
internal sealed class InProcessLink(int capacity) : IThreadPoolWorkItem
{
    private readonly Lock _gate = new();
    private readonly Queue<(InProcessTransport From, InProcessTransport To, ReadOnlyMemory<byte> Frame)> _frames = [];
    private volatile bool _isCut;
    private bool _isEmptying;

    public bool IsCut => _isCut;

    public SendResult TrySend(InProcessTransport from, InProcessTransport to, ReadOnlyMemory<byte> frame)
    {
        lock (_gate)
        {
            if (_isCut || _frames.Count >= capacity)
            {
                Telemetry.TransportDropped(_isCut ? "unreachable" : "full");
                return _isCut ? SendResult.Unreachable : SendResult.Full;
            }

            // The sender may use its buffer again, as with a socket.
            _frames.Enqueue((from, to, frame.ToArray()));
            if (!_isEmptying)
            {
                _isEmptying = true;
                ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
            }

            return SendResult.Queued;
        }
    }

    public void Cut()
    {
        (InProcessTransport From, InProcessTransport To, ReadOnlyMemory<byte> Frame)[] lost;
        lock (_gate)
        {
            _isCut = true;
            lost = [.. _frames];
            _frames.Clear();
        }

        foreach (var (from, to, frame) in lost)
        {
            from.Lose(to.Node.Node, frame);
        }
    }

    public void Mend()
    {
        lock (_gate)
        {
            _isCut = false;
        }
    }

    void IThreadPoolWorkItem.Execute()
    {
        while (TryTake(out var next))
        {
            // A receiver that fails loses its frame, as one behind a socket would; the link goes on.
            try
            {
                next.To.Deliver(next.From.Node, next.Frame);
            }
            catch (Exception)
            {
                Telemetry.TransportDropped("receiver_failed");
            }
        }
    }

    private bool TryTake(out (InProcessTransport From, InProcessTransport To, ReadOnlyMemory<byte> Frame) next)
    {
        lock (_gate)
        {
            _isEmptying = _frames.TryDequeue(out next);
            return _isEmptying;
        }
    }
}
