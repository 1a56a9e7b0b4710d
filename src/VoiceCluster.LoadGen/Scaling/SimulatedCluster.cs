using VoiceCluster.Domain.Identities;
using VoiceCluster.Domain.Placement;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.LoadGen.Scaling;

/// <summary>Nodes, channels and who is where; joins are placed by the placer of the node that owns the channel's shard.</summary>
internal sealed class SimulatedCluster
{
    /// <summary>As many as the real cluster has.</summary>
    public const int Shards = 256;

    private readonly ScalingOptions _options;
    private readonly PlacementOptions _limits = new();
    private readonly Random _random;
    private readonly Dictionary<NodeId, int> _indexes;
    private readonly NodePlacer?[] _placers;
    private int[] _owners = [];
    private HeardReport[] _reports = [];

    public SimulatedCluster(ScalingOptions options, Random random)
    {
        _options = options;
        _random = random;
        Nodes = [.. Enumerable.Range(0, options.Nodes).Select(index => new SimulatedNode(index, options))];
        _indexes = Nodes.ToDictionary(node => node.Id.Node, node => node.Index);
        _placers = new NodePlacer?[options.Nodes];
        var sizes = new ChannelSizes(options.ZipfExponent, options.LargestChannel).Draw(options.Users, random);
        Sizes = [.. sizes, options.CrowdUsers];
        Channels = [.. Sizes.Select((_, index) => NewChannel(index))];
        AssignShards();
    }

    public SimulatedNode[] Nodes { get; }

    public SimulatedChannel[] Channels { get; }

    /// <summary>How many users each channel has room for; the last one is the crowd's.</summary>
    public int[] Sizes { get; }

    /// <summary>What happened since <see cref="TakeCounts"/>.</summary>
    public ScalingCounts Counts { get; private set; } = new();

    /// <summary>What is known of the nodes: measured a second ago, known everywhere now.</summary>
    public ClusterLoad Known { get; private set; } = ClusterLoad.Empty;

    public ScalingCounts TakeCounts()
    {
        var counts = Counts;
        Counts = new ScalingCounts();
        return counts;
    }

    /// <summary>Whether the node that owns the channel's shard lives.</summary>
    public bool HasOwner(SimulatedChannel channel) => Nodes[_owners[channel.Shard]].Alive;

    /// <summary>Chooses a node for a user and puts him there. Null when none can take him, or the chosen one is dead.</summary>
    public (SimulatedNode Node, int Worker)? Join(SimulatedChannel channel, TimeSpan now)
    {
        var owner = _owners[channel.Shard];
        var placer = _placers[owner] ??= new NodePlacer(_limits, _random.Next);
        if (placer.Choose(Known, new JoinRequest(channel.Key, channel.Nodes, channel.Region), now) is not { } placed)
        {
            Counts.NoCapacity++;
            return null;
        }

        var node = Nodes[_indexes[placed.Node.Node]];
        Counts.Count(placed, isElsewhere: node.Region != channel.Region, node);
        if (!node.Alive)
        {
            return null;
        }

        CountMessages(channel, now, ControlCosts.MessagesPerJoin + (ControlCosts.MessagesPerOther * channel.Users));
        Counts.Writes += ControlCosts.WritesPerJoin;
        var worker = node.ChooseWorker(channel, _limits);
        Change(channel, () =>
        {
            channel.Enter(node, worker);
            node.Enter(worker);
        });
        return (node, worker);
    }

    /// <summary>Takes a user away.</summary>
    public void Leave(SimulatedChannel channel, SimulatedNode node, int worker, TimeSpan now)
    {
        Counts.Writes += ControlCosts.WritesPerLeave;
        Change(channel, () =>
        {
            channel.Leave(node, worker);
            node.Leave(worker);
        });
        CountMessages(channel, now, ControlCosts.MessagesPerLeave + (ControlCosts.MessagesPerOther * channel.Users));
    }

    /// <summary>Measures every node, and makes known what was measured before.</summary>
    public void Report(TimeSpan now, bool areHeard)
    {
        if (areHeard)
        {
            Known = new ClusterLoad(_reports);
        }

        // A node that has just died goes on being known as it was.
        var fresh = Nodes.Where(node => node.Alive).Select(node => new HeardReport(node.Report(), now));
        var dying = Nodes.Where(node => node is { Alive: false, IsKnownDead: false }).Select(node => node.Id).ToHashSet();
        _reports = [.. fresh, .. _reports.Where(heard => dying.Contains(heard.Report.Node))];
    }

    /// <summary>Lets everybody know who has died.</summary>
    public void BuryDead()
    {
        foreach (var node in Nodes)
        {
            node.IsKnownDead = !node.Alive;
        }

        AssignShards();
    }

    /// <summary>Gives each shard to the node that rendezvous hashing names.</summary>
    public void AssignShards()
    {
        var owners = new ShardOwners(Nodes.Where(node => !node.IsKnownDead && !node.Draining).Select(node => node.Id.Node), Shards);
        var assigned = Enumerable.Range(0, Shards).Select(shard => _indexes[owners[shard]]).ToArray();
        Counts.ShardsMoved += _owners.Zip(assigned).Count(pair => pair.First != pair.Second);
        _owners = assigned;
    }

    /// <summary>Shards of each node that has any.</summary>
    public IEnumerable<int> ShardsPerNode() => _owners.CountBy(owner => owner).Select(node => node.Value);

    /// <summary>Keeps the load that a channel makes in step with a change of it.</summary>
    private void Change(SimulatedChannel channel, Action change)
    {
        AddPackets(channel, -1);
        change();
        AddPackets(channel, 1);
    }

    private void AddPackets(SimulatedChannel channel, int sign)
    {
        foreach (var place in channel.Places)
        {
            Nodes[place.Node].AddPackets(place.Worker, sign * channel.PacketsOut(place, _options));
        }
    }

    private void CountMessages(SimulatedChannel channel, TimeSpan now, double messages)
    {
        // One worker's plan is counted in; each further one is told its own.
        messages += Math.Max(0, channel.Workers - 1);
        Counts.Messages += messages;
        Nodes[_owners[channel.Shard]].Messages += messages;
        var second = (int)now.TotalSeconds;
        channel.Messages = channel.Messages.Second == second ? (second, channel.Messages.Count + messages) : (second, messages);
        Counts.BusiestChannel = Math.Max(Counts.BusiestChannel, channel.Messages.Count);
    }

    private SimulatedChannel NewChannel(int index) => new(
        new ChannelKey(new Realm("default"), null, new Snowflake((ulong)index + 1)),
        _random.Next(Shards),
        SimulatedNode.RegionName(_random.Next(_options.Regions)));
}
