using VoiceCluster.Domain.Media;
using VoiceCluster.Media.Discovery;
using VoiceCluster.Media.Forwarding;
using VoiceCluster.Media.Relay;
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

    /// <summary>After so many datagrams the clock is read again: a tenth of a millisecond's work, of which reading it is a thousandth.</summary>
    private const int SendsPerReading = 64;

    private readonly WorkerContext _context;
    private readonly WorkerInbox _inbox;
    private readonly SendQueue _send;
    private readonly DiscoveryResponder _discovery;
    private readonly FanOut _fanOut;
    private readonly RtpForwarder _rtp;
    private readonly RtcpHandler _rtcp;
    private readonly SendQueue? _relayQueue;
    private readonly RelaySender _relaySender;
    private readonly RelayReceiver _relayReceiver;
    private readonly RelayReporter _relayReporter;
    private readonly ReceiverReporter _reporter;
    private readonly KeyFrameRequester _keyFrames;
    private readonly Func<WorkerTime> _readClock;
    private long _lastBatchAt = long.MinValue;
    private long _nextTickAt;
    private readonly int _worker;
    private OverloadGuard _overload;
    private WorkerTime _time;
    private long _restedNanoseconds;
    private long _sentWhenRead;
    private long? _heldUntil;
    private bool _isDroppingBacklog;
    private bool _wasFull;

    public PacketProcessor(
        int worker, MediaOptions options, IDatagramSocket socket, WorkerInbox inbox, WorkerCounters counters, WorkerEdges edges, Func<WorkerTime> readClock, IDatagramSocket? relaySocket = null)
    {
        _worker = worker;
        _inbox = inbox;
        _readClock = readClock;
        _send = new SendQueue(socket, counters, options.BatchSize);
        _relayQueue = relaySocket is null ? null : new SendQueue(relaySocket, counters, options.BatchSize);
        _context = new WorkerContext(new WorkerLimits(options), counters, edges, _send, inbox);
        _overload = new OverloadGuard(_context.Limits.MaximumAgeNanoseconds, (ulong)Random.Shared.NextInt64());
        var admission = new PacketAdmission(_context);
        var sender = new SessionSender(_context);
        _reporter = new ReceiverReporter(_context, sender);
        _discovery = new DiscoveryResponder(_context);
        _fanOut = new FanOut(_context, sender);
        _relaySender = new RelaySender(_context, _relayQueue);
        var relayRequester = new RelayRequester(_context, _relaySender);
        var senders = new VideoSenders(_context, sender);
        var reports = new SenderReportForwarder(_context, sender, _fanOut);
        var retransmissions = new RetransmissionRequester(_context, sender, senders, relayRequester);
        _keyFrames = new KeyFrameRequester(_context, sender, senders, relayRequester);
        _relayReceiver = new RelayReceiver(_context, inbox, _fanOut, _keyFrames, new RelayFeedback(reports, retransmissions));
        _relayReporter = new RelayReporter(_context, inbox.Links, _relaySender);
        _rtp = new RtpForwarder(_context, admission, _fanOut, _relaySender, _reporter);
        _rtcp = new RtcpHandler(_context, admission, reports, _keyFrames, retransmissions, relayRequester);
        Recover();
    }

    /// <summary>Whether packets are shed, because there are more than can be forwarded.</summary>
    public bool IsOverloaded => _overload.IsOverloaded;

    /// <summary>Takes a batch, which may be empty, through everything, and sends what comes of it.</summary>
    /// <param name="batch">What clients sent.</param>
    /// <param name="time">Now.</param>
    /// <param name="relayed">What other workers sent.</param>
    /// <param name="rested">For how long nothing was taken in before, on purpose.</param>
    /// <returns>How long the oldest datagram of a client had waited, in nanoseconds, beyond that.</returns>
    public long Process(ReceiveBatch batch, WorkerTime time, ReceiveBatch? relayed = null, TimeSpan rested = default)
    {
        Enter(time);
        AskForPictures();
        WatchForStandstill(batch, relayed, time.Now);
        _restedNanoseconds = rested.Ticks * TimeSpan.NanosecondsPerTick;
        var oldest = batch.Count > 0 ? AgeOf(batch, 0) : 0;
        _overload.Observe(oldest, time.Now);
        for (var i = 0; i < batch.Count; i++)
        {
            ReadClockAgain();
            var reason = Process(batch, i);
            if (reason != PacketDropReason.None)
            {
                _context.Drop(reason);
            }
        }

        if (relayed is not null)
        {
            ProcessRelayed(relayed);
        }

        _fanOut.Flush();
        if (time.Now >= _nextTickAt)
        {
            _nextTickAt = time.Now + TickInterval;
            _reporter.Tick();
            _keyFrames.Tick();
            _relayReporter.Tick();
        }

        _send.Flush();
        _relaySender.Flush();
        if (batch.Count > 0)
        {
            _context.Counters.CountBatch();
        }

        return oldest;
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

    public void Dispose()
    {
        _send.Dispose();
        _relayQueue?.Dispose();
    }

    // A worker takes over what the one before it left: sessions as they are, except for what cannot be known for certain (how much of a
    // block of nonces was used) and what only the other one had noted (requests that were waiting).
    private void Recover()
    {
        _context.Table = _inbox.Table;
        _inbox.UpdateSinks();
        while (_inbox.TryTakeRetired(_context.Table.Version, out var retired))
        {
            _inbox.Free(retired);
        }

        _context.Bindings.Rebuild(_context.Table);
        _reporter.Rebuild(_context.Table);
        foreach (var session in _context.Table.Sessions.All())
        {
            _context.Sinks[session.Slot].Nonces.SkipToNextBlock();
            session.Transport?.Nonces.Value.SkipToNextBlock();
            session.OtherTransport?.Nonces.Value.SkipToNextBlock();
            session.Sources.ForgetWaiting();
        }
    }

    private void Enter(WorkerTime time)
    {
        _time = time;
        _context.Now = time.Now;
        _sentWhenRead = _context.Counters.PacketsOut;
        _context.Table = _inbox.Table;
        _inbox.UpdateSinks();
        while (_inbox.TryTakeRetired(_context.Table.Version, out var retired))
        {
            if (retired.Session is { } session)
            {
                _context.Bindings.Remove(session);
                _reporter.Remove(session);
                _keyFrames.Remove(session);
            }

            _inbox.Free(retired);
        }
    }

    // In a big channel a batch is a lot of work: what waits behind it must not pass for young, nor be forwarded by a plan that has been replaced.
    // What was accepted before goes to whom it was accepted for, while all of them are still there.
    private void ReadClockAgain()
    {
        if (_context.Counters.PacketsOut - _sentWhenRead >= SendsPerReading)
        {
            _fanOut.Flush();
            Enter(_readClock());
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
    private void WatchForStandstill(ReceiveBatch batch, ReceiveBatch? relayed, long now)
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

        _wasFull = batch.Count == batch.Capacity || (relayed is not null && relayed.Count == relayed.Capacity);
        _lastBatchAt = now;
    }

    // What waited because the loop rested is no older for it.
    private long AgeOf(ReceiveBatch batch, int index)
    {
        var receivedAt = batch.ReceivedAt(index);
        return receivedAt == 0 ? 0 : Math.Max(0, _time.UnixNanoseconds - receivedAt - _restedNanoseconds);
    }

    private PacketDropReason Process(ReceiveBatch batch, int index)
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

        return Dispatch(datagram, batch.Source(index), AgeOf(batch, index));
    }

    private void ProcessRelayed(ReceiveBatch relayed)
    {
        for (var i = 0; i < relayed.Count; i++)
        {
            ReadClockAgain();
            _context.Counters.CountReceived(relayed.Datagram(i).Length);
            var reason = ProcessRelayed(relayed, i);
            if (reason != PacketDropReason.None)
            {
                _context.Drop(reason);
            }
        }
    }

    private PacketDropReason ProcessRelayed(ReceiveBatch relayed, int index)
    {
        if (_isDroppingBacklog)
        {
            return PacketDropReason.Backlog;
        }

        if (relayed.IsTruncated(index))
        {
            return PacketDropReason.TooLong;
        }

        var reason = JudgeMedia(AgeOf(relayed, index));
        return reason == PacketDropReason.None ? _relayReceiver.Handle(relayed.Datagram(index)) : reason;
    }

    // Questions are answered however long they waited: they cost little, and some clients ask once only.
    private PacketDropReason Dispatch(Span<byte> datagram, Ipv4Endpoint from, long age) => DatagramClassifier.Classify(datagram) switch
    {
        DatagramKind.Rtp => JudgeMedia(age) is var reason and not PacketDropReason.None ? reason : _rtp.Handle(datagram, from),
        DatagramKind.Rtcp => JudgeMedia(age) is var reason and not PacketDropReason.None ? reason : _rtcp.Handle(datagram, from),
        DatagramKind.Keepalive => _discovery.Echo(datagram, from),
        DatagramKind.NativePing => _discovery.Ping(datagram, from),
        DatagramKind.IpDiscovery or DatagramKind.LegacyIpDiscovery => _discovery.Discover(datagram, from),
        _ => PacketDropReason.NotServed,
    };

    private PacketDropReason JudgeMedia(long age) => _heldUntil is null ? _overload.Judge(age) : PacketDropReason.UnconfirmedPlan;
}
