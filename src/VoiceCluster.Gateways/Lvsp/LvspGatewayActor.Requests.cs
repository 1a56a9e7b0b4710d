using System.Collections.Immutable;
using VoiceCluster.Cluster.Store;
using VoiceCluster.Protocol.Lvsp;

namespace VoiceCluster.Gateways.Lvsp;

/// <content>Requests, one at a time, and their answers.</content>
internal sealed partial class LvspGatewayActor
{
    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(20);

    private void StartNextRequest()
    {
        if (!_requestUnderWay && _held is { } held && _requests.TryDequeue(out var next))
        {
            _requestUnderWay = true;
            _ = HandleRequestAsync(held.Record, next.Request, next.AskedAt);
        }
    }

    /// <summary>Runs beside the mailbox, so that heartbeats are answered while a request waits for an entity.</summary>
    private async Task HandleRequestAsync(LvspSessionRecord session, LvspRequest request, DateTimeOffset askedAt)
    {
        ImmutableArray<LvspNotice> notices = [];
        var stopped = _stopped.Token;
        try
        {
            notices = await services.Requests.HandleAsync(new RequestOrigin(session.Realm, session.SessionId, askedAt), request, stopped);
        }
        catch (OperationCanceledException)
        {
            // The link is gone; the backend repeats what it had no answer to.
        }

        // No other request begins before this one has ended, so its end must get through a mailbox that is full for the moment.
        var handled = new RequestHandled(session, request.Form, notices);
        while (!stopped.IsCancellationRequested && !Context.Host.Tell(Context.Self, handled))
        {
            await Task.Delay(RetryDelay, services.Time, stopped).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async ValueTask FinishRequestAsync(RequestHandled handled, CancellationToken cancellation)
    {
        _requestUnderWay = false;
        if (HeldBy(handled) is { } held)
        {
            await held.UseAsync(handled.Form, cancellation);
        }

        foreach (var notice in handled.Notices)
        {
            if (HeldBy(handled) is { } holding)
            {
                await AnswerAsync(holding, handled.Form, notice, cancellation);
            }
            else
            {
                // The session is owed the answer even when this link has lost it: it is kept for, or told to, whoever resumes.
                await services.Notifier.NotifyAsync(handled.Session.Realm, handled.Session.SessionId, notice, handled.Form, cancellation);
            }
        }

        if (_socketIsGone && _held is null)
        {
            Context.Stop();
        }
    }

    private HeldSession? HeldBy(RequestHandled handled) => _held?.Is(handled.Session.SessionId) == true ? _held : null;

    private async ValueTask AnswerAsync(HeldSession held, LvspForm form, LvspNotice notice, CancellationToken cancellation)
    {
        if (!LvspNoticeWriter.TryWriteBody(notice, form, litecordCompatible, out var body))
        {
            return;
        }

        var (result, numbered) = await held.AppendAsync(body, _connection.HighestSent, cancellation);
        if (result == HoldResult.Lost)
        {
            CloseResumedElsewhere();
            return;
        }

        if (result == HoldResult.StoreIsAway)
        {
            GatewaysTelemetry.LvspUnstored.Add(1);
        }

        if (_connection.Send(numbered) == LvspSendResult.Gap)
        {
            // Others have appended too.
            await SendFromOutboxAsync(numbered.SequenceNumber, cancellation);
        }
    }
}
