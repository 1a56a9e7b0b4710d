using VoiceCluster.Udp;

namespace VoiceCluster.Media.Workers;

/// <summary>The batch that a worker writes into, and the socket that it goes to when full or at the end of a received batch.</summary>
internal sealed class SendQueue(IDatagramSocket socket, WorkerCounters counters, int capacity) : IDisposable
{
    private readonly SendBatch _batch = new(capacity);
    private readonly IDatagramSocket _socket = socket;
    private readonly WorkerCounters _counters = counters;

    /// <summary>Where to write the next datagram.</summary>
    public Span<byte> NextSlot() => _batch.NextSlot();

    /// <summary>Sends the first bytes of the slot, soon.</summary>
    public void Commit(int length, Ipv4Endpoint destination)
    {
        _batch.Commit(length, destination);
        _counters.CountSent(length);
        if (_batch.IsFull)
        {
            _socket.Send(_batch);
        }
    }

    /// <summary>Sends what is there.</summary>
    public void Flush()
    {
        if (_batch.Count > 0)
        {
            _socket.Send(_batch);
        }
    }

    public void Dispose() => _batch.Dispose();
}
