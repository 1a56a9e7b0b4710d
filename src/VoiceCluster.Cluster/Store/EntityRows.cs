using System.Collections.Immutable;
using System.Runtime.InteropServices;
using VoiceCluster.Cluster.Hosting;

namespace VoiceCluster.Cluster.Store;

/// <summary>Entities, their groups and their directory entries in memory. Not safe for concurrent calls.</summary>
internal sealed class EntityRows
{
    private readonly Dictionary<EntityName, Row> _rows = [];
    private readonly Dictionary<(EntityKind Kind, string Group), HashSet<EntityName>> _groups = [];
    private readonly Dictionary<(DirectoryIndex Index, string Key), List<(EntityName Entity, string Value)>> _directory = [];

    public StoredEntity? Find(EntityKind kind, string key) => _rows.GetValueOrDefault(new EntityName(kind, key))?.Entity;

    public ImmutableArray<StoredEntity> FindGroup(EntityKind kind, string group) =>
        _groups.TryGetValue((kind, group), out var names) ? [.. names.Select(name => _rows[name].Entity)] : [];

    public ImmutableArray<EntityAddress> List(ShardId shard) =>
    [
        .. _rows.Where(row => row.Value.Shard == shard).Select(row => new EntityAddress(row.Key.Kind, shard, row.Key.Key)),
    ];

    public ImmutableArray<string> Lookup(DirectoryIndex index, string key) =>
        _directory.TryGetValue((index, key), out var entries)
            ? [.. entries.Select(entry => entry.Value).Distinct(StringComparer.Ordinal)]
            : [];

    public void Commit(EntityCommit commit)
    {
        var name = new EntityName(commit.Entity.Kind, commit.Entity.Key);
        Remove(name);
        if (commit.State is { } state)
        {
            // The caller may use its buffer again.
            var entity = new StoredEntity(name.Kind, name.Key, commit.Group, state.ToArray());
            Add(name, new Row(entity, commit.Entity.Shard, commit.Directory.IsDefault ? [] : commit.Directory));
        }
    }

    private void Add(EntityName name, Row row)
    {
        _rows.Add(name, row);
        if (row.Entity.Group is { } group)
        {
            GetOrAdd(_groups, (name.Kind, group)).Add(name);
        }

        foreach (var entry in row.Directory)
        {
            GetOrAdd(_directory, (entry.Index, entry.Key)).Add((name, entry.Value));
        }
    }

    private void Remove(EntityName name)
    {
        if (!_rows.Remove(name, out var row))
        {
            return;
        }

        if (row.Entity.Group is { } group && _groups.TryGetValue((name.Kind, group), out var names))
        {
            names.Remove(name);
            if (names.Count == 0)
            {
                _groups.Remove((name.Kind, group));
            }
        }

        foreach (var entry in row.Directory)
        {
            RemoveEntries((entry.Index, entry.Key), name);
        }
    }

    private void RemoveEntries((DirectoryIndex Index, string Key) key, EntityName name)
    {
        if (_directory.TryGetValue(key, out var entries))
        {
            entries.RemoveAll(entry => entry.Entity == name);
            if (entries.Count == 0)
            {
                _directory.Remove(key);
            }
        }
    }

    private static TValue GetOrAdd<TKey, TValue>(Dictionary<TKey, TValue> dictionary, TKey key)
        where TKey : notnull
        where TValue : new()
    {
        ref var value = ref CollectionsMarshal.GetValueRefOrAddDefault(dictionary, key, out _);
        return value ??= new TValue();
    }

    private readonly record struct EntityName(EntityKind Kind, string Key);

    private sealed record Row(StoredEntity Entity, ShardId Shard, ImmutableArray<DirectoryEntry> Directory);
}
