using VoiceCluster.Cluster.Transport;
using VoiceCluster.Domain.Identities;

namespace VoiceCluster.Cluster.Links;

/// <summary>What one node knows of its link to another: the stream of frames, the connection that carries it, and when to make a new one.</summary>
/// <remarks>
/// <para>
/// Decides everything and does nothing: whoever moves the bytes asks it under a lock, with a time that only goes forward. A connection, once it stands, has a
/// number; what comes from or for an older one is of no effect.
/// </para>
/// <para>
/// Both sides may dial at once. A dialer whose proof is on its way is committed: if it is the node with the lower name, it refuses the other's
/// connection, else it lets its own go. So exactly one of two stands, and nothing that an unproven stranger says changes anything.
/// </para>
/// </remarks>
public sealed partial class LinkPeer(NodeId self, NodeId peer, LinkOptions options)
{
    private readonly bool _ownDialWins = string.CompareOrdinal(self.Value, peer.Value) < 0;
    private LinkStream _stream = new(name: 0, options);
    private NodeIncarnation _streamPeer;
    private int _connection;
    private int _connections;
    private int _dial;
    private int _dials;
    private int _failures;
    private bool _dialCommitted;
    private TimeSpan _nextDial;
    private TimeSpan? _downSince;

    /// <summary>The node at the other end.</summary>
    public NodeId Peer => peer;

    /// <summary>The life of the other node that the present or last connection led to; default before the first.</summary>
    public NodeIncarnation Incarnation => _streamPeer;

    /// <summary>How often this node has tried to connect.</summary>
    public int Attempts => _dials;

    /// <summary>Whether a connection stands.</summary>
    public bool IsConnected => _connection != 0;

    /// <summary>Whether the node has been without connection for so long that nothing is taken for it.</summary>
    public bool IsUnreachable { get; private set; }

    /// <summary>Takes a frame to be sent. The caller may not change the bytes afterwards.</summary>
    public SendResult TrySend(ReadOnlyMemory<byte> frame, TimeSpan now)
    {
        if (frame.Length > options.MaxFrameBytes)
        {
            return SendResult.TooLarge;
        }

        Want(now);
        if (IsUnreachable)
        {
            return SendResult.Unreachable;
        }

        return _stream.TryEnqueue(frame) ? SendResult.Queued : SendResult.Full;
    }

    /// <summary>Asks for a connection, with or without frames.</summary>
    public void Want(TimeSpan now)
    {
        if (!IsConnected)
        {
            _downSince ??= now;
        }
    }

    /// <summary>Begins an attempt to connect if one is due.</summary>
    public bool TryBeginDial(TimeSpan now, out int dial)
    {
        dial = 0;
        if (IsConnected || _dial != 0 || _downSince is null || now < _nextDial)
        {
            return false;
        }

        dial = _dial = ++_dials;
        _dialCommitted = false;
        return true;
    }

    /// <summary>The other node has proven itself. False when the attempt is not wanted any more; else the own proof must follow, with this position.</summary>
    public bool TryCommitDial(int dial, NodeIncarnation incarnation, out LinkPosition position)
    {
        position = PositionFor(incarnation);
        _dialCommitted |= _dial == dial;
        return _dial == dial;
    }

    /// <summary>The attempt failed, at whatever stage; the next one waits longer.</summary>
    public void FailDial(int dial, TimeSpan now)
    {
        if (_dial == dial)
        {
            _dial = 0;
            _dialCommitted = false;
            _nextDial = now + Backoff(_failures++);
        }
    }

    /// <summary>The other side took the connection. Null when it is not wanted any more, or the position makes no sense.</summary>
    public LinkUp? CompleteDial(int dial, NodeIncarnation incarnation, LinkPosition welcome, TimeSpan now)
    {
        if (_dial != dial || welcome.Stream == 0)
        {
            return null;
        }

        if (CanGoOn(incarnation, welcome))
        {
            return GoOn(welcome, now);
        }

        return welcome.Received == 0 ? Renew(incarnation, welcome.Stream, now) : null;
    }

