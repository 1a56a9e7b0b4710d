namespace VoiceCluster.Domain.Placement;

/// <summary>Counts joins by key over a sliding time. Not safe for concurrent calls.</summary>
/// <param name="length">How long a join counts.</param>
/// <param name="capacity">How many are kept; the oldest goes first.</param>
internal sealed class JoinWindow<TKey>(TimeSpan length, int capacity = 65_536)
    where TKey : struct
{
    private readonly Queue<(TKey Key, TimeSpan At)> _joins = new();
    private readonly Dictionary<TKey, int> _counts = [];

    /// <summary>Joins of a key that count now; <see cref="Forget"/> moves now on.</summary>
    public int this[TKey key] => _counts.Count == 0 ? 0 : _counts.GetValueOrDefault(key);

    public void Add(TKey key, TimeSpan now)
    {
        if (_joins.Count == capacity)
        {
            RemoveOldest();
        }

        _joins.Enqueue((key, now));
        _counts[key] = _counts.GetValueOrDefault(key) + 1;
    }

    public void Forget(TimeSpan now)
    {
        while (_joins.TryPeek(out var oldest) && now - oldest.At >= length)
        {
            RemoveOldest();
        }
    }

    private void RemoveOldest()
    {
        var (key, _) = _joins.Dequeue();
        var left = _counts[key] - 1;
        if (left == 0)
        {
            _counts.Remove(key);
        }
        else
        {
            _counts[key] = left;
        }
    }
}
