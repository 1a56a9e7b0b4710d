using System.Diagnostics.CodeAnalysis;

namespace VoiceCluster.Protocol.Lvsp;

/// <summary>The server's side of one LVSP WebSocket, without the socket.</summary>
/// <remarks>
/// <para>
/// Feed one input or command, drain <see cref="TryPoll"/>, then wait for the next input or <see cref="NextTimeout"/>. HELLO is
/// ready to be polled after construction. <c>now</c> is monotonic and never goes back.
/// </para>
/// <para>
/// The session is not in here: its owner keeps it, with its <see cref="LvspOutbox"/>, and it outlives the connection.
/// A connection that closes ends no call.
/// </para>
/// <para>Not thread safe; no call overlaps another. No input makes it throw. Source: <c>docs/lvsp.md</c>.</para>
/// </remarks>
public sealed class LvspConnection
{
    // What a backend may send between its IDENTIFY and our READY without waiting; a handful is usual.
    private const int MaxEarlyMessages = 64;

    private readonly LvspConnectionOptions _options;
    private readonly LvspTokenCheck _tokens;
    private readonly LvspTimers _timers = new();
    private readonly LvspHeartbeatWatch _heartbeats;
    private readonly LvspMinuteLimit _badMessages;
    private readonly Queue<LvspOutput> _outputs = new();
    private readonly Queue<byte[]> _early = new();
    private readonly LvspWaitingFrames _waiting;
    private TimeSpan _lastLife = TimeSpan.MinValue;
    private bool _isResuming;

    /// <summary>Begins with HELLO.</summary>
    /// <param name="options">Secrets and limits.</param>
    /// <param name="nonce">From <see cref="LvspNonce.Create"/>, new for each connection.</param>
    /// <param name="now">Monotonic time.</param>
    public LvspConnection(LvspConnectionOptions options, string nonce, TimeSpan now)
    {
        _options = options;
        _tokens = new LvspTokenCheck(options.Secrets, nonce);
        _waiting = new LvspWaitingFrames(options.MaxWaitingMessages, options.MaxWaitingBytes);
        _heartbeats = new LvspHeartbeatWatch(options.HeartbeatInterval, options.RequireHeartbeat);
        _badMessages = new LvspMinuteLimit(options.MaxBadMessagesPerMinute);
        _timers[LvspTimer.Authentication] = now + options.AuthenticationTimeout;
        _timers[LvspTimer.Ping] = options.SocketWatchesSilence ? null : now + options.PingInterval;
        ShowLife(now);
        Send(LvspServerFrames.Hello(AnnouncedInterval(options), nonce), isLimited: false);
    }

    /// <summary>Where it stands.</summary>
    public LvspConnectionState State { get; private set; }

    /// <summary>What READY and every heartbeat's answer say from now on; the owner sets it.</summary>
    public LvspHealth Health { get; set; } = LvspHealth.Best;

    /// <summary>The highest number sent in this session, over this connection or an earlier one.</summary>
    public long HighestSent { get; private set; }

    /// <summary>The form the backend used last in this session; null when it has used none.</summary>
    public LvspForm? CurrentForm { get; private set; }

    /// <summary>The form for what nobody asked for. Answers go in the form of their request.</summary>
    public LvspForm FormOfUnaskedNotices =>
        _options.LitecordCompatibility ? LvspForm.Litecord : CurrentForm ?? LvspForm.Litecord;

    /// <summary>For <see cref="LvspOutbox.TryAppend"/>.</summary>
    public bool LitecordCompatibility => _options.LitecordCompatibility;

    /// <summary>The longest frame to read now; on a longer one call <see cref="HandleTooLarge"/> and read no further.</summary>
    public int MaxFrameBytes => State == LvspConnectionState.WaitingForAuthentication || IsAwaitingResume
        ? _options.MaxFrameBytesBeforeAuthentication
        : _options.MaxFrameBytes;

    // The token of a RESUME that names no session of ours proves nothing until the owner has found it.
    private bool IsAwaitingResume => State == LvspConnectionState.WaitingForOwner && _isResuming;

