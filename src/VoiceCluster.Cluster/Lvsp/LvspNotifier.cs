using Microsoft.Extensions.Logging;
using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Cluster.Messages;
using VoiceCluster.Cluster.Store;
using VoiceCluster.Cluster.Transport;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Protocol.Lvsp;

namespace VoiceCluster.Cluster.Lvsp;

/// <summary>Puts notices into the outboxes of LVSP sessions and wakes whoever holds their sockets.</summary>
/// <remarks>
/// <para>A notice is stored before it is sent, so that a socket that breaks loses nothing. Safe for calls from any thread.</para>
/// <para>
/// A session whose holder no link reaches is not appended to before the holder is back or known to be lost: while the store was away it may have
/// given out the next number by itself.
/// </para>
/// </remarks>
public sealed partial class LvspNotifier(
    ILvspSessionStore sessions,
    INodeTransport links,
    Lazy<IEntityHost> host,
    TimeProvider time,
    ILogger<LvspNotifier> logger)
{
    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(1);

    private readonly WaitingNotices _waiting = new();

    /// <summary>
    /// Tells a realm's backend something it did not ask for: the session that made the object if it lives, else any.
    /// </summary>
    /// <param name="realm">The realm.</param>
    /// <param name="origin">The session to prefer; null for any.</param>
    /// <param name="notice">What to say.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <remarks>Never throws for a store that is away: the notice waits here, with those for the same realm and session that come after it.</remarks>
    public ValueTask NotifyAsync(Realm realm, string? origin, LvspNotice notice, CancellationToken cancellation) =>
        NotifyAsync(realm, origin, notice, form: null, cancellation);

    /// <summary>As the other, in a form: answers go in the form of their request.</summary>
    public async ValueTask NotifyAsync(Realm realm, string? origin, LvspNotice notice, LvspForm? form, CancellationToken cancellation)
    {
        var told = new WaitingNotice(realm, origin, notice, form);
        if (_waiting.Has(told.Line) || !await TrySendAsync(told, cancellation))
        {
            Wait(told);
        }
    }

    /// <summary>Numbers and keeps a notice for one session, and wakes the session's holder.</summary>
    /// <param name="sessionId">The session.</param>
    /// <param name="append">The notice as it is to be kept.</param>
    /// <param name="caller">Who looks at the outbox anyway and need not be woken; null for nobody.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>Null when the session is gone.</returns>
    /// <exception cref="StoreUnavailableException">The store is away; nothing was kept, or nobody knows whether it was.</exception>
    public async ValueTask<LvspAppended?> AppendAsync(
        string sessionId,
        LvspAppend append,
        GatewayAddress? caller,
        CancellationToken cancellation)
    {
        var appended = await sessions.AppendAsync(sessionId, append, time.GetUtcNow(), cancellation);
        if (appended is { Session: { ExpiresAt: null } session } && session.Holder != caller)
        {
            host.Value.Tell(LocalAddress.Of(session.Holder), new OutboxAdvanced(sessionId, appended.Numbered.SequenceNumber));
        }

        return appended;
    }

    /// <summary>False when the store is away, or the session's holder is and nobody knows yet how far it has counted.</summary>
    private async ValueTask<bool> TrySendAsync(WaitingNotice told, CancellationToken cancellation)
    {
        try
        {
            if (await sessions.FindSessionAsync(told.Realm, told.Origin, time.GetUtcNow(), cancellation) is not { } session)
            {
                Telemetry.NoticeDropped("no_session");
                return true;
            }

            if (!IsSettled(session))
            {
                return false;
            }

            var form = told.Form ?? (session.LitecordCompatible ? LvspForm.Litecord : session.Form ?? LvspForm.Litecord);
            if (LvspNoticeWriter.TryWriteBody(told.Notice, form, session.LitecordCompatible, out var body))
            {
                await AppendAsync(session.SessionId, new LvspAppend(told.Id, body), caller: null, cancellation);
            }

            return true;
        }
        catch (StoreUnavailableException)
        {
            return false;
        }
    }

    private bool IsSettled(LvspSessionRecord session) =>
        session.ExpiresAt is not null || session.Holder.Node == host.Value.Node.Node || links.CanReach(session.Holder.Node);

    private void Wait(WaitingNotice told)
    {
        if (_waiting.Add(told))
        {
            Log.Waiting(logger, told.Realm);
            _ = RetryAsync();
        }
    }

    /// <summary>Sends what waits, in order for each session of a realm, as soon as it can be kept.</summary>
    private async Task RetryAsync()
    {
        do
        {
            await Task.Delay(RetryInterval, time);
            foreach (var line in _waiting.Lines)
            {
                await SendWaitingAsync(line);
            }
        }
        while (!_waiting.TryEnd());
    }

    private async Task SendWaitingAsync((Realm Realm, string? Origin) line)
    {
        while (_waiting.TryPeek(line) is { } next)
        {
            try
            {
                if (!await TrySendAsync(next, CancellationToken.None))
                {
                    return;
                }
            }
            catch (Exception error)
            {
                Telemetry.NoticeDropped("failed");
                Log.Failed(logger, error);
            }

            _waiting.Remove(next);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 202, Level = LogLevel.Warning, Message = "Notices for realm {Realm} wait: the store, or the node that holds the link, is away.")]
        public static partial void Waiting(ILogger logger, Realm realm);

        [LoggerMessage(EventId = 219, Level = LogLevel.Error, Message = "A notice could not be kept.")]
        public static partial void Failed(ILogger logger, Exception error);
    }
}
