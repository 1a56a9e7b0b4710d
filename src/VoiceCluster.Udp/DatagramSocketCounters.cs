namespace VoiceCluster.Udp;

/// <summary>How a socket sent and what it lost, counted by the thread that uses it and readable from any.</summary>
public sealed class DatagramSocketCounters
{
    private const int MaximumFailuresInARow = 100;
    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromMilliseconds(1);

    private long _framesSent;
    private long _groupedSent;
    private long _sendFailures;
    private long _sendUnreachable;
    private long _sendBufferFull;
    private long _receiveFailures;
    private long _receiveOverflows;
    private int _failuresInARow;

    /// <summary>Datagrams handed to the network device as whole frames; the others went by the UDP socket.</summary>
    public long FramesSent => Volatile.Read(ref _framesSent);

    /// <summary>Datagrams handed to the UDP socket together with others for the same receiver, as one message.</summary>
    public long GroupedSent => Volatile.Read(ref _groupedSent);

    /// <summary>Datagrams that the kernel refused to send, other than for the reasons below.</summary>
    public long SendFailures => Volatile.Read(ref _sendFailures);

    /// <summary>Datagrams whose destination cannot be reached from here, as far as this host knows.</summary>
    public long SendUnreachable => Volatile.Read(ref _sendUnreachable);

    /// <summary>Datagrams dropped because the socket's send buffer was full.</summary>
    public long SendBufferFull => Volatile.Read(ref _sendBufferFull);

    /// <summary>Receive calls that failed.</summary>
    public long ReceiveFailures => Volatile.Read(ref _receiveFailures);

    /// <summary>Datagrams that the kernel dropped because the socket's receive buffer was full; 0 where it does not tell.</summary>
    public long ReceiveOverflows => Volatile.Read(ref _receiveOverflows);

    internal void CountFramesSent(int frames) => Volatile.Write(ref _framesSent, _framesSent + frames);

    internal void CountGroupedSent(int datagrams) => Volatile.Write(ref _groupedSent, _groupedSent + datagrams);

    internal void CountSendFailure() => Volatile.Write(ref _sendFailures, _sendFailures + 1);

    internal void CountSendUnreachable() => Volatile.Write(ref _sendUnreachable, _sendUnreachable + 1);

    internal void CountSendBufferFull(int datagrams) => Volatile.Write(ref _sendBufferFull, _sendBufferFull + datagrams);

    /// <summary>Counts a failed receive, and lets a moment pass, so that a failure that does not go away does not take a whole core.</summary>
    /// <exception cref="IOException">Nothing but failures for a hundred times.</exception>
    internal void CountReceiveFailure(string reason)
    {
        Volatile.Write(ref _receiveFailures, _receiveFailures + 1);
        if (++_failuresInARow >= MaximumFailuresInARow)
        {
            throw new IOException($"UDP socket: receive: {reason}.");
        }

        Thread.Sleep(PauseAfterFailure);
    }

    internal void CountReceiveSuccess() => _failuresInARow = 0;

    /// <summary>Takes over the kernel's running total, which is 32 bits wide and wraps.</summary>
    internal void AdvanceReceiveOverflows(uint kernelTotal)
    {
        var step = kernelTotal - (uint)_receiveOverflows;
        if (step != 0)
        {
            Volatile.Write(ref _receiveOverflows, _receiveOverflows + step);
        }
    }
}
