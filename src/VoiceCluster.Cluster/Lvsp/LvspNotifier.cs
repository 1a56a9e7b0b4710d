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
    /// <summary>
    /// Tells a realm's backend something it did not ask for: the session that made the object if it lives, else any.
    /// </summary>
    /// <remarks>Never throws for a store that is away: the notice is dropped and counted.</remarks>
    public async ValueTask NotifyAsync(Realm realm, string? origin, LvspNotice notice, CancellationToken cancellation)
    {
        try
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
        catch (StoreUnavailableException error)
        {
            Telemetry.NoticeDropped("store_unavailable");
            Log.NotStored(logger, notice.GetType().Name, realm, error);
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

    private static partial class Log
    {
        [LoggerMessage(EventId = 202, Level = LogLevel.Warning, Message = "{Notice} for realm {Realm} was dropped: the store is away.")]
        public static partial void NotStored(ILogger logger, string notice, Realm realm, Exception error);
    }
}
