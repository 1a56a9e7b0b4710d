using VoiceCluster.Domain.Identities;
using VoiceCluster.Domain.Placement;

namespace VoiceCluster.LoadGen.Scaling;

/// <summary>A node: what its workers carry, and what it says of itself.</summary>
internal sealed class SimulatedNode(int index, ScalingOptions options)
{
    private const int MinuteSeconds = 60;

    private readonly double[] _packets = new double[options.Workers];
    private readonly int[] _sessions = new int[options.Workers];
    private readonly int[] _joins = new int[MinuteSeconds];
    private int _second;

    /// <summary>Its place in the cluster.</summary>
    public int Index { get; } = index;

    public NodeIncarnation Id { get; } = new(new NodeId($"node-{index:d4}"), 1);

    public string Region { get; } = RegionName(index % options.Regions);

    public bool Alive { get; set; } = true;

    /// <summary>Whether the others know that it has died.</summary>
    public bool IsKnownDead { get; set; }

    public bool Draining { get; set; }

    /// <summary>Whether its users' connections keep breaking.</summary>
    public bool Unsettled { get; set; }

    public int Users { get; private set; }

    public int JoinsLastSecond { get; private set; }

    /// <summary>The largest share in use of users and processors.</summary>
    public double Load => Math.Max((double)Users / options.CapacityUsers, ProcessorShare);

    /// <summary>Share of its cores that forwarding takes.</summary>
    public double ProcessorShare => _packets.Sum() * options.PacketNanoseconds * 1e-9 / options.Workers;

    /// <summary>Messages that its shards' actors handled within this second.</summary>
    public double Messages { get; set; }

    public static string RegionName(int region) => $"region-{region}";

    public void Enter(int worker)
    {
        Users++;
        _sessions[worker]++;
        _joins[_second % MinuteSeconds]++;
    }

    public void Leave(int worker)
    {
        Users--;
        _sessions[worker]--;
    }

    /// <summary>Changes the datagrams per second that a worker sends.</summary>
    public void AddPackets(int worker, double perSecond) => _packets[worker] += perSecond;

    /// <summary>Chooses a worker as a node does.</summary>
    public int ChooseWorker(SimulatedChannel channel, PlacementOptions limits)
    {
        Span<WorkerLoad> workers = stackalloc WorkerLoad[options.Workers];
        for (var worker = 0; worker < workers.Length; worker++)
        {
            var load = Math.Max(_packets[worker] * options.PacketNanoseconds * 1e-9, (double)_sessions[worker] * options.Workers / options.CapacityUsers);
            workers[worker] = new WorkerLoad(worker, TakesSessions: load < limits.Full, load, _sessions[worker], channel.IsOn(Index, worker));
        }

        return WorkerPlacer.Choose(workers, limits) ?? 0;
    }

    /// <summary>The report of the second that ends.</summary>
    public NodeLoadReport Report()
    {
        var report = new NodeLoadReport
        {
            Node = Id,
            Region = Region,
            Load = Load,
            Users = Users,
            CapacityUsers = options.CapacityUsers,
            JoinsPerSecond = _joins[_second % MinuteSeconds],
            JoinsLastMinute = _joins.Sum(),
            ReconnectsLastMinute = Unsettled ? Users / 2 : 0,
            Draining = Draining,
        };
        JoinsLastSecond = _joins[_second % MinuteSeconds];
        _second++;
        _joins[_second % MinuteSeconds] = 0;
        return report;
    }
}