    /// <summary>Notes how things stand when another node says hello, for <see cref="MayAccept"/>.</summary>
    public int BeginAccept() => _connections;

    /// <summary>Whether a connection whose dialer has proven itself is to be taken.</summary>
    /// <param name="ticket">From <see cref="BeginAccept"/>: what was begun before another connection stood is out of date.</param>
    public bool MayAccept(int ticket) => ticket == _connections && !(_dial != 0 && _dialCommitted && _ownDialWins);

    /// <summary>Takes the connection, in place of any other.</summary>
    /// <param name="incarnation">Whose it is.</param>
    /// <param name="offered">From where the other side could go on.</param>
    /// <param name="freshName">Random, for a stream that begins anew.</param>
    /// <param name="now">Now.</param>
    public LinkUp Accept(NodeIncarnation incarnation, LinkPosition offered, ulong freshName, TimeSpan now)
    {
        if (CanGoOn(incarnation, offered))
        {
            return GoOn(offered, now);
        }

        var up = Renew(incarnation, freshName, now);
        _isConfirmed = false;
        return up;
    }

    /// <summary>The connection is gone.</summary>
    public void Drop(int connection, TimeSpan now)
    {
        if (!IsCurrent(connection))
        {
            return;
        }

        _connection = 0;
        _downSince = now;
        IsUnreachable = _saidGoodbye;

        // The node whose connection would win tries first.
        _nextDial = now + (_ownDialWins ? TimeSpan.Zero : options.BackoffMin);
    }

    /// <summary>Whether a connection is the one that stands.</summary>
    public bool IsCurrent(int connection) => connection != 0 && connection == _connection;

    private LinkPosition PositionFor(NodeIncarnation incarnation) =>
        incarnation == _streamPeer ? new LinkPosition(_stream.Name, _stream.Received) : default;

    private bool CanGoOn(NodeIncarnation incarnation, LinkPosition position) =>
        position.Stream != 0
        && position.Stream == _stream.Name
        && incarnation == _streamPeer
        && _stream.CanGoOnAfter(position.Received);

    private LinkUp GoOn(LinkPosition position, TimeSpan now)
    {
        var again = _stream.GoOnAfter(position.Received);
        return Stand(again, lost: [], now);
    }

    /// <summary>What was written may have arrived, so it is not written again; what was not goes to whoever answers now.</summary>
    private LinkUp Renew(NodeIncarnation incarnation, ulong name, TimeSpan now)
    {
        var lost = _stream.Unconfirmed();
        var kept = _stream.TakeUnwritten();
        _stream = new LinkStream(name, options);
        _streamPeer = incarnation;
        foreach (var frame in kept)
        {
            _stream.TryEnqueue(frame);
        }

        return Stand(again: 0, lost, now);
    }

    private LinkUp Stand(int again, List<ReadOnlyMemory<byte>> lost, TimeSpan now)
    {
        _connection = ++_connections;
        _isConfirmed = true;
        _dial = 0;
        _dialCommitted = false;
        _failures = 0;
        _downSince = null;
        IsUnreachable = false;
        BeginHeartbeat(now);
        return new LinkUp(_connection, new LinkPosition(_stream.Name, _stream.Received), again, lost);
    }

    private TimeSpan Backoff(int failures)
    {
        var wait = options.BackoffMin * Math.Pow(2, Math.Min(failures, 16));
        var bounded = wait < options.BackoffMax ? wait : options.BackoffMax;
        return bounded * (1 - (options.Jitter() / 2));
    }
}

/// <summary>A connection stands.</summary>
/// <param name="Connection">Its number.</param>
/// <param name="Position">From where the other side goes on.</param>
/// <param name="Again">Frames that are written a second time.</param>
/// <param name="Lost">Frames of which nobody knows whether they arrived, and that are not written again.</param>
public readonly record struct LinkUp(int Connection, LinkPosition Position, int Again, List<ReadOnlyMemory<byte>> Lost);
