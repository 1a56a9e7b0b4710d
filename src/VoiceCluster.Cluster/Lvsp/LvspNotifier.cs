using Microsoft.Extensions.Logging;
using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Cluster.Messages;
using VoiceCluster.Cluster.Store;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Protocol.Lvsp;

namespace VoiceCluster.Cluster.Lvsp;

/// <summary>Puts notices into the outboxes of LVSP sessions and wakes whoever holds their sockets.</summary>
/// <remarks>A notice is stored before it is sent, so that a socket that breaks loses nothing. Safe for calls from any thread.</remarks>
public sealed partial class LvspNotifier(ILvspSessionStore sessions, Lazy<IEntityHost> host, TimeProvider time, ILogger<LvspNotifier> logger)
{
    /// <summary>Notices that may wait for the store; beyond that the oldest goes.</summary>
    private const int MaxWaiting = 4096;

    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly Queue<(Realm Realm, string? Origin, LvspNotice Notice)> _waiting = new();
    private bool _retrying;

    /// <summary>
    /// Tells a realm's backend something it did not ask for: the session that made the object if it lives, else any.
    /// </summary>
    /// <remarks>Never throws for a store that is away: the notice waits here, with those that come after it.</remarks>
    public async ValueTask NotifyAsync(Realm realm, string? origin, LvspNotice notice, CancellationToken cancellation)
    {
        if (IsWaiting())
        {
            Wait(realm, origin, notice);
            return;
        }

        try
        {
            await SendAsync(realm, origin, notice, cancellation);
        }
        catch (StoreUnavailableException)
        {
            Wait(realm, origin, notice);
        }
    }

    /// <summary>Numbers and keeps a notice for one session, if its form can say it, and wakes the session's holder.</summary>
    /// <exception cref="StoreUnavailableException">The store is away; nothing was kept.</exception>
    public async ValueTask AppendAsync(
        string sessionId,
        LvspForm form,
        bool litecordCompatible,
        LvspNotice notice,
        CancellationToken cancellation)
    {
        if (!LvspNoticeWriter.TryWriteBody(notice, form, litecordCompatible, out var body))
        {
            return;
        }

        var appended = await sessions.AppendAsync(sessionId, body, time.GetUtcNow(), cancellation);
        if (appended is { Session: { ExpiresAt: null } session })
        {
            host.Value.Tell(LocalAddress.Of(session.Holder), new OutboxAdvanced(sessionId, appended.Numbered.SequenceNumber));
        }
    }

    private async ValueTask SendAsync(Realm realm, string? origin, LvspNotice notice, CancellationToken cancellation)
    {
        var session = await sessions.FindSessionAsync(realm, origin, time.GetUtcNow(), cancellation);
        if (session is null)
        {
            Telemetry.NoticeDropped("no_session");
            return;
        }

        var form = session.LitecordCompatible ? LvspForm.Litecord : session.Form ?? LvspForm.Litecord;
        await AppendAsync(session.SessionId, form, session.LitecordCompatible, notice, cancellation);
    }

    private bool IsWaiting()
    {
        lock (_gate)
        {
            return _waiting.Count > 0;
        }
    }

    private void Wait(Realm realm, string? origin, LvspNotice notice)
    {
        lock (_gate)
        {
            if (_waiting.Count == MaxWaiting)
            {
                _waiting.Dequeue();
                Telemetry.NoticeDropped("store_unavailable");
            }

            _waiting.Enqueue((realm, origin, notice));
            if (_retrying)
            {
                return;
            }

            _retrying = true;
        }

        Log.Waiting(logger, realm);
        _ = RetryAsync();
    }

    /// <summary>Sends what waits, in order, as soon as the store is back.</summary>
    private async Task RetryAsync()
    {
        while (true)
        {
            await Task.Delay(RetryInterval, time);
            while (TryPeek() is { } next)
            {
                try
                {
                    await SendAsync(next.Realm, next.Origin, next.Notice, CancellationToken.None);
                }
                catch (StoreUnavailableException)
                {
                    break;
                }
                catch (Exception error)
                {
                    Telemetry.NoticeDropped("failed");
                    Log.Failed(logger, error);
                }

                TakeSent(next);
            }

            lock (_gate)
            {
                if (_waiting.Count == 0)
                {
                    _retrying = false;
                    return;
                }
            }
        }
    }

    private (Realm Realm, string? Origin, LvspNotice Notice)? TryPeek()
    {
        lock (_gate)
        {
            return _waiting.TryPeek(out var next) ? next : null;
        }
    }

    /// <summary>It may have been given up meanwhile, to make room.</summary>
    private void TakeSent((Realm Realm, string? Origin, LvspNotice Notice) sent)
    {
        lock (_gate)
        {
            if (_waiting.TryPeek(out var first) && ReferenceEquals(first.Notice, sent.Notice))
            {
                _waiting.Dequeue();
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 202, Level = LogLevel.Warning, Message = "Notices for realm {Realm} wait: the store is away.")]
        public static partial void Waiting(ILogger logger, Realm realm);

        [LoggerMessage(EventId = 219, Level = LogLevel.Error, Message = "A notice could not be kept.")]
        public static partial void Failed(ILogger logger, Exception error);
    }
}
