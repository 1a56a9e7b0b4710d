using System.Runtime.InteropServices;

namespace VoiceCluster.Udp.Linux;

/// <summary>Sends by a UDP socket, neighbours for one receiver as one message. For the thread that sends.</summary>
/// <remarks>
/// The kernel's way to the network device is then gone once for all of them. Where a message of several is refused, its datagrams go alone, and each meets its own fate.
/// </remarks>
internal sealed unsafe class DatagramSender : IDisposable
{
    /// <summary>
    /// For how many batches no groups are looked for after a datagram went alone that was refused as part of one: it is the device that does not take groups then, for lack of
    /// checksums or because of IPsec, and being refused shall not cost a call for each group. Another route may take them.
    /// </summary>
    internal const int BatchesUntilNextTry = 1000;

    private readonly SendMessages _send;
    private readonly bool _isKnownToKernel;
    private readonly DatagramSocketCounters _counters;
    private readonly SendLoop.SendFrom _sendBatch;
    private readonly SendLoop.SendFrom _sendMessages;
    private SendBatch? _batch;
    private DatagramMessages? _messages;
    private int _message;
    private int _aloneUntil;
    private int _batchesUntilTry;

    /// <summary>Sends by a socket.</summary>
    /// <param name="socket">The descriptor of a UDP socket; it stays the caller's.</param>
    /// <param name="counters">What went out and what did not.</param>
    public DatagramSender(int socket, DatagramSocketCounters counters)
        : this((headers, count) => Call(socket, headers, count), IsKnownToKernel(socket), counters)
    {
    }

    internal DatagramSender(SendMessages send, bool isKnownToKernel, DatagramSocketCounters counters)
    {
        _send = send;
        _isKnownToKernel = isKnownToKernel;
        _counters = counters;
        _sendBatch = SendBatchFrom;
        _sendMessages = SendMessagesFrom;
    }

    /// <summary>Hands messages to the kernel.</summary>
    /// <returns>How many it took, at least 1; if not even the first, minus the number of the error.</returns>
    internal delegate int SendMessages(MessageHeader* headers, int count);

    /// <summary>Sends all of a batch. Never waits.</summary>
    public void Send(SendBatch batch)
    {
        if (LooksForGroups(batch))
        {
            Begin(batch);
            for (var i = 0; i < batch.Count;)
            {
                var datagrams = DatagramGroup.Measure(batch, i);
                Add(i, datagrams);
                i += datagrams;
            }

            SendAdded();
            return;
        }

        _batch = batch;
        SendLoop.Run(batch.Count, _sendBatch, _counters);
    }

    /// <summary>Whether there may be groups in a batch that are worth a try. Asked once for each batch.</summary>
    public bool LooksForGroups(SendBatch batch)
    {
        if (!_isKnownToKernel || !DatagramGroup.IsAnyIn(batch))
        {
            return false;
        }

        if (_batchesUntilTry == 0)
        {
            return true;
        }

        _batchesUntilTry--;
        return false;
    }

    /// <summary>Begins to choose from a batch what to send.</summary>
    public void Begin(SendBatch batch)
    {
        if (_messages is null || _messages.Capacity < batch.Capacity)
        {
            _messages?.Dispose();
            _messages = new DatagramMessages(batch.Capacity);
        }

        _messages.Begin(batch);
    }

    /// <summary>Chooses datagrams that go as one message, see <see cref="DatagramMessages.Add"/>.</summary>
    public void Add(int first, int datagrams) => _messages!.Add(first, datagrams);

    /// <summary>Sends what was chosen since <see cref="Begin"/>. Never waits.</summary>
    public void SendAdded()
    {
        _message = 0;
        _aloneUntil = 0;
        SendLoop.Run(_messages!.DatagramCount, _sendMessages, _counters);
    }

    public void Dispose()
    {
        _messages?.Dispose();
        _messages = null;
    }

    // One that does not know the option would take no notice of it and send the group as one long datagram.
    internal static bool IsKnownToKernel(int socket)
    {
        var segment = 0;
        var length = (uint)sizeof(int);
        return LibC.GetSocketOption(socket, LibC.LevelUdp, LibC.OptionSegment, &segment, &length) == 0;
    }

    private int SendBatchFrom(int first, int count) => _send(_batch!.Headers + first, count);

    private int SendMessagesFrom(int first, int count)
    {
        var messages = _messages!;
        if (first < _aloneUntil)
        {
            return SendAlone(messages, first);
        }

        // The one before was skipped, or the last of a group that went alone.
        while (messages.Start(_message) < first)
        {
            _message++;
        }

        var sent = _send(messages.Headers + _message, messages.Count - _message);
        if (sent > 0)
        {
            CountGroups(messages, sent);
            _message += sent;
            return messages.Start(_message) - first;
        }

        if (messages.Length(_message) == 1 || -sent is LibC.ErrorInterrupted or LibC.ErrorTryAgain or LibC.ErrorNoBuffers)
        {
            return sent;
        }

        _aloneUntil = messages.Start(_message + 1);
        return SendAlone(messages, first);
    }

    private int SendAlone(DatagramMessages messages, int first)
    {
        var position = first - messages.Start(_message);
        var sent = _send(messages.Alone(_message) + position, _aloneUntil - first);
        if (sent > 0 && position == 0)
        {
            _batchesUntilTry = BatchesUntilNextTry;
        }

        return sent;
    }

    private void CountGroups(DatagramMessages messages, int sent)
    {
        var grouped = 0;
        for (var i = _message; i < _message + sent; i++)
        {
            var length = messages.Length(i);
            grouped += length > 1 ? length : 0;
        }

        _counters.CountGroupedSent(grouped);
    }

    private static int Call(int socket, MessageHeader* headers, int count)
    {
        var sent = LibC.SendMessages(socket, headers, (uint)count, LibC.FlagDontWait);
        return sent < 0 ? -Marshal.GetLastSystemError() : sent;
    }
}
