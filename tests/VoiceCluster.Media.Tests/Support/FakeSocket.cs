using VoiceCluster.Udp;

namespace VoiceCluster.Media.Tests.Support;

/// <summary>A socket that keeps what is sent.</summary>
internal sealed class FakeSocket : IDatagramSocket
{
    public List<(byte[] Datagram, Ipv4Endpoint To)> Sent { get; } = [];

    /// <summary>Whether sent datagrams are kept; off, they are counted only, without an allocation.</summary>
    public bool Keeps { get; set; } = true;

    /// <summary>Is called before what was sent is taken.</summary>
    public Action? Sending { get; set; }

    public long SentCount { get; private set; }

    public Ipv4Endpoint LocalEndpoint => new(0x7F000001, 50_000);

    public int ReceiveBufferBytes => 0;

    public DatagramSocketCounters Counters { get; } = new();

    public int Receive(ReceiveBatch batch) => throw new NotSupportedException("Batches are handed to the processor.");

    public void Send(SendBatch batch)
    {
        Sending?.Invoke();
        SentCount += batch.Count;
        for (var i = 0; Keeps && i < batch.Count; i++)
        {
            Sent.Add((batch.Datagram(i).ToArray(), batch.Destination(i)));
        }

        batch.Clear();
    }

    public void Interrupt()
    {
    }

    public void Dispose()
    {
    }
}
