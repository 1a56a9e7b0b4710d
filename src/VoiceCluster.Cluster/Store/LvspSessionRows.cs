using System.Collections.Immutable;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Protocol.Lvsp;

namespace VoiceCluster.Cluster.Store;

/// <summary>LVSP sessions in memory. Not safe for concurrent calls.</summary>
/// <remarks>
/// A detached session lives until its expiry, but gives way, the first to expire first, when a realm at its limit begins a new one:
/// a backend that always identifies anew must not lock itself out.
/// </remarks>
internal sealed class LvspSessionRows
{
    private readonly Dictionary<string, Row> _rows = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _idsByToken = new(StringComparer.Ordinal);
    private long _lastOrder;

    public bool TryCreate(LvspSessionRecord session, int limit, DateTimeOffset now)
    {
        RemoveExpired(now);
        if (_rows.ContainsKey(session.SessionId) || !TryMakeRoom(session.Realm, limit))
        {
            return false;
        }

        var row = new Row(session with { Generation = 1, ExpiresAt = null }, ++_lastOrder);
        row.Outbox.NextGeneration();
        _rows.Add(session.SessionId, row);
        _idsByToken[session.TokenHash] = session.SessionId;
        return true;
    }

    public LvspResumeResult Resume(LvspResume resume, DateTimeOffset now)
    {
        RemoveExpired(now);
        if (FindResumed(resume) is not { } row)
        {
            return new LvspResumeResult.Unknown();
        }

        if (!row.Outbox.TryReplay(resume.Sequence, now, out _))
        {
            return new LvspResumeResult.CannotReplay();
        }

        GatewayAddress? previous = row.Session.ExpiresAt is null ? row.Session.Holder : null;
        row.Session = row.Session with { Generation = row.Outbox.NextGeneration(), Holder = resume.Holder, ExpiresAt = null };
        return new LvspResumeResult.Resumed(row.Session, row.Outbox.HighestSent, row.After(resume.Sequence), previous);
    }

    public bool Merge(LvspUnstored unstored, DateTimeOffset now)
    {
        if (FindLive(unstored.SessionId, now) is not { } row || row.Session.Generation != unstored.Generation)
        {
            return false;
        }

        row.Merge(unstored, now);
        return true;
    }

    public LvspAppended? Append(string sessionId, ReadOnlySpan<byte> info, DateTimeOffset now) =>
        FindLive(sessionId, now) is { } row ? new LvspAppended(row.Session, row.Outbox.Append(info, now)) : null;

    public ImmutableArray<LvspNumberedFrame> Read(string sessionId, long after) =>
        _rows.TryGetValue(sessionId, out var row) ? row.After(after) : [];

    public void Acknowledge(string sessionId, long sequence)
    {
        if (_rows.TryGetValue(sessionId, out var row))
        {
            row.Outbox.Forget(sequence);
        }
    }

    public void SetForm(string sessionId, LvspForm form)
    {
        if (_rows.TryGetValue(sessionId, out var row))
        {
            row.Session = row.Session with { Form = form };
        }
    }

    public void Detach(string sessionId, long generation, DateTimeOffset expiresAt)
    {
        if (_rows.TryGetValue(sessionId, out var row) && row.Session.Generation == generation)
        {
            row.Session = row.Session with { ExpiresAt = expiresAt };
        }
    }

    public void DetachHolders(NodeId node, DateTimeOffset expiresAt)
    {
        foreach (var row in _rows.Values.Where(row => row.Session.Holder.Node == node && row.Session.ExpiresAt is null))
        {
            row.Session = row.Session with { ExpiresAt = expiresAt };
        }
    }

    public LvspSessionRecord? Find(Realm realm, string? preferredSessionId, DateTimeOffset now)
    {
        RemoveExpired(now);
        if (preferredSessionId is not null && _rows.TryGetValue(preferredSessionId, out var preferred) && preferred.Session.Realm == realm)
        {
            return preferred.Session;
        }

        return _rows.Values
            .Where(row => row.Session.Realm == realm)
            .OrderBy(row => row.Session.ExpiresAt is null ? 0 : 1)
            .ThenByDescending(row => row.Order)
            .FirstOrDefault()
            ?.Session;
    }

    private bool TryMakeRoom(Realm realm, int limit)
    {
        var sessions = _rows.Values.Where(row => row.Session.Realm == realm).ToArray();
        if (sessions.Count(row => row.Session.ExpiresAt is null) >= limit)
        {
            return false;
        }

        foreach (var row in sessions
            .Where(row => row.Session.ExpiresAt is not null)
            .OrderBy(row => row.Session.ExpiresAt)
            .Take(sessions.Length - limit + 1))
        {
            Remove(row);
        }

        return true;
    }

    private Row? FindResumed(LvspResume resume)
    {
        if (resume.TokenHash is { } hash)
        {
            return _idsByToken.TryGetValue(hash, out var id) ? _rows.GetValueOrDefault(id) : null;
        }

        return resume.SessionId is { } sessionId
            && _rows.TryGetValue(sessionId, out var row)
            && row.Session.Realm == resume.Realm
                ? row
                : null;
    }

    private Row? FindLive(string sessionId, DateTimeOffset now)
    {
        RemoveExpired(now);
        return _rows.GetValueOrDefault(sessionId);
    }

    /// <summary>There are few sessions, a handful per backend process, so every use looks at all.</summary>
    private void RemoveExpired(DateTimeOffset now)
    {
        foreach (var row in _rows.Values)
        {
            if (row.Session.ExpiresAt <= now)
            {
                // Removing while one enumerates is allowed.
                Remove(row);
            }
        }
    }

    private void Remove(Row row)
    {
        _rows.Remove(row.Session.SessionId);
        if (_idsByToken.TryGetValue(row.Session.TokenHash, out var id) && id == row.Session.SessionId)
        {
            _idsByToken.Remove(row.Session.TokenHash);
        }
    }

    private sealed class Row(LvspSessionRecord session, long order)
    {
        public LvspSessionRecord Session { get; set; } = session;

        public LvspOutbox Outbox { get; private set; } = new();

        /// <summary>Rises with each new session.</summary>
        public long Order { get; } = order;

        public void Merge(LvspUnstored unstored, DateTimeOffset now)
        {
            var before = Outbox.ToSnapshot();
            var isGapless = unstored.First == unstored.After + 1;
            var kept = before.Entries.Where(entry => isGapless && entry.Numbered.SequenceNumber <= unstored.After);
            var unsent = before.Entries.Where(entry => entry.Numbered.SequenceNumber > unstored.After).Select(entry => BodyOf(entry.Numbered));
            var following = unstored.Follow(unsent);
            Outbox = new LvspOutbox(new LvspOutboxSnapshot(before.Generation, unstored.First - 1, [.. kept]));
            foreach (var body in unstored.Bodies.Concat(following))
            {
                Outbox.Append(body.Span, now);
            }
        }

        public ImmutableArray<LvspNumberedFrame> After(long sequence) => Outbox.After(sequence);

        /// <summary>Cuts the body out of a frame: what comes before it depends on the number alone.</summary>
        private static ReadOnlyMemory<byte> BodyOf(LvspNumberedFrame numbered)
        {
            var around = LvspServerFrames.Info(numbered.SequenceNumber, "0"u8).Length - 1;
            return numbered.Frame[(around - 1)..^1];
        }
    }
}
