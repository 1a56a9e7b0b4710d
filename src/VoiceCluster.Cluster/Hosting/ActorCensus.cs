namespace VoiceCluster.Cluster.Hosting;

/// <summary>The actors of a host, counted in one walk: with a crowd each walk is long. Not safe for concurrent calls.</summary>
internal sealed class ActorCensus
{
    private readonly Dictionary<string, int> _byKind = new(StringComparer.Ordinal);

    /// <summary>Walks.</summary>
    public ActorCensus(IEnumerable<Shard> shards, LocalActors locals)
    {
        foreach (var shard in shards)
        {
            shard.CountInto(this);
        }

        locals.CountInto(this);
    }

    /// <summary>Actors by the words of <see cref="ActorKinds"/>.</summary>
    public IReadOnlyDictionary<string, int> ByKind => _byKind;

    /// <summary>Sharded entities.</summary>
    public int Entities { get; private set; }

    /// <summary>Actors that live and die with the node.</summary>
    public int LocalActors { get; private set; }

    /// <summary>Messages in all mailboxes.</summary>
    public long Queued { get; private set; }

    /// <summary>Messages in the fullest mailbox.</summary>
    public int DeepestMailbox { get; private set; }

    /// <summary>Counts an entity.</summary>
    public void AddEntity(ActorCell cell)
    {
        Entities++;
        Add(cell);
    }

    /// <summary>Counts a local actor.</summary>
    public void AddLocal(ActorCell cell)
    {
        LocalActors++;
        Add(cell);
    }

    private void Add(ActorCell cell)
    {
        var depth = cell.Depth;
        Queued += depth;
        DeepestMailbox = Math.Max(DeepestMailbox, depth);
        _byKind[cell.Kind] = _byKind.GetValueOrDefault(cell.Kind) + 1;
    }
}
