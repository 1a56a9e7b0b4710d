using System.Collections.Immutable;
using VoiceCluster.Domain.Identities;

namespace VoiceCluster.LoadGen.Scaling;

/// <summary>A channel: where its users are. Most are on one worker.</summary>
internal sealed class SimulatedChannel(ChannelKey key, int shard, string region)
{
    private readonly List<Place> _places = [];

    public ChannelKey Key { get; } = key;

    public int Shard { get; } = shard;

    public string Region { get; } = region;

    public int Users { get; private set; }

    /// <summary>Workers that serve it.</summary>
    public int Workers => _places.Count;

    /// <summary>Nodes that serve it.</summary>
    public ImmutableArray<NodeId> Nodes { get; private set; } = [];

    /// <summary>In which second messages were counted last, and how many in it.</summary>
    public (int Second, double Count) Messages { get; set; }

    public IReadOnlyList<Place> Places => _places;

    /// <summary>Datagrams per second that its talkers send.</summary>
    public double PacketsIn(ScalingOptions options) => Talkers(options) * ScalingOptions.PacketsPerSecond;

    public bool IsOn(int node, int worker) => _places.Exists(place => place.Node == node && place.Worker == worker);

    public void Enter(SimulatedNode node, int worker)
    {
        Users++;
        var index = _places.FindIndex(place => place.Node == node.Index && place.Worker == worker);
        if (index >= 0)
        {
            _places[index] = _places[index] with { Users = _places[index].Users + 1 };
            return;
        }

        _places.Add(new Place(node.Index, worker, 1));
        if (!Nodes.Contains(node.Id.Node))
        {
            Nodes = Nodes.Add(node.Id.Node);
        }
    }

    public void Leave(SimulatedNode node, int worker)
    {
        Users--;
        var index = _places.FindIndex(place => place.Node == node.Index && place.Worker == worker);
        if (_places[index].Users > 1)
        {
            _places[index] = _places[index] with { Users = _places[index].Users - 1 };
            return;
        }

        _places.RemoveAt(index);
        if (!_places.Exists(place => place.Node == node.Index))
        {
            Nodes = Nodes.Remove(node.Id.Node);
        }
    }

    /// <summary>
    /// Datagrams per second that one of its workers sends: to each of its listeners for each talker but himself, and a copy of what its own
    /// talkers say to each other worker.
    /// </summary>
    public double PacketsOut(Place place, ScalingOptions options)
    {
        var heard = PacketsIn(options) * place.Users * (Users - 1) / Users;
        var relayed = PacketsIn(options) * place.Users / Users * (_places.Count - 1);
        return heard + relayed;
    }

    private double Talkers(ScalingOptions options) => Math.Min(Users * options.TalkProbability, options.MostTalkers);

    /// <summary>A worker that serves the channel.</summary>
    internal readonly record struct Place(int Node, int Worker, int Users);
}
