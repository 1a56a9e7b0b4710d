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
    /// <summary>Names its append, so that trying again after a lost answer keeps it once.</summary>
    public long Id { get; } = Random.Shared.NextInt64();
}

/// <summary>Notices that wait, in the order in which they came. Safe for calls from any thread.</summary>
internal sealed class WaitingNotices
{
    /// <summary>Some minutes of a busy node; beyond that a realm's oldest goes.</summary>
    private const int MaxWaiting = 4096;

    private readonly Lock _gate = new();
    private readonly Dictionary<Realm, Queue<WaitingNotice>> _queues = [];
    private int _count;
    private bool _isRetrying;

    /// <summary>The realms that something waits for.</summary>
    public IReadOnlyList<Realm> Realms
    {
        get
        {
            lock (_gate)
            {
                return [.. _queues.Keys];
            }
        }
    }

    /// <summary>Whether something waits for a realm: what comes later has to wait behind it.</summary>
    public bool Has(Realm realm)
    {
        lock (_gate)
        {
            return _queues.ContainsKey(realm);
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

            if (!_queues.TryGetValue(notice.Realm, out var queue))
            {
                _queues.Add(notice.Realm, queue = new Queue<WaitingNotice>());
            }

            queue.Enqueue(notice);
            _count++;
            var begins = !_isRetrying;
            _isRetrying = true;
            return begins;
        }
    }

    /// <summary>The first that waits for a realm.</summary>
    public WaitingNotice? TryPeek(Realm realm)
    {
        lock (_gate)
        {
            return _queues.TryGetValue(realm, out var queue) ? queue.Peek() : null;
        }
    }

    /// <summary>Takes away the first of its realm, unless that was given up meanwhile to make room.</summary>
    public void Remove(WaitingNotice notice)
    {
        lock (_gate)
        {
            if (_queues.TryGetValue(notice.Realm, out var queue) && ReferenceEquals(queue.Peek(), notice))
            {
                Dequeue(notice.Realm, queue);
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
        var (realm, queue) = _queues.MaxBy(entry => entry.Value.Count);
        Dequeue(realm, queue);
        Telemetry.NoticeDropped("store_unavailable");
    }

    private void Dequeue(Realm realm, Queue<WaitingNotice> queue)
    {
        queue.Dequeue();
        _count--;
        if (queue.Count == 0)
        {
            _queues.Remove(realm);
        }
    }
}
