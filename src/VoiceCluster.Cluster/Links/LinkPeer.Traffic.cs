namespace VoiceCluster.Cluster.Links;

/// <content>What goes over the connection that stands, and what time alone brings.</content>
public sealed partial class LinkPeer
{
    private TimeSpan _lastHeard;
    private TimeSpan _nextPing;
    private ulong? _pong;
    private bool _saidGoodbye;

    // What is written into a stream that the other side does not have would be lost with the welcome.
    private bool _isConfirmed;
    private bool _toldUnreachable;

    /// <summary>The last time from ping to pong; null before the first.</summary>
    public TimeSpan? RoundTrip { get; private set; }

    /// <summary>Frames that wait, written ones among them.</summary>
    public int Waiting => _stream.Count;

    /// <summary>Fills a packet with what is to be written now. Nothing is written to it when there is nothing, or the connection is not the present one.</summary>
    /// <returns>How many frames it has.</returns>
    public int Write(int connection, FrameWriter packet, TimeSpan now)
    {
        if (!IsCurrent(connection))
        {
            return 0;
        }

        if (_pong is { } token)
        {
            LinkPackets.WritePong(packet, token);
            _pong = null;
        }

        if (now >= _nextPing)
        {
            LinkPackets.WritePing(packet, (ulong)now.Ticks);
            _nextPing = now + options.HeartbeatInterval;
        }

        return _isConfirmed ? _stream.Write(packet) : 0;
    }

    /// <summary>Takes a packet apart.</summary>
    /// <param name="connection">The connection that it came on.</param>
    /// <param name="packet">The packet; the frames are slices of it.</param>
    /// <param name="frames">Gets the frames that came for the first time, in order.</param>
    /// <param name="now">Now.</param>
    /// <returns>What to do next; a connection that breaks the protocol is to be closed.</returns>
    public LinkReceipt Receive(int connection, ReadOnlyMemory<byte> packet, List<ReadOnlyMemory<byte>> frames, TimeSpan now)
    {
        if (!IsCurrent(connection))
        {
            return LinkReceipt.Outdated;
        }

        _lastHeard = now;
        _isConfirmed = true;
        var reader = new FrameReader(packet);
        while (!reader.Rest.IsEmpty)
        {
            if (!LinkPackets.TryRead(ref reader, out var item) || !Take(item, frames, now))
            {
                return LinkReceipt.Violation;
            }
        }

        return _pong is not null || _stream.OwesAcknowledgementNow || _stream.HasWaiting ? LinkReceipt.Write : LinkReceipt.Taken;
    }

    /// <summary>What has to be done because time has passed. To be called several times a second.</summary>
    /// <param name="now">Now.</param>
    /// <param name="lost">Gets the frames that are given up.</param>
    public LinkDue Tick(TimeSpan now, List<ReadOnlyMemory<byte>> lost)
    {
        if (IsConnected)
        {
            return TickConnected(now);
        }

        if (_downSince is not { } since)
        {
            return LinkDue.None;
        }

        var due = LinkDue.None;
        IsUnreachable |= now - since >= options.UnreachableAfter;
        if (IsUnreachable && !_toldUnreachable)
        {
            _toldUnreachable = true;
            due |= LinkDue.TellUnreachable;
            lost.AddRange(_stream.TakeUnwritten());
        }

        if ((_saidGoodbye || now - since >= options.KeepFor) && _stream.Name != 0)
        {
            lost.AddRange(_stream.Unconfirmed());
            lost.AddRange(_stream.TakeUnwritten());
            _stream = new LinkStream(name: 0, options);
        }

        return _dial == 0 && now >= _nextDial ? due | LinkDue.Dial : due;
    }

    private LinkDue TickConnected(TimeSpan now)
    {
        if (now - _lastHeard >= options.SilenceDeadline)
        {
            return LinkDue.Abort;
        }

        return now >= _nextPing || _stream.OwesAcknowledgement ? LinkDue.Write : LinkDue.None;
    }

    private void BeginHeartbeat(TimeSpan now)
    {
        _lastHeard = now;
        _nextPing = now;
        _pong = null;
        _saidGoodbye = false;
        _toldUnreachable = false;
    }

    private bool Take(in LinkItem item, List<ReadOnlyMemory<byte>> frames, TimeSpan now)
    {
        switch (item.Kind)
        {
            case LinkItemKind.Data:
                return item.Frame.Length <= options.MaxFrameBytes && Arrive(item, frames);
            case LinkItemKind.Acknowledgement:
                return _stream.Acknowledge(item.Number);
            case LinkItemKind.Ping:
                _pong = item.Number;
                return true;
            case LinkItemKind.Pong:
                return NoteRoundTrip(item.Number, now);
            default:
                _saidGoodbye = true;
                return true;
        }
    }

    private bool Arrive(in LinkItem item, List<ReadOnlyMemory<byte>> frames)
    {
        var arrival = _stream.Arrive(item.Number);
        if (arrival == LinkArrival.InOrder)
        {
            frames.Add(item.Frame);
        }

        return arrival != LinkArrival.Gap;
    }

    private bool NoteRoundTrip(ulong token, TimeSpan now)
    {
        var sent = TimeSpan.FromTicks((long)Math.Min(token, long.MaxValue));
        if (sent > now)
        {
            return false;
        }

        RoundTrip = now - sent;
        return true;
    }
}

/// <summary>What became of a packet.</summary>
public enum LinkReceipt
{
    /// <summary>Taken.</summary>
    Taken,

    /// <summary>Taken, and there is something to write.</summary>
    Write,

    /// <summary>It came on a connection that another has replaced.</summary>
    Outdated,

    /// <summary>It breaks the protocol.</summary>
    Violation,
}

/// <summary>What time asks for.</summary>
[Flags]
public enum LinkDue
{
    None = 0,

    /// <summary>Write on the connection.</summary>
    Write = 1,

    /// <summary>Give the connection up: nothing has come for too long.</summary>
    Abort = 2,

    /// <summary>Try to connect.</summary>
    Dial = 4,

    /// <summary>Tell who watches that the node is not reachable.</summary>
    TellUnreachable = 8,
}
