using VoiceCluster.Domain.Identities;
using VoiceCluster.Protocol.Lvsp;

namespace VoiceCluster.Cluster.Lvsp;

/// <summary>A notice that cannot be kept at present.</summary>
/// <param name="Realm">Whose.</param>
/// <param name="Origin">The session to prefer; null for any.</param>
/// <param name="Notice">What to say.</param>
/// <param name="Form">How to say it; null for the form that the session used last.</param>
internal sealed record WaitingNotice(Realm Realm, string? Origin, LvspNotice Notice, LvspForm? Form)
{
    /// <summary>What waits in one order: a session that cannot be appended to must not hold up the others of its realm.</summary>
    public (Realm Realm, string? Origin) Line => (Realm, Origin);

    /// <summary>Names its append, so that trying again after a lost answer keeps it once.</summary>
    public long Id { get; } = Random.Shared.NextInt64();
}

/// <summary>Notices that wait, in the order in which they came. Safe for calls from any thread.</summary>
internal sealed class WaitingNotices
{
    /// <summary>Some minutes of a busy node; beyond that the oldest of the longest line goes.</summary>
    private const int MaxWaiting = 4096;

    private readonly Lock _gate = new();
    private readonly Dictionary<(Realm Realm, string? Origin), Queue<WaitingNotice>> _queues = [];
    private int _count;
    private bool _isRetrying;

    /// <summary>The realms and sessions that something waits for.</summary>
    public IReadOnlyList<(Realm Realm, string? Origin)> Lines
    {
        get
        {
            lock (_gate)
            {
                return [.. _queues.Keys];
            }
        }
    }

    /// <summary>Whether something waits for a session of a realm: what comes later has to wait behind it.</summary>
    public bool Has((Realm Realm, string? Origin) line)
    {
        lock (_gate)
        {
            return _queues.ContainsKey(line);
        }
    }

    /// <summary>Takes a notice.</summary>
    /// <returns>Whether nobody tries to send what waits, so that the caller has to begin.</returns>
    public bool Add(WaitingNotice notice)
    {
        lock (_gate)
        {
            if (_count == MaxWaiting)
            {
                DropOldest();
            }

            if (!_queues.TryGetValue(notice.Line, out var queue))
            {
                _queues.Add(notice.Line, queue = new Queue<WaitingNotice>());
            }

            queue.Enqueue(notice);
            _count++;
            var begins = !_isRetrying;
            _isRetrying = true;
            return begins;
        }
    }

    /// <summary>The first that waits for a session of a realm.</summary>
    public WaitingNotice? TryPeek((Realm Realm, string? Origin) line)
    {
        lock (_gate)
        {
            return _queues.TryGetValue(line, out var queue) ? queue.Peek() : null;
        }
    }

    /// <summary>Takes away the first of its line, unless that was given up meanwhile to make room.</summary>
    public void Remove(WaitingNotice notice)
    {
        lock (_gate)
        {
            if (_queues.TryGetValue(notice.Line, out var queue) && ReferenceEquals(queue.Peek(), notice))
            {
                Dequeue(notice.Line, queue);
            }
        }
    }

    /// <summary>Whether nothing waits, so that whoever tries to send may stop.</summary>
    public bool TryEnd()
    {
        lock (_gate)
        {
            _isRetrying = _count > 0;
            return !_isRetrying;
        }
    }

    private void DropOldest()
    {
        var (line, queue) = _queues.MaxBy(entry => entry.Value.Count);
        Dequeue(line, queue);
        Telemetry.NoticeDropped("store_unavailable");
    }

    private void Dequeue((Realm Realm, string? Origin) line, Queue<WaitingNotice> queue)
    {
        queue.Dequeue();
        _count--;
        if (queue.Count == 0)
        {
            _queues.Remove(line);
        }
    }
}
