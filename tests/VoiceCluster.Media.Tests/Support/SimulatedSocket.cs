using System.Collections.Concurrent;
using VoiceCluster.Udp;

namespace VoiceCluster.Media.Tests.Support;

/// <summary>A worker's socket without a kernel: nothing is lost on the way, any address can send, and every datagram that goes out is kept.</summary>
internal sealed class SimulatedSocket(int port) : IDatagramSocket
{
    private static readonly TimeSpan Pulse = TimeSpan.FromMilliseconds(50);

    private readonly BlockingCollection<(byte[] Datagram, Ipv4Endpoint From)> _arriving = [];
    private readonly ConcurrentDictionary<Ipv4Endpoint, TaskCompletionSource> _awaited = new();
    private long _taken;
    private volatile bool _interrupted;
    private volatile bool _fails;
    private long _lost;

    public ConcurrentQueue<(byte[] Datagram, Ipv4Endpoint To)> Sent { get; } = new();

    public Ipv4Endpoint LocalEndpoint { get; } = new(0x7F000001, (ushort)port);

    public int ReceiveBufferBytes => 0;

    public DatagramSocketCounters Counters { get; } = new();

    /// <summary>Datagrams that were taken and lost, because the loop failed over them.</summary>
    public long Lost => Interlocked.Read(ref _lost);

    /// <summary>Datagrams that were taken.</summary>
    public long Taken => Interlocked.Read(ref _taken);

    /// <summary>Waits until something was sent to an address.</summary>
    public async Task AnsweredAsync(Ipv4Endpoint to, CancellationToken cancellation)
    {
        var answered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _awaited[to] = answered;
        if (Sent.Any(sent => sent.To == to))
        {
            answered.TrySetResult();
        }

        await answered.Task.WaitAsync(cancellation);
    }

    public void Arrive(Ipv4Endpoint from, byte[] datagram) => _arriving.Add((datagram, from));

    /// <summary>Lets the loop fail over the next batch.</summary>
    public void Fail() => _fails = true;

    public int Receive(ReceiveBatch batch)
    {
        batch.Clear();
        for (var wait = Pulse; !_interrupted && batch.Count < batch.Capacity && _arriving.TryTake(out var datagram, wait); wait = TimeSpan.Zero)
        {
            batch.TryAdd(datagram.Datagram, datagram.From, receivedAt: 0);
        }

        Interlocked.Add(ref _taken, batch.Count);
        if (_fails && batch.Count > 0)
        {
            _fails = false;
            Interlocked.Add(ref _lost, batch.Count);
            throw new InvalidOperationException("Failed on purpose.");
        }

        return _interrupted ? -1 : batch.Count;
    }

    public void Send(SendBatch batch)
    {
        for (var i = 0; i < batch.Count; i++)
        {
            Sent.Enqueue((batch.Datagram(i).ToArray(), batch.Destination(i)));
            if (_awaited.TryRemove(batch.Destination(i), out var answered))
            {
                answered.TrySetResult();
            }
        }

        batch.Clear();
    }

    public void Interrupt() => _interrupted = true;

    public void Dispose() => _arriving.Dispose();
}
