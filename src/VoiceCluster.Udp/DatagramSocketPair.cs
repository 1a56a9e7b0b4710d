using VoiceCluster.Udp.Linux;

namespace VoiceCluster.Udp;

/// <summary>Lets one thread read two sockets.</summary>
/// <remarks>
/// Where the system can wait for both at once, it does. Where it cannot, the first one's own wait is the pulse: it must be opened with a
/// short one then, and the second one always with none.
/// </remarks>
/// <param name="first">The one that ends the wait when it is interrupted.</param>
/// <param name="second">The other one.</param>
/// <param name="timeout">How long to wait for a first datagram.</param>
public sealed unsafe class DatagramSocketPair(IDatagramSocket first, IDatagramSocket second, TimeSpan timeout)
{
    private readonly bool _canPoll = first.PollDescriptor >= 0 && second.PollDescriptor >= 0;
    private readonly int _milliseconds = (int)timeout.TotalMilliseconds;

    /// <summary>Whether sockets of the system's own kind can be waited for together.</summary>
    public static bool IsPollSupported => LinuxDatagramSocket.IsSupported;

    /// <summary>Waits until one of them has something and takes what both have.</summary>
    /// <returns>How many datagrams there are in all; -1 once the first socket was interrupted.</returns>
    /// <exception cref="IOException">A socket is of no use any more.</exception>
    public int Receive(ReceiveBatch firstBatch, ReceiveBatch secondBatch)
    {
        secondBatch.Clear();
        return _canPoll ? ReceivePolled(firstBatch, secondBatch) : ReceiveInTurn(firstBatch, secondBatch);
    }

    private int ReceiveInTurn(ReceiveBatch firstBatch, ReceiveBatch secondBatch)
    {
        var count = first.Receive(firstBatch);
        return count < 0 ? count : count + Math.Max(0, second.Receive(secondBatch));
    }

    private int ReceivePolled(ReceiveBatch firstBatch, ReceiveBatch secondBatch)
    {
        firstBatch.Clear();
        var entries = stackalloc PollEntry[2];
        entries[0] = new PollEntry { Descriptor = first.PollDescriptor, Wanted = LibC.PollReadable };
        entries[1] = new PollEntry { Descriptor = second.PollDescriptor, Wanted = LibC.PollReadable };
        if (LibC.Poll(entries, 2, _milliseconds) <= 0)
        {
            return 0;
        }

        // Anything else than data, such as the end of the socket, is told by receiving too.
        var count = entries[0].Found != 0 ? first.Receive(firstBatch) : 0;
        if (count < 0 || entries[1].Found == 0)
        {
            return count;
        }

        return count + Math.Max(0, second.Receive(secondBatch));
    }
}
