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

        Add(session with { Generation = 1 }, stored: 0);
        return true;
    }

    public LvspResumeResult Resume(LvspResume resume, DateTimeOffset now)
    {
        RemoveExpired(now);
        if (FindResumed(resume) is not { } row)
        {
            return new LvspResumeResult.Unknown();
        }

        GatewayAddress? previous = row.Session.ExpiresAt is null ? row.Session.Holder : null;
        if (previous is not null && previous != resume.Holder && !resume.IsSettled)
        {
            return new LvspResumeResult.Held(row.Session);
        }

        if (resume.Sequence > row.LostAbove)
        {
            return new LvspResumeResult.Unknown();
        }

        if (!row.Outbox.TryReplay(resume.Sequence, now, out _))
        {
            return new LvspResumeResult.CannotReplay(resume.Sequence > row.Outbox.HighestSent);
        }

        row.LostAbove = null;
        row.Session = row.Session with { Generation = row.Session.Generation + 1, Holder = resume.Holder, ExpiresAt = null };
        return new LvspResumeResult.Resumed(row.Session, row.Outbox.HighestSent, row.Outbox.After(resume.Sequence), previous);
    }

    public long? Hold(LvspSessionRecord session, long stored)
    {
        var row = _rows.GetValueOrDefault(session.SessionId) ?? Add(session, stored);
        if (row.Session.Generation != session.Generation)
        {
            return null;
        }

        row.LostAbove = null;
        row.Session = row.Session with { Holder = session.Holder, ExpiresAt = null };
        return row.Outbox.HighestSent;
    }

    public bool Merge(LvspUnstored unstored, DateTimeOffset now)
    {
        if (Hold(unstored.Session, unstored.After) is null)
        {
            return false;
        }

        _rows[unstored.Session.SessionId].Merge(unstored, now);
        return true;
    }

    public LvspAppended? Append(string sessionId, LvspAppend append, DateTimeOffset now) =>
        FindLive(sessionId, now) is { } row ? new LvspAppended(row.Session, row.Append(append, now)) : null;

    public ImmutableArray<LvspNumberedFrame> Read(string sessionId, long after) =>
        _rows.TryGetValue(sessionId, out var row) ? row.Outbox.After(after) : [];

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
            row.LostAbove = null;
            row.Session = row.Session with { ExpiresAt = expiresAt };
        }
    }

    public void DetachHolders(Predicate<NodeId> isLost, DateTimeOffset expiresAt)
    {
        foreach (var row in _rows.Values.Where(row => row.Session.ExpiresAt is null && isLost(row.Session.Holder.Node)))
        {
            row.LostAbove = row.Outbox.HighestSent;
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

    private Row Add(LvspSessionRecord session, long stored)
    {
        var row = new Row(session with { ExpiresAt = null }, stored, ++_lastOrder);
        _rows.Add(session.SessionId, row);
        _idsByToken[session.TokenHash] = session.SessionId;
        return row;
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

    private sealed class Row(LvspSessionRecord session, long stored, long order)
    {
        /// <summary>The numbers under which appends are kept, by their ids.</summary>
        private readonly Dictionary<long, long> _numbers = [];

        public LvspSessionRecord Session { get; set; } = session;

        public LvspOutbox Outbox { get; private set; } = new(new LvspOutboxSnapshot(session.Generation, stored, []));

        /// <summary>The highest number that was stored when the holder was taken for lost; null otherwise.</summary>
        public long? LostAbove { get; set; }

        /// <summary>Rises with each new session.</summary>
        public long Order { get; } = order;

        public LvspNumberedFrame Append(LvspAppend append, DateTimeOffset now)
        {
            if (_numbers.TryGetValue(append.Id, out var number) && Outbox.After(number - 1) is [var known, ..] && known.SequenceNumber == number)
            {
                return known;
            }

            var numbered = Outbox.Append(append.Info.Span, now);
            _numbers[append.Id] = numbered.SequenceNumber;
            if (_numbers.Count > LvspOutbox.MaxMessages * 2)
            {
                ForgetNumbers(numbered.SequenceNumber - LvspOutbox.MaxMessages);
            }

            return numbered;
        }

        public void Merge(LvspUnstored unstored, DateTimeOffset now)
        {
            var before = Outbox.ToSnapshot();
            var kept = before.Entries.Where(entry => unstored.IsGapless && entry.Numbered.SequenceNumber <= unstored.After);
            var ids = _numbers.ToDictionary(entry => entry.Value, entry => entry.Key);
            var following = unstored.Follow(before.Entries
                .Where(entry => entry.Numbered.SequenceNumber > unstored.After)
                .Select(entry => new LvspAppend(ids[entry.Numbered.SequenceNumber], BodyOf(entry.Numbered))));
            Outbox = new LvspOutbox(new LvspOutboxSnapshot(before.Generation, unstored.First - 1, [.. kept]));
            foreach (var append in unstored.Appends.Concat(following))
            {
                _numbers.Remove(append.Id);
                Append(append, now);
            }
        }

        private void ForgetNumbers(long upTo)
        {
            foreach (var (id, number) in _numbers)
            {
                if (number <= upTo)
                {
                    // Removing while one enumerates is allowed.
                    _numbers.Remove(id);
                }
            }
        }

        /// <summary>Cuts the body out of a frame: what comes before it depends on the number alone.</summary>
        private static ReadOnlyMemory<byte> BodyOf(LvspNumberedFrame numbered)
        {
            var around = LvspServerFrames.Info(numbered.SequenceNumber, "0"u8).Length - 1;
            return numbered.Frame[(around - 1)..^1];
        }
    }
}
