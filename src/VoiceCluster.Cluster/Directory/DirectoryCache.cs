using System.Collections.Immutable;
using VoiceCluster.Cluster.Store;

namespace VoiceCluster.Cluster.Directory;

/// <summary>Found directory values by key; the oldest goes when it is full. Safe for calls from any thread.</summary>
internal sealed class DirectoryCache(TimeProvider time, int capacity)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<(DirectoryIndex Index, string Key), LinkedListNode<Entry>> _entries = [];
    private readonly LinkedList<Entry> _byAge = new();

    /// <summary>The values under a key, if they are no older than the given age; default if not.</summary>
    public ImmutableArray<string> Find(DirectoryIndex index, string key, TimeSpan maxAge)
    {
        lock (_gate)
        {
            return _entries.TryGetValue((index, key), out var node) && time.GetElapsedTime(node.Value.ReadAt) <= maxAge
                ? node.Value.Values
                : default;
        }
    }

    /// <summary>Keeps what was read from the store.</summary>
    public void Add(DirectoryIndex index, string key, ImmutableArray<string> values)
    {
        lock (_gate)
        {
            RemoveNode((index, key));
            if (_entries.Count >= capacity)
            {
                RemoveNode(_byAge.First!.Value.Key);
            }

            _entries.Add((index, key), _byAge.AddLast(new Entry((index, key), values, time.GetTimestamp())));
        }
    }

    public void Remove(DirectoryIndex index, string key)
    {
        lock (_gate)
        {
            RemoveNode((index, key));
        }
    }

    private void RemoveNode((DirectoryIndex Index, string Key) key)
    {
        if (_entries.Remove(key, out var node))
        {
            _byAge.Remove(node);
        }
    }

    private sealed record Entry((DirectoryIndex Index, string Key) Key, ImmutableArray<string> Values, long ReadAt);
}
