namespace VoiceCluster.Cluster.Links;

/// <summary>The frames between two lives of two nodes, over as many connections as it takes: each arrives once and in order.</summary>
/// <remarks>
/// What is written is kept until the other side has acknowledged it. A new connection goes on after the last frame that came in there, and what comes
/// twice is dropped. Not safe for concurrent calls.
/// </remarks>
public sealed class LinkStream
{
    private readonly LinkOptions _options;
    private Queue<Frame> _waiting = new();
    private Queue<Frame> _inFlight = new();
    private ulong _lastSequence;
    private ulong _lastWritten;
    private ulong _acknowledged;
    private ulong _acknowledgementSent;
    private int _bytes;

    /// <summary>A stream that has sent nothing yet.</summary>
    /// <param name="name">Random and not 0; 0 for a stream that no connection has carried yet.</param>
    /// <param name="options">Its limits.</param>
    public LinkStream(ulong name, LinkOptions options)
    {
        Name = name;
        _options = options;
    }

    public ulong Name { get; }

    /// <summary>The last frame that came in.</summary>
    public ulong Received { get; private set; }

    /// <summary>Frames kept, written or not.</summary>
    public int Count => _waiting.Count + _inFlight.Count;

    /// <summary>Frames not yet written on the present connection.</summary>
    public bool HasWaiting => _waiting.Count > 0;

    /// <summary>Whether the other side does not know of all that came.</summary>
    public bool OwesAcknowledgement => _acknowledgementSent != Received;

    /// <summary>Whether the other side should be told at once, lest its buffer fills.</summary>
    public bool OwesAcknowledgementNow => Received - _acknowledgementSent >= (ulong)_options.MaxWaitingFrames / 8;

    /// <summary>Keeps a frame to be written. False when there is no room.</summary>
    public bool TryEnqueue(ReadOnlyMemory<byte> payload)
    {
        if (Count >= _options.MaxWaitingFrames || _bytes + payload.Length > _options.MaxWaitingBytes)
        {
            return false;
        }

        _bytes += payload.Length;
        _waiting.Enqueue(new Frame(++_lastSequence, payload));
        return true;
    }

    /// <summary>Writes acknowledgement and waiting frames as far as a packet goes, at least one.</summary>
    /// <returns>How many frames were written.</returns>
    public int Write(FrameWriter packet)
    {
        if (OwesAcknowledgement)
        {
            LinkPackets.WriteAcknowledgement(packet, Received);
            _acknowledgementSent = Received;
        }

        var written = 0;
        while (_waiting.TryPeek(out var next) && (written == 0 || packet.Length + next.Payload.Length <= _options.PacketBytes))
        {
            LinkPackets.WriteData(packet, next.Sequence, next.Payload.Span);
            _inFlight.Enqueue(_waiting.Dequeue());
            _lastWritten = Math.Max(_lastWritten, next.Sequence);
            written++;
        }

        return written;
    }

    /// <summary>Takes a frame that came.</summary>
    public LinkArrival Arrive(ulong sequence)
    {
        if (sequence <= Received)
        {
            return LinkArrival.Duplicate;
        }

        if (sequence != Received + 1)
        {
            return LinkArrival.Gap;
        }

        Received = sequence;
        return LinkArrival.InOrder;
    }

    /// <summary>Lets go of what has arrived. False for something never sent.</summary>
    public bool Acknowledge(ulong sequence)
    {
        if (sequence > _lastWritten)
        {
            return false;
        }

        while (_inFlight.TryPeek(out var oldest) && oldest.Sequence <= sequence)
        {
            _bytes -= _inFlight.Dequeue().Payload.Length;
        }

        _acknowledged = Math.Max(_acknowledged, sequence);
        return true;
    }

    /// <summary>Whether a connection can go on after the frame that the other side has.</summary>
    public bool CanGoOnAfter(ulong sequence) => sequence >= _acknowledged && sequence <= _lastWritten;

    /// <summary>Goes on with a new connection: what the other side does not have is written again.</summary>
    /// <returns>How many frames that are.</returns>
    public int GoOnAfter(ulong sequence)
    {
        Acknowledge(sequence);
        var again = _inFlight.Count;
        _waiting = new Queue<Frame>(_inFlight.Concat(_waiting));
        _inFlight = new Queue<Frame>();
        _acknowledgementSent = Received;
        return again;
    }

    /// <summary>Takes out what no connection has carried yet.</summary>
    public List<ReadOnlyMemory<byte>> TakeUnwritten()
    {
        var unwritten = _waiting.Where(frame => frame.Sequence > _lastWritten).ToList();
        _waiting = new Queue<Frame>(_waiting.Where(frame => frame.Sequence <= _lastWritten));
        _bytes -= unwritten.Sum(frame => frame.Payload.Length);
        _lastSequence = _lastWritten;
        return [.. unwritten.Select(frame => frame.Payload)];
    }

    /// <summary>What was written and not acknowledged: nobody knows whether it arrived.</summary>
    public List<ReadOnlyMemory<byte>> Unconfirmed() =>
        [.. _inFlight.Concat(_waiting.Where(frame => frame.Sequence <= _lastWritten)).Select(frame => frame.Payload)];

    private readonly record struct Frame(ulong Sequence, ReadOnlyMemory<byte> Payload);
}

/// <summary>What a frame that came is.</summary>
public enum LinkArrival
{
    /// <summary>The next one.</summary>
    InOrder,

    /// <summary>One that came before.</summary>
    Duplicate,

    /// <summary>One is missing before it: the other side is broken.</summary>
    Gap,
}
