using VoiceCluster.Domain.Identities;

namespace VoiceCluster.Cluster.Transport;

/// <summary>One direction between two nodes: a bounded queue that the thread pool empties in order.</summary>
internal sealed class InProcessLink(int capacity) : IThreadPoolWorkItem
{
    private readonly Lock _gate = new();
    private readonly Queue<(NodeIncarnation From, InProcessTransport To, ReadOnlyMemory<byte> Frame)> _frames = [];
    private bool _isCut;
    private bool _isEmptying;

    public bool TrySend(NodeIncarnation from, InProcessTransport to, ReadOnlyMemory<byte> frame)
    {
        lock (_gate)
        {
            if (_isCut || _frames.Count >= capacity)
            {
                Telemetry.TransportDropped(_isCut ? "unreachable" : "full");
                return false;
            }

            // The sender may use its buffer again, as with a socket.
            _frames.Enqueue((from, to, frame.ToArray()));
            if (!_isEmptying)
            {
                _isEmptying = true;
                ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
            }

            return true;
        }
    }

    public void Cut()
    {
        lock (_gate)
        {
            _isCut = true;
            _frames.Clear();
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
                next.To.Deliver(next.From, next.Frame);
            }
            catch (Exception)
            {
                Telemetry.TransportDropped("receiver_failed");
            }
        }
    }

    private bool TryTake(out (NodeIncarnation From, InProcessTransport To, ReadOnlyMemory<byte> Frame) next)
    {
        lock (_gate)
        {
            _isEmptying = _frames.TryDequeue(out next);
            return _isEmptying;
        }
    }
}
