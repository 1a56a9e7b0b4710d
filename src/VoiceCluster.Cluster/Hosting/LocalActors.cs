using System.Collections.Concurrent;

namespace VoiceCluster.Cluster.Hosting;

/// <summary>The actors that live and die with this node, by name.</summary>
internal sealed class LocalActors(EntityHost host) : IActorCellOwner
{
    private readonly ConcurrentDictionary<string, ActorCell> _actors = new(StringComparer.Ordinal);
    private volatile bool _closed;

    public long Epoch => 0;

    public bool IsSharded => false;

    /// <summary>Counts those that have not ended.</summary>
    public void CountInto(ActorCensus census)
    {
        foreach (var (_, cell) in _actors)
        {
            census.AddLocal(cell);
        }
    }

    public LocalAddress Spawn(string name, Func<Actor> factory)
    {
        var address = new LocalAddress(host.Node.Node, name);
        var cell = new ActorCell(host, this, address, _ => factory());
        if (!_actors.TryAdd(name, cell))
        {
            throw new InvalidOperationException($"An actor named {name} lives already.");
        }

        if (_closed)
        {
            _actors.TryRemove(name, out _);
            throw new InvalidOperationException("The host is stopping and starts no actors.");
        }

        cell.Start();
        return address;
    }

    public DropReason? Post(string name, Delivery delivery) =>
        _actors.TryGetValue(name, out var cell) ? cell.Post(delivery) : DropReason.ActorGone;

    public Task CloseAsync()
    {
        _closed = true;
        return Task.WhenAll(_actors.Values.Select(cell => cell.DrainAsync()));
    }

    public bool TryRetire(ActorCell cell) => false;

    public void TakeBack(ActorCell cell, Delivery delivery) => host.Drop(delivery, DropReason.ActorGone);

    public void OnClosed(ActorCell cell) =>
        _actors.TryRemove(new KeyValuePair<string, ActorCell>(((LocalAddress)cell.Self).Name, cell));

    public Task VerifyAsync() => Task.CompletedTask;
}
