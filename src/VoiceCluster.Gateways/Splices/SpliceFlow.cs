using System.Diagnostics.CodeAnalysis;
using VoiceCluster.Cluster.Messages;

namespace VoiceCluster.Gateways.Splices;

/// <summary>One end of a splice without link and socket: decides what goes to the other end, and what has come from there.</summary>
/// <remarks>
/// <para>
/// Both ends are alike. Each frame is numbered, and on its way until the other end's side has taken it. No more than a window are; the rest wait here. An end
/// that ends lets what waits go first, then says so. Links lose nothing silently while they stand, so a frame that is refused or missing ends the splice: the
/// client comes back and resumes.
/// </para>
/// <para>Feed one input, then drain <see cref="TryPoll"/>. Not thread-safe; <c>now</c> is monotonic.</para>
/// </remarks>
internal sealed class SpliceFlow(SpliceLimits limits, TimeSpan now)
{
    /// <summary>Frames that may wait, as many as for a socket of this node.</summary>
    public const int MaxWaiting = 1024;

    /// <summary>Bytes on their way, but for a single frame that is longer.</summary>
    public const int WindowBytes = 256 * 1024;

    /// <summary>How long an end lets what waits go first.</summary>
    public static readonly TimeSpan ClosingDeadline = TimeSpan.FromSeconds(10);

    /// <summary>For how long the end is told again to a node that cannot be reached.</summary>
    public static readonly TimeSpan GoodbyeDeadline = TimeSpan.FromSeconds(15);

    private readonly Queue<(ReadOnlyMemory<byte> Payload, bool IsText)> _waiting = new();
    private readonly Queue<int> _lengthsOnTheWay = new();
    private readonly Queue<SpliceOutput> _outputs = new();
    private Phase _phase = Phase.Open;
    private SpliceEnded? _goodbye;
    private TimeSpan _deadline;
    private TimeSpan _heardAt = now;
    private long _sent;
    private long _received;
    private long _handled;
    private int _bytesOnTheWay;

    private enum Phase
    {
        Open,

        /// <summary>This side has ended; what waits goes first.</summary>
        Closing,

        /// <summary>The other end is being told.</summary>
        Leaving,
        Over,
    }

    /// <summary>Whether frames still go both ways.</summary>
    public bool IsOpen => _phase == Phase.Open;

    /// <summary>Whether nothing is left to do.</summary>
    public bool IsOver => _phase == Phase.Over;

    /// <summary>The number of the last frame that was taken to be sent.</summary>
    public long Queued => _sent + _waiting.Count;

    /// <summary>The number of the last frame that the other end's side has taken.</summary>
    public long Taken => _sent - _lengthsOnTheWay.Count;

    /// <summary>Takes the next output; drain until false after every input.</summary>
    public bool TryPoll([NotNullWhen(true)] out SpliceOutput? output) => _outputs.TryDequeue(out output);

    /// <summary>Takes a frame of this side. False when too many wait.</summary>
    public bool TrySend(ReadOnlyMemory<byte> payload, bool isText, TimeSpan now)
    {
        if (!IsOpen)
        {
            return true;
        }

        if (_waiting.Count == MaxWaiting)
        {
            return false;
        }

        _waiting.Enqueue((payload, isText));
        Pump(now);
        return true;
    }

    /// <summary>This side has ended, and is told nothing more.</summary>
    public void End(int? code, string? reason, TimeSpan now)
    {
        if (!IsOpen)
        {
            return;
        }

        _phase = Phase.Closing;
        _goodbye = new SpliceEnded(code, reason);
        _deadline = now + ClosingDeadline;
        Pump(now);
    }

    /// <summary>This side is done with the oldest frame that it was given.</summary>
    public void Handle()
    {
        if (IsOpen && _handled < _received)
        {
            _outputs.Enqueue(new SpliceOutput.Transmit(new SpliceTaken(++_handled)));
        }
    }

    /// <summary>Takes what the other end says.</summary>
    public void Receive(ISpliceMessage message, TimeSpan now)
    {
        _heardAt = now;
        switch (message)
        {
            case SpliceFrame frame when IsOpen:
                Deliver(frame, now);
                break;
            case SpliceTaken taken:
                Release(taken.Count, now);
                break;
            case SpliceEnded ended:
                Finish(ended);
                break;
        }
    }

    /// <summary>Whether the link took what was to be transmitted.</summary>
    public void Transmitted(ISpliceMessage message, bool isTaken, TimeSpan now)
    {
        if (message is SpliceEnded && isTaken)
        {
            _phase = Phase.Over;
        }
        else if (!isTaken && _phase is Phase.Open or Phase.Closing)
        {
            Break(now);
        }
    }

    /// <summary>The other end is gone with its node.</summary>
    public void Lose()
    {
        TellLost();
        _phase = Phase.Over;
        _waiting.Clear();
    }

