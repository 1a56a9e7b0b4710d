using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Cluster.Messages;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Gateways.Sockets;

namespace VoiceCluster.Gateways.Splices;

/// <summary>Which end of a splice.</summary>
internal enum SpliceRole
{
    /// <summary>Where the client's socket is.</summary>
    Client,

    /// <summary>Where the session is.</summary>
    Session,
}

/// <summary>Where an end of a splice is, and where the other one is.</summary>
/// <param name="Role">Which end this is.</param>
/// <param name="Self">The actor of this end.</param>
/// <param name="Other">The actor of the other end.</param>
/// <param name="OtherProcess">The incarnation that the other end's process began with; 0 when it is not known.</param>
internal sealed record SpliceEnds(SpliceRole Role, LocalAddress Self, LocalAddress Other, long OtherProcess)
{
    /// <summary>The process of the other end.</summary>
    public NodeIncarnation OtherNode => new(Other.Node, OtherProcess);
}

/// <summary>What is at an end of a splice. Called under the splice's lock: must not wait.</summary>
internal interface ISpliceSide
{
    /// <summary>The socket: the client's own, or what its session takes for it.</summary>
    IGatewaySocket Socket { get; }

    /// <summary>Takes a frame.</summary>
    void Deliver(SpliceFrame frame);

    /// <summary>The other end is over.</summary>
    /// <param name="code">The close code; null when it was lost.</param>
    /// <param name="reason">For people.</param>
    void End(int? code, string? reason);
}

/// <summary>One end of a splice: moves what <see cref="SpliceFlow"/> decides between the link to the other node and this side.</summary>
/// <remarks>Safe for calls from any thread.</remarks>
/// <param name="ends">Where it is.</param>
/// <param name="limits">Its bounds.</param>
/// <param name="side">What is at this end.</param>
/// <param name="host">Carries what goes to the other end.</param>
/// <param name="time">The node's clock.</param>
internal sealed class Splice(SpliceEnds ends, SpliceLimits limits, ISpliceSide side, IEntityHost host, TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly SpliceFlow _flow = new(limits, time.GetElapsedTime(0));
    private readonly Queue<(long Number, Action Taken)> _awaited = new();
    private bool _hasToldOver;

    /// <summary>Where it is.</summary>
    public SpliceEnds Ends => ends;

    /// <summary>What is at this end.</summary>
    public ISpliceSide Side => side;

    /// <summary>Whether nothing is left to do.</summary>
    public bool IsOver
    {
        get
        {
            lock (_gate)
            {
                return _flow.IsOver;
            }
        }
    }

    private TimeSpan Now => time.GetElapsedTime(0);

    /// <summary>Sends a frame to the other end.</summary>
    /// <param name="payload">The frame; not changed afterwards.</param>
    /// <param name="isText">Text or binary.</param>
    /// <param name="taken">Called on some thread when the other end's side has taken it; must not wait.</param>
    /// <returns>False when too many wait; the frame is dropped. True once the splice has ended.</returns>
    public bool TrySend(ReadOnlyMemory<byte> payload, bool isText, Action? taken = null)
    {
        lock (_gate)
        {
            if (!_flow.TrySend(payload, isText, Now))
            {
                return false;
            }

            Await(taken);
            Drain();
            return true;
        }
    }

    /// <summary>Calls back when the other end's side has taken all that was sent so far.</summary>
    public void Notify(Action taken)
    {
        lock (_gate)
        {
            Await(taken);
            Drain();
        }
    }

    /// <summary>This side is done with the oldest frame that it was given.</summary>
    public void Handled()
    {
        lock (_gate)
        {
            _flow.Handle();
            Drain();
        }
    }

    /// <summary>Takes what the other end says.</summary>
    public void Receive(ISpliceMessage message)
    {
        lock (_gate)
        {
            _flow.Receive(message, Now);
            Drain();
        }
    }

    /// <summary>This side has ended, and is told nothing more.</summary>
    public void End(int? code, string? reason)
    {
        lock (_gate)
        {
            _flow.End(code, reason, Now);
            Drain();
        }
    }

    /// <summary>Something went wrong at this end: both sides come to know.</summary>
    public void Break()
    {
        lock (_gate)
        {
            _flow.Break(Now);
            Drain();
        }
    }

    /// <summary>Does what time asks for.</summary>
    /// <param name="isLost">Whether the other end is gone with its node.</param>
    public void Tick(bool isLost)
    {
        lock (_gate)
        {
            if (isLost)
            {
                _flow.Lose();
            }
            else
            {
                _flow.HandleTimeout(Now);
            }

            Drain();
        }
    }

    private void Await(Action? taken)
    {
        if (taken is not null && _flow.IsOpen)
        {
            _awaited.Enqueue((_flow.Queued, taken));
        }
    }

    private void Drain()
    {
        while (_flow.TryPoll(out var output))
        {
            switch (output)
            {
                case SpliceOutput.Transmit { Message: var message }:
                    _flow.Transmitted(message, host.Tell(ends.Other, message), Now);
                    break;
                case SpliceOutput.Deliver { Frame: var frame }:
                    side.Deliver(frame);
                    break;
                case SpliceOutput.Ended ended:
                    EndSide(ended);
                    break;
            }
        }

        while (_awaited.TryPeek(out var next) && next.Number <= _flow.Taken)
        {
            _awaited.Dequeue();
            next.Taken();
        }

        if (_flow.IsOver && !_hasToldOver)
        {
            _hasToldOver = true;
            host.Tell(ends.Self, new SpliceOver());
        }
    }

    private void EndSide(SpliceOutput.Ended ended)
    {
        if (ended.IsLost)
        {
            GatewaysTelemetry.SplicesLost.Add(1, GatewaysTelemetry.RoleOf(ends.Role));
        }

        side.End(ended.Code, ended.Reason);
    }
}
