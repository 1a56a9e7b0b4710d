using Microsoft.Extensions.Logging;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Simulation.Checks;
using VoiceCluster.Simulation.Machinery;
using VoiceCluster.Simulation.Nodes;

namespace VoiceCluster.Simulation;

/// <summary>Machines, the processes on them, and what is between them.</summary>
internal sealed class World
{
    private readonly SimulatedClock[] _clocks;
    private readonly SimulatedNode?[] _processes;
    private readonly TextWriter? _trace;
    private readonly List<SimulatedNode> _runnable = [];
    private readonly List<SimulatedNode> _nodes = [];

    public World(SimulationOptions options)
    {
        Chance = new Chance(options.Seed);
        Parts = options.Parts;
        _trace = options.Trace;
        if (_trace is not null)
        {
            Agenda.Begun = action => Trace("agenda", $"{action.Method.DeclaringType?.Name}.{action.Method.Name}");
        }

        Store = new SimulatedStore(Agenda, Chance);
        Network = new SimulatedNetwork(Agenda, Chance);
        Judge = new Judge(this);
        Names = [.. Enumerable.Range(1, options.Nodes).Select(number => new NodeId($"node-{number}"))];
        _clocks = [.. Names.Select(_ => new SimulatedClock(Agenda, Chance.Between(1, 1e9)))];
        _processes = new SimulatedNode?[options.Nodes];
    }

    public Agenda Agenda { get; } = new();

    public Chance Chance { get; }

    public Parts Parts { get; }

    public SimulatedStore Store { get; }

    public SimulatedNetwork Network { get; }

    public Judge Judge { get; }

    public IReadOnlyList<NodeId> Names { get; }

    /// <summary>The processes that run, or are frozen.</summary>
    public IReadOnlyList<SimulatedNode> Nodes => _nodes;

    /// <summary>How often what happened.</summary>
    public SortedDictionary<string, long> Counts { get; } = new(StringComparer.Ordinal);

    public long Steps { get; private set; }

    public ulong Fingerprint { get; private set; } = 14695981039346656037;

    public ILoggerFactory LogsOf(NodeIncarnation life) => new WatchedLogs(life.Node, this, _trace);

    public void Count(string what) => Counts[what] = Counts.GetValueOrDefault(what) + 1;

    public SimulatedClock ClockOf(int machine) => _clocks[machine];

    public SimulatedNode? ProcessOn(int machine) => _processes[machine];

    /// <summary>Starts a process on a machine that has none, and again if it does not get in.</summary>
    public void Start(int machine)
    {
        if (_processes[machine] is not null)
        {
            return;
        }

        var node = new SimulatedNode(new NodeIncarnation(Names[machine], Chance.Positive()), _clocks[machine], this);
        node.Obeyed = plan => Judge.OnObeyed(node, plan);
        _processes[machine] = node;
        _nodes.Add(node);
        node.Start(() =>
        {
            if (_processes[machine] == node)
            {
                Crash(machine);
                Agenda.After(Chance.Between(200, 1_500), () => Start(machine));
            }
        });
    }

    public void Crash(int machine)
    {
        if (_processes[machine] is { } node)
        {
            _processes[machine] = null;
            _nodes.Remove(node);
            node.Crash();
        }
    }

    /// <summary>Does one thing: a turn of some process that has one waiting, else what comes next in time.</summary>
    public void Step()
    {
        Steps++;
        _runnable.Clear();
        foreach (var node in _nodes)
        {
            if (node.CanRun)
            {
                _runnable.Add(node);
            }
        }

        if (_runnable.Count > 0)
        {
            var node = _runnable[Chance.Below(_runnable.Count)];
            Mix(node.Life.Node.Value[^1]);
            if (_trace is not null)
            {
                Trace(node.Life.Node.Value, "turn");
            }

            node.Scheduler.RunOne();
            return;
        }

        Agenda.DoNext();
        Mix((ulong)Agenda.Now.Ticks);
    }

    public void Trace(string who, string what) => _trace?.WriteLine($"{Agenda.Now} {Steps} {who}: {what}");

    private void Mix(ulong value) => Fingerprint = unchecked((Fingerprint ^ value) * 1099511628211);
}