    /// <summary>When to call <see cref="HandleTimeout"/>; null when closed.</summary>
    public TimeSpan? NextTimeout => _timers.Next;

    /// <summary>Takes one text frame.</summary>
    /// <param name="utf8">The whole message; not kept.</param>
    /// <param name="now">Monotonic time.</param>
    public void HandleText(ReadOnlySpan<byte> utf8, TimeSpan now)
    {
        if (State == LvspConnectionState.Closed)
        {
            return;
        }

        ShowLife(now);
        if (utf8.Length > MaxFrameBytes)
        {
            HandleTooLarge();
        }
        else if (State == LvspConnectionState.WaitingForOwner)
        {
            Defer(utf8);
        }
        else
        {
            HandleFrame(utf8, now);
        }
    }

    /// <summary>A binary frame came; LVSP has none.</summary>
    public void HandleBinary() => Close(LvspCloseCode.DecodeError, LvspCloseReason.BinaryFrame);

    /// <summary>A frame is longer than <see cref="MaxFrameBytes"/>.</summary>
    public void HandleTooLarge() => Close(LvspCloseCode.MessageTooBig, LvspCloseReason.FrameTooLarge);

    /// <summary>A pong, or any other sign of life that is no frame, came.</summary>
    /// <param name="seen">When; may lie in the past, and changes nothing if life was seen later.</param>
    public void HandlePong(TimeSpan seen)
    {
        if (State != LvspConnectionState.Closed)
        {
            ShowLife(seen);
        }
    }

    /// <summary>The socket has taken the oldest <see cref="LvspOutput.SendText"/> that was not yet reported.</summary>
    public void HandleSent() => _waiting.HandleSent();

    /// <summary>The peer closed, or the socket broke. Nothing more comes out.</summary>
    public void HandlePeerClosed()
    {
        _outputs.Clear();
        End();
    }

    /// <summary>Acts on every deadline that has passed; none is no error.</summary>
    public void HandleTimeout(TimeSpan now)
    {
        if (_timers.IsDue(LvspTimer.Authentication, now))
        {
            Close(LvspCloseCode.AuthenticationFailed, LvspCloseReason.AuthenticationTimeout);
        }
        else if (_timers.IsDue(LvspTimer.Answer, now))
        {
            Close(LvspCloseCode.GeneralError, LvspCloseReason.Unavailable);
        }
        else if (_timers.IsDue(LvspTimer.Silence, now) || _timers.IsDue(LvspTimer.Heartbeat, now))
        {
            Close(LvspCloseCode.GeneralError, LvspCloseReason.HeartbeatTimeout);
        }
        else if (_timers.IsDue(LvspTimer.Ping, now))
        {
            _timers[LvspTimer.Ping] = now + _options.PingInterval;
            _outputs.Enqueue(new LvspOutput.SendPing());
        }
    }

    /// <summary>Takes the next output; false when there is none.</summary>
    public bool TryPoll([NotNullWhen(true)] out LvspOutput? output) => _outputs.TryDequeue(out output);

    /// <summary>Answers <see cref="LvspOutput.Authenticated"/>: the session is made, READY goes out.</summary>
    /// <returns>False when the connection closed meanwhile.</returns>
    /// <exception cref="InvalidOperationException">Nothing was asked.</exception>
    public bool AcceptIdentify(string sessionId, LvspHealth health, TimeSpan now)
    {
        if (!IsAwaitingOwner(resuming: false))
        {
            return false;
        }

        GoLive(sessionId, health, now);
        return true;
    }