    /// <summary>Something went wrong: both sides come to know.</summary>
    public void Break(TimeSpan now)
    {
        if (_phase is Phase.Open or Phase.Closing)
        {
            _outputs.Clear();
            TellLost();
            _goodbye ??= new SpliceEnded(null, null);
            Leave(now);
        }
    }

    /// <summary>Acts on deadlines; to be called about once a second.</summary>
    public void HandleTimeout(TimeSpan now)
    {
        switch (_phase)
        {
            case Phase.Open when now - _heardAt >= limits.Silence:
                Break(now);
                break;
            case Phase.Open when _lengthsOnTheWay.Count > 0:
                // What was said last says nothing new, but a link that is cut refuses it.
                _outputs.Enqueue(new SpliceOutput.Transmit(new SpliceTaken(_handled)));
                break;
            case Phase.Closing when now >= _deadline:
                Leave(now);
                break;
            case Phase.Leaving when now >= _deadline:
                _phase = Phase.Over;
                break;
            case Phase.Leaving:
                _outputs.Enqueue(new SpliceOutput.Transmit(_goodbye!));
                break;
        }
    }

    private void Deliver(SpliceFrame frame, TimeSpan now)
    {
        if (frame.Number != _received + 1 || _received - _handled >= limits.Incoming)
        {
            Break(now);
            return;
        }

        _received++;
        _outputs.Enqueue(new SpliceOutput.Deliver(frame));
    }

    private void Release(long taken, TimeSpan now)
    {
        if (taken > _sent)
        {
            Break(now);
            return;
        }

        while (Taken < taken)
        {
            _bytesOnTheWay -= _lengthsOnTheWay.Dequeue();
        }

        Pump(now);
    }

    private void Pump(TimeSpan now)
    {
        while (_phase is Phase.Open or Phase.Closing && _waiting.TryPeek(out var next) && HasRoomFor(next.Payload.Length))
        {
            _waiting.Dequeue();
            _lengthsOnTheWay.Enqueue(next.Payload.Length);
            _bytesOnTheWay += next.Payload.Length;
            _outputs.Enqueue(new SpliceOutput.Transmit(new SpliceFrame(++_sent, next.IsText, next.Payload)));
        }

        if (_phase == Phase.Closing && _waiting.Count == 0)
        {
            Leave(now);
        }
    }

    private bool HasRoomFor(int length) =>
        _lengthsOnTheWay.Count == 0 || (_lengthsOnTheWay.Count < limits.Outgoing && _bytesOnTheWay + length <= WindowBytes);

    private void Leave(TimeSpan now)
    {
        _phase = Phase.Leaving;
        _waiting.Clear();
        _deadline = now + GoodbyeDeadline;
        _outputs.Enqueue(new SpliceOutput.Transmit(_goodbye!));
    }

    private void Finish(SpliceEnded ended)
    {
        if (IsOpen)
        {
            _outputs.Enqueue(new SpliceOutput.Ended(ended.Code, ended.Reason, IsLost: false));
        }

        _phase = Phase.Over;
        _waiting.Clear();
    }

    private void TellLost()
    {
        if (IsOpen)
        {
            _outputs.Enqueue(new SpliceOutput.Ended(null, null, IsLost: true));
        }
    }
}

/// <summary>What bounds one end of a splice.</summary>
/// <param name="Outgoing">Frames that may be on their way to the other end's side.</param>
/// <param name="Incoming">Frames of the other end that this side may not be done with; with one more the other end breaks the rules.</param>
/// <param name="Silence">Without a word of the other end for so long it counts as gone: heartbeats of the client pass both ways.</param>
internal sealed record SpliceLimits(int Outgoing, int Incoming, TimeSpan Silence)
{
    /// <summary>Frames to a client that may be on their way.</summary>
    private const int Window = 32;

    /// <summary>At the client's socket, of which the next message is read when the session has handled the last.</summary>
    public static SpliceLimits AtClient(TimeSpan silence) => new(Outgoing: 1, Incoming: Window, silence);

    /// <summary>At the session.</summary>
    public static SpliceLimits AtSession(TimeSpan silence) => new(Outgoing: Window, Incoming: 1, silence);
}

/// <summary>What a <see cref="SpliceFlow"/> wants done, in order.</summary>
internal abstract record SpliceOutput
{
    private SpliceOutput()
    {
    }

    /// <summary>Tell the other end, and say with <see cref="SpliceFlow.Transmitted"/> whether the link took it.</summary>
    public sealed record Transmit(ISpliceMessage Message) : SpliceOutput;

    /// <summary>Give this side a frame; <see cref="SpliceFlow.Handle"/> says when it is done with it.</summary>
    public sealed record Deliver(SpliceFrame Frame) : SpliceOutput;

    /// <summary>Tell this side that the other one has ended. Nothing follows for it.</summary>
    /// <param name="Code">The close code; null when there is none.</param>
    /// <param name="Reason">For people.</param>
    /// <param name="IsLost">Whether it did not say so itself.</param>
    public sealed record Ended(int? Code, string? Reason, bool IsLost) : SpliceOutput;
}
