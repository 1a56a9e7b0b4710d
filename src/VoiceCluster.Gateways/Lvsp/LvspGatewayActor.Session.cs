using System.Collections.Immutable;
using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Cluster.Messages;
using VoiceCluster.Cluster.Store;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Gateways.Sockets;
using VoiceCluster.Protocol.Lvsp;

namespace VoiceCluster.Gateways.Lvsp;

/// <content>The session: from the token that begins or resumes it to the end of its socket.</content>
internal sealed partial class LvspGatewayActor
{
    /// <summary>How often the store is told that the socket is still here. Bounds, too, how long a notice waits whose wake-up was lost.</summary>
    private static readonly TimeSpan HoldInterval = TimeSpan.FromSeconds(1);

    /// <summary>For another node's answer when a session is taken from it; what does not answer by then is as good as gone.</summary>
    private static readonly TimeSpan SettleDeadline = TimeSpan.FromSeconds(2);

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

    /// <summary>Null while nobody can tell what the session has sent.</summary>
    private async ValueTask<LvspResumeResult?> TryResumeAsync(LvspResume resume, CancellationToken cancellation)
    {
        try
        {
            var result = await services.Store.ResumeSessionAsync(resume, services.Time.GetUtcNow(), cancellation);
            if (result is not LvspResumeResult.Held held)
            {
                return result;
            }

            var answer = await AskToSettleAsync(held.Session, cancellation);
            if (answer is { IsStored: false })
            {
                return null;
            }

            result = await services.Store.ResumeSessionAsync(resume with { IsSettled = true }, services.Time.GetUtcNow(), cancellation);

            // Only a holder that is lost can have given such a number out by itself, and with it is lost what it said.
            return answer is null && result is LvspResumeResult.CannotReplay { IsAhead: true } ? new LvspResumeResult.Unknown() : result;
        }
        catch (StoreUnavailableException)
        {
            return null;
        }
    }

    /// <summary>Lets the holder of a session store what it has numbered by itself. Null when it does not answer.</summary>
    private async ValueTask<SessionSettled?> AskToSettleAsync(LvspSessionRecord session, CancellationToken cancellation)
    {
        try
        {
            var request = new SettleSession(session.SessionId, session.Generation);
            return await Context.Host.AskAsync(LocalAddress.Of(session.Holder), request, SettleDeadline, cancellation);
        }
        catch (AskException)
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
        _held = new HeldSession(session, services);
        Context.SetTimer(nameof(HoldDue), HoldInterval, new HoldDue());
        socket.Identified();
        GatewaysTelemetry.LvspSessions.Add(1);
        Log.SessionBegan(services.Logger, Context.Self, session.Realm);
    }

    /// <summary>The store may take a session for lost that is not, or be away: every now and then it is told what is so.</summary>
    private async ValueTask HoldAsync(CancellationToken cancellation)
    {
        if (_held is not { } held)
        {
            return;
        }

        Context.SetTimer(nameof(HoldDue), HoldInterval, new HoldDue());
        if (_socketIsGone)
        {
            await LetGoAsync(cancellation);
            return;
        }

        var (result, highest) = await held.HoldAsync(_connection.HighestSent, cancellation);
        if (result == HoldResult.Lost)
        {
            CloseResumedElsewhere();
        }
        else if (result == HoldResult.Stored)
        {
            await SendFromOutboxAsync(highest, cancellation);
        }
    }

    private async ValueTask SettleAsync(SettleSession settle, CancellationToken cancellation)
    {
        if (_held is { IsStored: false } held && held.Is(settle.SessionId))
        {
            await HoldAsync(cancellation);
        }

        Context.Reply(new SessionSettled(_held?.Is(settle.SessionId) != true || _held.IsStored));
    }

    private async ValueTask SendFromOutboxAsync(long upTo, CancellationToken cancellation)
    {
        // A burst of notices leaves a message each; the first of them that is handled sends for all.
        if (_held is not { IsStored: true } held || upTo <= _connection.HighestSent)
        {
            return;
        }

        // With the store away, the next hold looks again.
        foreach (var numbered in await held.ReadAsync(_connection.HighestSent, cancellation) ?? [])
        {
            if (_connection.Send(numbered) == LvspSendResult.Gap)
            {
                // More was appended than the outbox keeps: what is missing can never be sent, and nothing may go out past it.
                _connection.Reject(LvspCloseCode.GeneralError, LvspCloseReason.TooSlow);
            }
        }
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
        await LetGoAsync(cancellation);
    }

    /// <summary>The socket is gone: the session waits to be resumed, and this actor ends; while the store is away it stays, to be asked.</summary>
    private async ValueTask LetGoAsync(CancellationToken cancellation)
    {
        if (_held is { } held)
        {
            if (await held.LetGoAsync(cancellation) == HoldResult.StoreIsAway)
            {
                return;
            }

            LoseSession();
        }

        StopIfDone();
    }

    private void CloseResumedElsewhere()
    {
        LoseSession();
        _connection.CloseResumedElsewhere();
        if (_socketIsGone)
        {
            StopIfDone();
        }
    }

    private void StopIfDone()
    {
        if (!_requestUnderWay)
        {
            Context.Stop();
        }
    }

    private void LoseSession()
    {
        _held = null;
        Context.CancelTimer(nameof(HoldDue));
        GatewaysTelemetry.LvspSessions.Add(-1);
    }

    private GatewayAddress Holder()
    {
        var self = (LocalAddress)Context.Self;
        return new GatewayAddress(self.Node, self.Name);
    }
}
