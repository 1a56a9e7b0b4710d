using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using VoiceCluster.Media.Forwarding;
using VoiceCluster.Media.Relay;
using VoiceCluster.Media.Sessions;

namespace VoiceCluster.Media.Workers;

/// <summary>What control hands to a worker: the table in force, which sessions it changed, and what may be freed once the worker has seen that table.</summary>
/// <param name="maximumSessions">How many sessions the worker takes.</param>
/// <param name="links">The worker's links to others; null for a node alone.</param>
internal sealed class WorkerInbox(int maximumSessions, RelayLinks? links = null)
{
    private volatile ImmutableDictionary<ulong, LiveRoute> _relayedRoutes = ImmutableDictionary<ulong, LiveRoute>.Empty;

    private readonly ConcurrentQueue<Retirement> _retired = new();
    private readonly ConcurrentQueue<MediaSession> _changed = new();
    private readonly ConcurrentQueue<MediaSession> _watching = new();
    private volatile bool _arePlansConfirmed;
    private volatile ForwardingTable _table = ForwardingTable.Empty;

    /// <summary>Those of the node's other workers, whose tables may be looked into. Set once, before the worker is started.</summary>
    public WorkerInbox[] Siblings { get; set; } = [];

    /// <summary>The worker's copies of what it needs of each session.</summary>
    public SinkTable Sinks { get; } = new(maximumSessions);

    /// <summary>The table in force.</summary>
    public ForwardingTable Table => _table;

    /// <summary>The worker's links to others; null for a node alone.</summary>
    public RelayLinks? Links { get; } = links;

    /// <summary>Finds the route of a channel that is served by other workers too, by its digest.</summary>
    public LiveRoute? FindRoute(ulong channel) => _relayedRoutes.GetValueOrDefault(channel);

    /// <summary>Control: lets what is relayed in a channel find its route. One thread at a time.</summary>
    public void TakeRelayed(ulong channel, LiveRoute route) => _relayedRoutes = _relayedRoutes.SetItem(channel, route);

    /// <summary>Control: the channel is not served here any more. One thread at a time.</summary>
    public void RefuseRelayed(ulong channel) => _relayedRoutes = _relayedRoutes.Remove(channel);

    /// <summary>Puts a table in force. One thread at a time.</summary>
    public void Publish(ForwardingTable table) => _table = table;

    /// <summary>Tells the worker that its plans are in force, after it asked by an edge.</summary>
    public void ConfirmPlans() => _arePlansConfirmed = true;

    /// <summary>Takes a confirmation; it is good once.</summary>
    public bool TryTakeConfirmation()
    {
        var confirmed = _arePlansConfirmed;
        _arePlansConfirmed = false;
        return confirmed;
    }

    /// <summary>Hands over what the table of <paramref name="version"/> and all later ones do not name any more.</summary>
    public void Retire(long version, MediaSession? session, SessionTransport? transport) =>
        _retired.Enqueue(new Retirement(version, session, transport));

    /// <summary>Tells that something was changed in a session that its sink has a copy of. However often, it waits once.</summary>
    public void Change(MediaSession session)
    {
        if (session.TryChange())
        {
            _changed.Enqueue(session);
        }
    }

    /// <summary>
    /// Worker: brings the sinks up to date. To be called after a table was read and before anything is freed that this table does not name: a
    /// key is replaced first and freed later.
    /// </summary>
    public void UpdateSinks()
    {
        while (_changed.TryDequeue(out var session))
        {
            session.EndChange();
            Sinks.Update(session);
        }
    }

    /// <summary>Tells that a session begins to be sent video. However often, it waits once.</summary>
    public void BeginToWatch(MediaSession session)
    {
        if (session.TryBeginToWatch())
        {
            _watching.Enqueue(session);
        }
    }

    /// <summary>Takes a session that begins to be sent video.</summary>
    public bool TryTakeWatching([NotNullWhen(true)] out MediaSession? session)
    {
        if (!_watching.TryDequeue(out session))
        {
            return false;
        }

        session.EndBeginToWatch();
        return true;
    }

    /// <summary>Takes back what is not used any more by someone who uses the table of <paramref name="version"/>.</summary>
    public bool TryTakeRetired(long version, out Retirement retirement)
    {
        retirement = default;
        return _retired.TryPeek(out var oldest) && oldest.Version <= version && _retired.TryDequeue(out retirement);
    }

    /// <summary>Wipes the keys of what was taken back, and gives its place to others.</summary>
    public void Free(Retirement retirement)
    {
        retirement.Transport?.Dispose();
        if (retirement.Session is { } session)
        {
            session.Dispose();
            Sinks.Return(session);
        }
    }
}

/// <summary>A session that was closed, or a key that was replaced.</summary>
internal readonly record struct Retirement(long Version, MediaSession? Session, SessionTransport? Transport);
