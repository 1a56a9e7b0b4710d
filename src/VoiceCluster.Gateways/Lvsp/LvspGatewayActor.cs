using Microsoft.Extensions.Logging;
using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Cluster.Messages;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Gateways.Sockets;
using VoiceCluster.Protocol.Lvsp;

namespace VoiceCluster.Gateways.Lvsp;

/// <summary>One backend's link: moves frames between a socket, the connection's state machine and the actors.</summary>
/// <remarks>
/// Requests take effect in the order in which they came: one is under way at a time, the rest wait here, and when too many
/// wait the socket is read no further. What is sent is numbered and kept by the store first, and leaves in the order of its numbers, so that
/// every node's notices leave in one order.
/// </remarks>
internal sealed partial class LvspGatewayActor(
    GatewaySocket socket,
    ConnectionActivity? activity,
    bool litecordCompatible,
    LvspGatewayServices services) : Actor
{
    /// <summary>Longer than a socket takes to close. A socket that has told of its end to a full mailbox would else be waited for without end.</summary>
    private static readonly TimeSpan CloseDeadline = TimeSpan.FromSeconds(30);

    private readonly Queue<(LvspRequest Request, DateTimeOffset AskedAt)> _requests = new();
    private readonly Queue<IGatewaySocket> _unhandled = new();
    private readonly CancellationTokenSource _stopped = new();
    private LvspConnection _connection = null!;
    private HeldSession? _held;
    private bool _requestUnderWay;
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
            case OutboxAdvanced advanced when _held?.Is(advanced.SessionId) == true:
                await SendFromOutboxAsync(advanced.Sequence, cancellation);
                break;
            case ResumedElsewhere elsewhere when _held?.Is(elsewhere.SessionId) == true && elsewhere.Generation > _held.Record.Generation:
                CloseResumedElsewhere();
                break;
            case SettleSession settle:
                await SettleAsync(settle, cancellation);
                break;
            case HoldDue:
                await HoldAsync(cancellation);
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
        if (_held is { } held)
        {
            await held.LetGoAsync(CancellationToken.None);
            LoseSession();
        }
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
                _requests.Enqueue((received.Request, services.Time.GetUtcNow()));
                break;
            case LvspOutput.Acknowledged acknowledged when _held is { } held:
                await held.AcknowledgeAsync(acknowledged.SequenceNumber, cancellation);
                break;
            case LvspOutput.MessageSkipped skipped:
                GatewaysTelemetry.LvspSkipped.Add(1, new KeyValuePair<string, object?>("reason", skipped.Message.Reason));
                Log.Skipped(services.Logger, Context.Self, skipped.Message.Reason, skipped.Message.Field);
                break;
        }
    }

    private void Send(ReadOnlyMemory<byte> frame)
    {
        if (!socket.TrySend(frame, written: () => Interlocked.Increment(ref _written)))
        {
            // At once, so that no later frame gets past the one that found no room.
            socket.Close((int)LvspCloseCode.GeneralError, LvspCloseReason.TooSlow);
            _connection.Reject(LvspCloseCode.GeneralError, LvspCloseReason.TooSlow);
        }
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
