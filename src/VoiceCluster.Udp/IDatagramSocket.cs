namespace VoiceCluster.Udp;

/// <summary>One bound IPv4 UDP socket that moves datagrams in batches.</summary>
/// <remarks>
/// Everything but <see cref="Interrupt"/> is called from one thread at a time. No call throws for what the network or the kernel does: failures are counted in
/// <see cref="Counters"/>. Only a socket that does nothing but fail says so, by an <see cref="IOException"/> from <see cref="Receive"/>.
/// </remarks>
public interface IDatagramSocket : IDisposable
{
    /// <summary>What the socket is bound to; the port is the real one, also if 0 was asked for.</summary>
    Ipv4Endpoint LocalEndpoint { get; }

    /// <summary>Bytes that the kernel lets wait to be received: what was asked for, or less; its own bookkeeping counts too. 0 where it does not tell.</summary>
    int ReceiveBufferBytes { get; }

    /// <summary>What went wrong so far; may be read from any thread.</summary>
    DatagramSocketCounters Counters { get; }

    /// <summary>By which the system's poll knows the socket; -1 where that cannot be used.</summary>
    int PollDescriptor => -1;

    /// <summary>
    /// Waits for a first datagram, at most <see cref="DatagramSocketOptions.ReceiveTimeout"/>, and takes with it whatever else is there.
    /// </summary>
    /// <exception cref="IOException">A hundred receives in a row failed: the socket is of no use any more.</exception>
    /// <returns>How many slots of <paramref name="batch"/> are filled; 0 when there was nothing; -1 once the socket was interrupted.</returns>
    int Receive(ReceiveBatch batch);

    /// <summary>Sends what <paramref name="batch"/> holds and empties it. Never waits: what does not fit the socket's buffer is dropped.</summary>
    void Send(SendBatch batch);

    /// <summary>Ends the wait of <see cref="Receive"/>, now and for ever. Safe from any thread.</summary>
    void Interrupt();
}