    /// <summary>Answers <see cref="LvspOutput.ResumeRequested"/>: replays, then READY.</summary>
    /// <returns>False when the connection closed meanwhile; the session then stays without a socket.</returns>
    /// <exception cref="InvalidOperationException">Nothing was asked.</exception>
    public bool AcceptResume(LvspResumption resumption, LvspHealth health, TimeSpan now)
    {
        if (!IsAwaitingOwner(resuming: true))
        {
            return false;
        }

        // What is replayed was kept within its own limits and does not count as waiting.
        foreach (var message in resumption.Messages)
        {
            Send(message, isLimited: false);
        }

        HighestSent = resumption.HighestSent;
        CurrentForm = resumption.Form;
        GoLive(resumption.SessionId, health, now);
        return true;
    }

    /// <summary>Answers <see cref="LvspOutput.ResumeRequested"/>: 4001 for an unknown session, 4000 when it cannot be replayed.</summary>
    public void RejectResume(LvspCloseCode code, string reason) => Close(code, reason);

    /// <summary>Closes for a reason of the owner: no room for a session, resumed elsewhere, and the like.</summary>
    public void Reject(LvspCloseCode code, string reason) => Close(code, reason);

    /// <summary>Sends an INFO of the session's outbox.</summary>
    /// <remarks>
    /// Nodes that append to one session may hand their frames over in another order than they were numbered. Numbers leave here in
    /// order and once: after <see cref="LvspSendResult.Gap"/> the owner reads what is missing, from <see cref="HighestSent"/> on, and
    /// sends it; after an Accept it looks for what was appended meanwhile in the same way.
    /// </remarks>
    public LvspSendResult Send(LvspNumberedFrame numbered)
    {
        if (State != LvspConnectionState.Live)
        {
            return LvspSendResult.NotLive;
        }

        if (numbered.SequenceNumber != HighestSent + 1)
        {
            return numbered.SequenceNumber <= HighestSent ? LvspSendResult.AlreadySent : LvspSendResult.Gap;
        }

        HighestSent++;
        Send(numbered.Frame, isLimited: true);
        return State == LvspConnectionState.Live ? LvspSendResult.Sent : LvspSendResult.NotLive;
    }

    /// <summary>The session went on over another socket.</summary>
    public void CloseResumedElsewhere() => Close(LvspCloseCode.GeneralError, LvspCloseReason.ResumedElsewhere);

    /// <summary>The node shuts down; the backend may resume elsewhere.</summary>
    public void BeginShutdown() => Close(LvspCloseCode.GoingAway, LvspCloseReason.ShuttingDown);

    private void HandleFrame(ReadOnlySpan<byte> utf8, TimeSpan now)
    {
        if (!LvspFrameReader.TryRead(utf8, out var frame, out _))
        {
            Close(LvspCloseCode.DecodeError, LvspCloseReason.NotDecodable);
        }
        else if (State == LvspConnectionState.WaitingForAuthentication)
        {
            HandleFirst(frame, now);
        }
        else
        {
            HandleLive(frame, now);
        }
    }

    private void HandleFirst(LvspFrame frame, TimeSpan now)
    {
        switch (frame)
        {
            case LvspFrame.Identify identify:
                AwaitOwner(_tokens.Check(identify), resuming: false, now);
                break;
            case LvspFrame.Resume resume:
                AwaitOwner(_tokens.Check(resume), resuming: true, now);
                break;
            default:
                Close(LvspCloseCode.AuthenticationFailed, LvspCloseReason.NotAuthenticated);
                break;
        }
    }

    private void AwaitOwner(LvspOutput? question, bool resuming, TimeSpan now)
    {
        if (question is null)
        {
            Close(LvspCloseCode.AuthenticationFailed, LvspCloseReason.WrongToken);
            return;
        }

        State = LvspConnectionState.WaitingForOwner;
        _isResuming = resuming;
        _timers[LvspTimer.Authentication] = null;
        _timers[LvspTimer.Answer] = now + _options.AnswerTimeout;
        _outputs.Enqueue(question);
    }

    private bool IsAwaitingOwner(bool resuming)
    {
        if (State == LvspConnectionState.Closed)
        {
            return false;
        }

        return State == LvspConnectionState.WaitingForOwner && _isResuming == resuming
            ? true
            : throw new InvalidOperationException("The connection has not asked for this.");
    }

