using VoiceCluster.Domain.Media;
using VoiceCluster.Media.Discovery;
using VoiceCluster.Media.Forwarding;
using VoiceCluster.Media.Reports;
using VoiceCluster.Protocol.Udp;
using VoiceCluster.Udp;

namespace VoiceCluster.Media.Workers;

/// <summary>A worker without its thread: takes received batches and made time, writes to a socket.</summary>
/// <remarks>
/// No packet makes it throw or allocate, except that a source's first authentic packet allocates what is kept of the source. All calls
/// from one thread.
/// </remarks>
internal sealed class PacketProcessor : IDisposable
{
    private static readonly long TickInterval = TimeSpan.FromMilliseconds(100).Ticks;

    private readonly WorkerContext _context;
    private readonly WorkerInbox _inbox;
    private readonly SendQueue _send;
    private readonly DiscoveryResponder _discovery;
    private readonly RtpForwarder _rtp;
    private readonly RtcpHandler _rtcp;
    private readonly ReceiverReporter _reporter;
    private readonly KeyFrameRequester _keyFrames;
    private long _lastBatchAt = long.MinValue;
    private long _nextTickAt;
    private readonly int _worker;
    private long? _heldUntil;
    private bool _isDroppingBacklog;
    private bool _wasFull;

    public PacketProcessor(int worker, MediaOptions options, IDatagramSocket socket, WorkerInbox inbox, WorkerCounters counters, WorkerEdges edges)
    {
        _worker = worker;
        _inbox = inbox;
        _send = new SendQueue(socket, counters, options.BatchSize);
        _context = new WorkerContext(new WorkerLimits(options), counters, edges, _send);
        var admission = new PacketAdmission(_context);
        var sender = new SessionSender(_context);
        _reporter = new ReceiverReporter(_context, sender);
        _keyFrames = new KeyFrameRequester(_context, sender);
        _discovery = new DiscoveryResponder(_context);
        _rtp = new RtpForwarder(_context, admission, new FanOut(_context, sender), _reporter);
        _rtcp = new RtcpHandler(_context, admission, sender, _keyFrames);
        Recover();
    }

    /// <summary>Takes a batch, which may be empty, through everything, and sends what comes of it.</summary>
    public void Process(ReceiveBatch batch, WorkerTime time)
    {
        _context.Now = time.Now;
        EnterTable();
        AskForPictures();
        WatchForStandstill(batch, time.Now);
        for (var i = 0; i < batch.Count; i++)
        {
            var reason = Process(batch, i, time);
            if (reason != PacketDropReason.None)
            {
                _context.Drop(reason);
            }
        }

        if (time.Now >= _nextTickAt)
        {
            _nextTickAt = time.Now + TickInterval;
            _reporter.Tick();
            _keyFrames.Tick();
        }

        _send.Flush();
        if (batch.Count > 0)
        {
            _context.Counters.CountBatch();
        }
    }

    /// <summary>Counts how long the batch's datagrams took from the kernel to <paramref name="after"/>.</summary>
    public void CountResidence(ReceiveBatch batch, WorkerTime after)
    {
        for (var i = 0; i < batch.Count; i++)
        {
            var receivedAt = batch.ReceivedAt(i);
            if (receivedAt != 0)
            {
                _context.Counters.CountResidence(Math.Max(0, after.UnixNanoseconds - receivedAt));
            }
        }
    }

    public void Dispose() => _send.Dispose();

    // A worker takes over what the one before it left: sessions as they are, except for what cannot be known for certain (how much of a
    // block of nonces was used) and what only the other one had noted (requests that were waiting).
    private void Recover()
    {
        _context.Table = _inbox.Table;
        while (_inbox.TryTakeRetired(_context.Table.Version, out var retired))
        {
            retired.Transport?.Dispose();
            retired.Session?.Dispose();
        }

        _context.Bindings.Rebuild(_context.Table);
        _reporter.Rebuild(_context.Table);
        foreach (var session in _context.Table.Sessions.All())
        {
            session.Transport?.Nonces.SkipToNextBlock();
            session.OtherTransport?.Nonces.SkipToNextBlock();
            session.Sources.ForgetWaiting();
        }
    }

    private void EnterTable()
    {
        _context.Table = _inbox.Table;
        while (_inbox.TryTakeRetired(_context.Table.Version, out var retired))
        {
            retired.Transport?.Dispose();
            if (retired.Session is { } session)
            {
                _context.Bindings.Remove(session);
                _reporter.Remove(session);
                _keyFrames.Remove(session);
                session.Dispose();
            }
        }
    }

    private void AskForPictures()
    {
        while (_inbox.TryTakeWatching(out var viewer))
        {
            // One that was closed meanwhile is in no table.
            if (_context.Table.Sessions.Find(viewer.Sources.First.Value) == viewer)
            {
                _keyFrames.AskForAll(viewer);
            }
        }
    }

    // A full batch may have more of the same behind it; one that is not has taken all there was.
    private void WatchForStandstill(ReceiveBatch batch, long now)
    {
        var hasStoodStill = _lastBatchAt != long.MinValue && now - _lastBatchAt > _context.Limits.Standstill;
        _isDroppingBacklog = hasStoodStill || (_isDroppingBacklog && _wasFull);
        if (hasStoodStill)
        {
            // Others may have taken channels over meanwhile; if nobody can say, the plans at hand are the best there is.
            _heldUntil = now + _context.Limits.Standstill;
            _inbox.TryTakeConfirmation();
            _context.Tell(new MediaEdge.WorkerStalled(_worker));
        }
        else if (_heldUntil is { } heldUntil && (now >= heldUntil || _inbox.TryTakeConfirmation()))
        {
            _heldUntil = null;
        }

        _wasFull = batch.Count == batch.Capacity;
        _lastBatchAt = now;
    }

    private PacketDropReason Process(ReceiveBatch batch, int index, WorkerTime time)
    {
        var datagram = batch.Datagram(index);
        _context.Counters.CountReceived(datagram.Length);
        if (_isDroppingBacklog)
        {
            return PacketDropReason.Backlog;
        }

        if (datagram.Length > _context.Limits.MaximumDatagramBytes || batch.IsTruncated(index))
        {
            return PacketDropReason.TooLong;
        }

        var receivedAt = batch.ReceivedAt(index);
        return receivedAt != 0 && time.UnixNanoseconds - receivedAt > _context.Limits.MaximumAgeNanoseconds
            ? PacketDropReason.TooOld
            : Dispatch(datagram, batch.Source(index));
    }

    private PacketDropReason Dispatch(Span<byte> datagram, Ipv4Endpoint from) => DatagramClassifier.Classify(datagram) switch
    {
        DatagramKind.Rtp or DatagramKind.Rtcp when _heldUntil is not null => PacketDropReason.UnconfirmedPlan,
        DatagramKind.Rtp => _rtp.Handle(datagram, from),
        DatagramKind.Rtcp => _rtcp.Handle(datagram, from),
        DatagramKind.Keepalive => _discovery.Echo(datagram, from),
        DatagramKind.NativePing => _discovery.Ping(datagram, from),
        DatagramKind.IpDiscovery or DatagramKind.LegacyIpDiscovery => _discovery.Discover(datagram, from),
        _ => PacketDropReason.NotServed,
    };
}
