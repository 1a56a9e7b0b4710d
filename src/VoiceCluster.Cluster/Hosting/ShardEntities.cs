namespace VoiceCluster.Cluster.Hosting;

/// <summary>The entities of a shard that run on this node. Not safe for concurrent calls.</summary>
internal sealed class ShardEntities(EntityHost host, IActorCellOwner owner)
{
    private readonly Dictionary<EntityAddress, ActorCell> _cells = [];

    /// <summary>All of them.</summary>
    public IReadOnlyDictionary<EntityAddress, ActorCell> All => _cells;

    /// <summary>Starts an entity without a message, unless it runs.</summary>
    public void Wake(EntityAddress target)
    {
        if (!_cells.ContainsKey(target))
        {
            FindOrAdd(target)?.Start();
        }
    }

    /// <summary>Queues a message for an entity, which is started if it does not run. Null when it was taken.</summary>
    public DropReason? Post(EntityAddress target, Delivery delivery) =>
        FindOrAdd(target) is { } cell ? cell.Post(delivery) : DropReason.UnknownKind;

    /// <summary>Forgets a cell; another one in its place stays.</summary>
    public void Remove(ActorCell cell)
    {
        var address = (EntityAddress)cell.Self;
        if (_cells.TryGetValue(address, out var current) && ReferenceEquals(current, cell))
        {
            _cells.Remove(address);
        }
    }

    /// <summary>Forgets all.</summary>
    public void Clear() => _cells.Clear();

    /// <summary>Null when nothing makes entities of the kind.</summary>
    private ActorCell? FindOrAdd(EntityAddress target)
    {
        if (_cells.TryGetValue(target, out var cell))
        {
            return cell;
        }

        if (host.FindFactory(target.Kind) is not { } factory)
        {
            return null;
        }

        cell = new ActorCell(host, owner, target, factory);
        _cells.Add(target, cell);
        return cell;
    }
}