    private void GoLive(string sessionId, LvspHealth health, TimeSpan now)
    {
        Health = health;
        State = LvspConnectionState.Live;
        _timers[LvspTimer.Answer] = null;
        _timers[LvspTimer.Heartbeat] = _heartbeats.Start(now);
        Send(LvspServerFrames.Ready(health, sessionId, _isResuming), isLimited: false);
        while (State == LvspConnectionState.Live && _early.TryDequeue(out var frame))
        {
            HandleFrame(frame, now);
        }
    }

    /// <summary>Keeps what comes between a token and READY: nothing may be answered before READY.</summary>
    private void Defer(ReadOnlySpan<byte> utf8)
    {
        if (_early.Count >= MaxEarlyMessages || _early.Sum(frame => frame.Length) + utf8.Length > MaxFrameBytes)
        {
            Close(LvspCloseCode.GeneralError, LvspCloseReason.TooManyEarlyMessages);
            return;
        }

        _early.Enqueue(utf8.ToArray());
    }

    private void HandleLive(LvspFrame frame, TimeSpan now)
    {
        switch (frame)
        {
            case LvspFrame.Heartbeat heartbeat:
                HandleHeartbeat(heartbeat.SequenceNumber, now);
                break;
            case LvspFrame.Request request:
                CurrentForm = request.Asked.Form;
                _outputs.Enqueue(new LvspOutput.RequestReceived(request.Asked));
                break;
            case LvspFrame.Skipped skipped:
                HandleSkipped(skipped, now);
                break;
            case LvspFrame.Unexpected:
                Close(LvspCloseCode.GeneralError, LvspCloseReason.UnknownOpcode);
                break;
            default:
                Close(LvspCloseCode.GeneralError, LvspCloseReason.AlreadyAuthenticated);
                break;
        }
    }

    private void HandleHeartbeat(long sequenceNumber, TimeSpan now)
    {
        _timers[LvspTimer.Heartbeat] = _heartbeats.Beat(now);
        if (sequenceNumber > 0)
        {
            _outputs.Enqueue(new LvspOutput.Acknowledged(Math.Min(sequenceNumber, HighestSent)));
        }

        Send(LvspServerFrames.HeartbeatAck(sequenceNumber, HighestSent, Health), isLimited: true);
    }

    private void HandleSkipped(LvspFrame.Skipped skipped, TimeSpan now)
    {
        CurrentForm = skipped.Form ?? CurrentForm;
        _outputs.Enqueue(new LvspOutput.MessageSkipped(skipped));
        if (skipped.Reason != LvspSkipReason.NothingToUpdate && !_badMessages.TryNote(now))
        {
            Close(LvspCloseCode.GeneralError, LvspCloseReason.TooManyBadMessages);
        }
    }

    private void Send(ReadOnlyMemory<byte> frame, bool isLimited)
    {
        _outputs.Enqueue(new LvspOutput.SendText(frame));
        if (!_waiting.TryAdd(frame.Length, isLimited))
        {
            Close(LvspCloseCode.GeneralError, LvspCloseReason.TooSlow);
        }
    }

    private void ShowLife(TimeSpan seen)
    {
        if (!_options.SocketWatchesSilence && seen >= _lastLife)
        {
            _lastLife = seen;
            _timers[LvspTimer.Silence] = seen + _options.SilenceTimeout;
        }
    }

    private void Close(LvspCloseCode code, string reason)
    {
        if (State == LvspConnectionState.Closed)
        {
            return;
        }

        _outputs.Enqueue(new LvspOutput.Close(code, reason));
        End();
    }

    private void End()
    {
        State = LvspConnectionState.Closed;
        _timers.Clear();
        _early.Clear();
    }

    private static long AnnouncedInterval(LvspConnectionOptions options) => options.LitecordCompatibility
        ? Math.Max(1, (long)Math.Ceiling(options.HeartbeatInterval.TotalSeconds))
        : (long)options.HeartbeatInterval.TotalMilliseconds;
}
