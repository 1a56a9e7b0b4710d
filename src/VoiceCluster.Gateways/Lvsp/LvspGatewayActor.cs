using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Cluster.Lvsp;
using VoiceCluster.Cluster.Messages;
using VoiceCluster.Cluster.Store;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Gateways.Sockets;
using VoiceCluster.Protocol.Lvsp;

namespace VoiceCluster.Gateways.Lvsp;

/// <summary>One backend's link: moves frames between a socket, the connection's state machine and the actors.</summary>
/// <remarks>
/// Requests take effect in the order in which they came: one is under way at a time, the rest wait here, and when too many
/// wait the socket is read no further. What is sent is numbered and kept by the store first, then read from there, so that every
/// node's notices leave in one order.
/// </remarks>
internal sealed partial class LvspGatewayActor(
    GatewaySocket socket,
    ConnectionActivity? activity,
    bool litecordCompatible,
    LvspGatewayServices services) : Actor
{
    /// <summary>Longer than a socket takes to close. A socket that has told of its end to a full mailbox would else be waited for without end.</summary>
    private static readonly TimeSpan CloseDeadline = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(20);

    private static readonly TimeSpan StoreRetryDelay = TimeSpan.FromSeconds(1);

    private readonly Queue<LvspRequest> _requests = new();
    private readonly Queue<GatewaySocket> _unhandled = new();
    private readonly CancellationTokenSource _stopped = new();
    private LvspConnection _connection = null!;
    private LvspSessionRecord? _session;
    private bool _requestUnderWay;
    private readonly UnstoredFrames _unstored = new();
    private LvspForm? _unstoredForm;
    private bool _socketIsGone;
    private int _written;

    private TimeSpan Now => services.Time.GetElapsedTime(0);

    /// <inheritdoc />
    protected override ValueTask StartAsync(CancellationToken cancellation)
    {
        var options = services.Options.Connection with
        {
            LitecordCompatibility = litecordCompatible,
            SocketWatchesSilence = activity is null,
        };
        _connection = new LvspConnection(options, LvspNonce.Create(), Now);
        return DrainAsync(cancellation);
    }

    /// <inheritdoc />
    protected override async ValueTask ReceiveAsync(IActorMessage message, CancellationToken cancellation)
    {
        TakeWritten();
        switch (message)
        {
            case FrameReceived frame:
                Read(frame);
                break;
            case FrameTooLarge:
                _connection.HandleTooLarge();
                break;
            case RequestHandled handled:
                await FinishRequestAsync(handled, cancellation);
                break;
            case OutboxAdvanced advanced when advanced.SessionId == _session?.SessionId:
                await SendFromOutboxAsync(advanced.Sequence, cancellation);
                break;
            case ResumedElsewhere elsewhere when elsewhere.SessionId == _session?.SessionId && elsewhere.Generation > _session.Generation:
                LoseSession();
                _connection.CloseResumedElsewhere();
                break;
            case StoreDue:
                await RetryStoreAsync(cancellation);
                break;
            case LvspDeadline:
                CheckDeadlines();
                break;
            case BeginLvspShutdown:
                _connection.BeginShutdown();
                break;
            case SocketClosed closed:
                await EndAsync(closed, cancellation);
                return;
        }

        await DrainAsync(cancellation);
        ReleaseReader();
    }

    /// <inheritdoc />
    protected override async ValueTask StopAsync()
    {
        await _stopped.CancelAsync();
        _stopped.Dispose();
        socket.Close((int)LvspCloseCode.GeneralError, "internal error");
        await TryDetachAsync(CancellationToken.None);
    }

    /// <summary>Frames that the socket has taken are only counted by its writer: a message each could find the mailbox full.</summary>
    private void TakeWritten()
    {
        for (var written = Interlocked.Exchange(ref _written, 0); written > 0; written--)
        {
            _connection.HandleSent();
        }
    }

    private void Read(FrameReceived frame)
    {
        _unhandled.Enqueue(frame.Socket);
        if (frame.IsText)
        {
            _connection.HandleText(frame.Payload.Span, Now);
        }
        else
        {
            _connection.HandleBinary();
        }
    }

    private void ReleaseReader()
    {
        while (_requests.Count < services.Options.MaxQueuedRequests && _unhandled.TryDequeue(out var waiting))
        {
            waiting.Handled();
        }
    }

    private void CheckDeadlines()
    {
        if (activity is { } watched)
        {
            // Pongs are not shown by the WebSocket; bytes of any kind are life.
            _connection.HandlePong(Now - watched.Silence);
        }

        _connection.HandleTimeout(Now);
    }

    private async ValueTask DrainAsync(CancellationToken cancellation)
    {
        while (_connection.TryPoll(out var output))
        {
            await PerformAsync(output, cancellation);
        }

        socket.MaxFrameBytes = _connection.MaxFrameBytes;
        _connection.Health = services.Health.Current;
        SetDeadline();
        StartNextRequest();
    }

    private async ValueTask PerformAsync(LvspOutput output, CancellationToken cancellation)
    {
        switch (output)
        {
            case LvspOutput.SendText text:
                Send(text.Frame);
                break;
            case LvspOutput.Close close:
                GatewaysTelemetry.CountClose(GatewaysTelemetry.LvspCloses, (int)close.Code, "server");
                Log.Closing(services.Logger, Context.Self, (int)close.Code, close.Reason);
                socket.Close((int)close.Code, close.Reason);
                Context.SetTimer(nameof(SocketClosed), CloseDeadline, new SocketClosed(socket, Code: null));
                break;
            case LvspOutput.Authenticated authenticated:
                await BeginSessionAsync(authenticated, cancellation);
                break;
            case LvspOutput.ResumeRequested resume:
                await ResumeSessionAsync(resume.Request, cancellation);
                break;
            case LvspOutput.RequestReceived received:
                _requests.Enqueue(received.Request);
                break;
            case LvspOutput.Acknowledged acknowledged when _session is { } session:
                await AcknowledgeAsync(session, acknowledged.SequenceNumber, cancellation);
                break;
            case LvspOutput.MessageSkipped skipped:
                GatewaysTelemetry.LvspSkipped.Add(1, new KeyValuePair<string, object?>("reason", skipped.Message.Reason));
                Log.Skipped(services.Logger, Context.Self, skipped.Message.Reason, skipped.Message.Field);
                break;
        }
    }

    private void Send(ReadOnlyMemory<byte> frame)
    {
        if (!socket.TrySend(frame, () => Interlocked.Increment(ref _written)))
        {
            // At once, so that no later frame gets past the one that found no room.
            socket.Close((int)LvspCloseCode.GeneralError, LvspCloseReason.TooSlow);
            _connection.Reject(LvspCloseCode.GeneralError, LvspCloseReason.TooSlow);
        }
    }

    private async ValueTask BeginSessionAsync(LvspOutput.Authenticated authenticated, CancellationToken cancellation)
    {
        var session = new LvspSessionRecord(
            LvspSessionId.Create(),
            new Realm(authenticated.Realm),
            authenticated.TokenHash,
            Form: null,
            litecordCompatible,
            Generation: 1,
            Holder(),
            ExpiresAt: null);
        try
        {
            if (!await services.Store.CreateSessionAsync(session, services.Options.MaxSessionsPerRealm, cancellation))
            {
                _connection.Reject(LvspCloseCode.GeneralError, LvspCloseReason.TooManySessions);
                return;
            }
        }
        catch (StoreUnavailableException)
        {
            _connection.Reject(LvspCloseCode.GeneralError, LvspCloseReason.Unavailable);
            return;
        }

        TakeSession(session);
        _connection.AcceptIdentify(session.SessionId, services.Health.Current, Now);
    }

    private async ValueTask ResumeSessionAsync(LvspResumeRequest request, CancellationToken cancellation)
    {
        var resume = new LvspResume(
            request.SessionId is null ? request.TokenHash : null,
            request.VerifiedRealm is { } realm ? new Realm(realm) : null,
            request.SessionId,
            request.SequenceNumber ?? -1,
            Holder());
        switch (await TryResumeAsync(resume, cancellation))
        {
            case null:
                _connection.RejectResume(LvspCloseCode.GeneralError, LvspCloseReason.Unavailable);
                break;
            case LvspResumeResult.Resumed resumed:
                AcceptResume(resumed);
                break;
            case LvspResumeResult.CannotReplay:
                _connection.RejectResume(LvspCloseCode.GeneralError, LvspCloseReason.CannotReplay);
                break;
            default:
                _connection.RejectResume(LvspCloseCode.AuthenticationFailed, LvspCloseReason.UnknownSession);
                break;
        }
    }

    private async ValueTask<LvspResumeResult?> TryResumeAsync(LvspResume resume, CancellationToken cancellation)
    {
        try
        {
            return await services.Store.ResumeSessionAsync(resume, services.Time.GetUtcNow(), cancellation);
        }
        catch (StoreUnavailableException)
        {
            return null;
        }
    }

    private void AcceptResume(LvspResumeResult.Resumed resumed)
    {
        TakeSession(resumed.Session);
        if (resumed.Previous is { } previous && previous != Holder())
        {
            Context.Host.Tell(LocalAddress.Of(previous), new ResumedElsewhere(resumed.Session.SessionId, resumed.Session.Generation));
        }

        var resumption = new LvspResumption(resumed.Session.SessionId, [.. resumed.Replay.Select(numbered => numbered.Frame)], resumed.Highest, resumed.Session.Form);
        _connection.AcceptResume(resumption, services.Health.Current, Now);

        // What was appended while the resume was decided has no other way to get here.
        Context.Host.Tell(Context.Self, new OutboxAdvanced(resumed.Session.SessionId, long.MaxValue));
    }

    private void TakeSession(LvspSessionRecord session)
    {
        _session = session;
        socket.Identified();
        GatewaysTelemetry.LvspSessions.Add(1);
        Log.SessionBegan(services.Logger, Context.Self, session.Realm);
    }

    private void StartNextRequest()
    {
        if (!_requestUnderWay && _session is { } session && _requests.TryDequeue(out var request))
        {
            _requestUnderWay = true;
            _ = HandleRequestAsync(session, request);
        }
    }

    /// <summary>Runs beside the mailbox, so that heartbeats are answered while a request waits for an entity.</summary>
    private async Task HandleRequestAsync(LvspSessionRecord session, LvspRequest request)
    {
        ImmutableArray<LvspNotice> notices = [];
        var stopped = _stopped.Token;
        try
        {
            notices = await services.Requests.HandleAsync(session.Realm, session.SessionId, request, stopped);
        }
        catch (OperationCanceledException)
        {
            // The link is gone; the backend repeats what it had no answer to.
        }

        // No other request begins before this one has ended, so its end must get through a mailbox that is full for the moment.
        var handled = new RequestHandled(session.SessionId, request.Form, notices);
        while (!stopped.IsCancellationRequested && !Context.Host.Tell(Context.Self, handled))
        {
            await Task.Delay(RetryDelay, services.Time, stopped).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async ValueTask FinishRequestAsync(RequestHandled handled, CancellationToken cancellation)
    {
        _requestUnderWay = false;
        if (_session is { } session && session.Form != handled.Form)
        {
            _session = session with { Form = handled.Form };
            _unstoredForm = handled.Form;
            await StoreFormAsync(session, cancellation);
        }

        // The session is owed the answer even when this link has lost it: it is kept for, or told to, whoever resumes.
        foreach (var notice in handled.Notices)
        {
            await AppendAsync(handled, notice, cancellation);
        }

        if (_socketIsGone && _session is null)
        {
            Context.Stop();
        }
    }

    private async ValueTask AppendAsync(RequestHandled handled, LvspNotice notice, CancellationToken cancellation)
    {
        // What was sent without the store goes in first; whoever resumes the session replays it from there.
        if (_unstored.IsEmpty || (_session is { } session && await TryMergeAsync(session, cancellation)))
        {
            try
            {
                await services.Notifier.AppendAsync(handled.SessionId, handled.Form, litecordCompatible, notice, cancellation);
                return;
            }
            catch (StoreUnavailableException)
            {
                RetryLater();
            }
        }

        SendUnstored(handled, notice);
    }

    /// <summary>Without the store this link gives the numbers: nobody else does, since whoever takes the session over needs the store too.</summary>
    private void SendUnstored(RequestHandled handled, LvspNotice notice)
    {
        if (handled.SessionId == _session?.SessionId
            && LvspNoticeWriter.TryWriteBody(notice, handled.Form, litecordCompatible, out var body))
        {
            var number = _unstored.Add(body, _connection.HighestSent);
            _connection.Send(new LvspNumberedFrame(number, LvspServerFrames.Info(number, body.Span)));
            GatewaysTelemetry.LvspUnstored.Add(1);
        }
    }

    private async ValueTask SendFromOutboxAsync(long upTo, CancellationToken cancellation)
    {
        // A burst of notices leaves a message each; the first of them that is handled sends for all.
        if (upTo <= _connection.HighestSent || !_unstored.IsEmpty)
        {
            return;
        }

        try
        {
            foreach (var numbered in await services.Store.ReadAsync(_session!.SessionId, _connection.HighestSent, cancellation))
            {
                if (_connection.Send(numbered) == LvspSendResult.Gap)
                {
                    // More was appended than the outbox keeps: what is missing can never be sent, and nothing may go out past it.
                    _connection.Reject(LvspCloseCode.GeneralError, LvspCloseReason.TooSlow);
                }
            }
        }
        catch (StoreUnavailableException)
        {
            RetryLater();
        }
    }

    private async ValueTask AcknowledgeAsync(LvspSessionRecord session, long sequence, CancellationToken cancellation)
    {
        try
        {
            await services.Store.AcknowledgeAsync(session.SessionId, sequence, cancellation);
        }
        catch (StoreUnavailableException)
        {
            // It only saves room; the next heartbeat says as much.
        }
    }

    private async ValueTask StoreFormAsync(LvspSessionRecord session, CancellationToken cancellation)
    {
        if (_unstoredForm is not { } form)
        {
            return;
        }

        try
        {
            await services.Store.SetFormAsync(session.SessionId, form, cancellation);
            _unstoredForm = null;
        }
        catch (StoreUnavailableException)
        {
            RetryLater();
        }
    }

    private void RetryLater() => Context.SetTimer(nameof(StoreDue), StoreRetryDelay, new StoreDue());

    /// <summary>The store was away a moment ago: hands it what it missed.</summary>
    private async ValueTask RetryStoreAsync(CancellationToken cancellation)
    {
        if (_session is not { } session || !await TryMergeAsync(session, cancellation))
        {
            return;
        }

        await StoreFormAsync(session, cancellation);
        if (!_socketIsGone)
        {
            await SendFromOutboxAsync(long.MaxValue, cancellation);
        }
        else if (await TryDetachAsync(cancellation) && !_requestUnderWay)
        {
            Context.Stop();
        }
    }

    private async ValueTask<bool> TryMergeAsync(LvspSessionRecord session, CancellationToken cancellation)
    {
        if (_unstored.IsEmpty)
        {
            return true;
        }

        try
        {
            if (await services.Store.MergeAsync(_unstored.For(session), services.Time.GetUtcNow(), cancellation))
            {
                _unstored.Clear();
                return true;
            }
        }
        catch (StoreUnavailableException)
        {
            RetryLater();
            return false;
        }

        LoseSession();
        _connection.CloseResumedElsewhere();
        if (_socketIsGone && !_requestUnderWay)
        {
            Context.Stop();
        }

        return false;
    }

    private async ValueTask EndAsync(SocketClosed closed, CancellationToken cancellation)
    {
        if (_connection.State != LvspConnectionState.Closed)
        {
            GatewaysTelemetry.CountClose(GatewaysTelemetry.LvspCloses, closed.Code, "client");
        }

        _connection.HandlePeerClosed();
        _requests.Clear();
        _socketIsGone = true;
        if (_session is { } session && await TryMergeAsync(session, cancellation))
        {
            await TryDetachAsync(cancellation);
        }

        if (_session is not null)
        {
            RetryLater();
        }
        else if (!_requestUnderWay)
        {
            Context.Stop();
        }
    }

    /// <summary>The socket is gone, or this actor fails: the session waits to be resumed. False while the store is away.</summary>
    private async ValueTask<bool> TryDetachAsync(CancellationToken cancellation)
    {
        if (_session is not { } session)
        {
            return true;
        }

        try
        {
            var expiresAt = services.Time.GetUtcNow() + services.Options.ResumeWindow;
            await services.Store.DetachAsync(session.SessionId, session.Generation, expiresAt, cancellation);
            LoseSession();
            return true;
        }
        catch (StoreUnavailableException)
        {
            return false;
        }
    }

    private void LoseSession()
    {
        _session = null;
        GatewaysTelemetry.LvspSessions.Add(-1);
    }

    private void SetDeadline()
    {
        const string timer = "connection";
        if (_connection.NextTimeout is { } due)
        {
            Context.SetTimer(timer, due > Now ? due - Now : TimeSpan.Zero, new LvspDeadline());
        }
        else
        {
            Context.CancelTimer(timer);
        }
    }

    private GatewayAddress Holder()
    {
        var self = (LocalAddress)Context.Self;
        return new GatewayAddress(self.Node, self.Name);
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 301, Level = LogLevel.Information, Message = "LVSP link {Link} is a session of realm {Realm}.")]
        public static partial void SessionBegan(ILogger logger, ActorAddress link, Realm realm);

        [LoggerMessage(EventId = 302, Level = LogLevel.Information, Message = "LVSP link {Link} closes with {Code}: {Reason}.")]
        public static partial void Closing(ILogger logger, ActorAddress link, int code, string reason);

        [LoggerMessage(EventId = 303, Level = LogLevel.Debug, Message = "LVSP link {Link}: a message was skipped: {Reason} {Field}.")]
        public static partial void Skipped(ILogger logger, ActorAddress link, LvspSkipReason reason, string? field);
    }
}

/// <summary>What every LVSP link of a node shares.</summary>
internal sealed record LvspGatewayServices(
    LvspGatewayOptions Options,
    ILvspSessionStore Store,
    LvspNotifier Notifier,
    LvspRequestHandler Requests,
    INodeHealth Health,
    TimeProvider Time,
    ILogger Logger);
