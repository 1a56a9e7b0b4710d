namespace VoiceCluster.LoadGen.Scaling;

/// <summary>A day in the life of a large cluster in a few minutes: it fills, and then one thing after another goes wrong.</summary>
/// <remarks>Event by event on simulated time; the placement is the nodes' own code. Equal options give equal results.</remarks>
internal sealed class ScalingRun
{
    private const short Nowhere = -1;

    private readonly ScalingOptions _options;
    private readonly Random _random;
    private readonly SimulatedCluster _cluster;
    private readonly PriorityQueue<(int Seat, Step Step), double> _events = new();
    private readonly List<ScalingPhase> _phases = [];
    private readonly Seat[] _seats;
    private double _now;
    private double _silentUntil;
    private double? _detectionAt;
    private long _writesBefore;

    public ScalingRun(ScalingOptions options)
    {
        _options = options.WithDefaults();
        _random = new Random(options.Seed);
        _cluster = new SimulatedCluster(_options, _random);
        _seats = [.. _cluster.Sizes.SelectMany((size, channel) => Enumerable.Repeat(new Seat { Channel = channel, Node = Nowhere }, size))];
    }

    private enum Step : byte
    {
        /// <summary>A user arrives.</summary>
        Join,

        /// <summary>The user of a seat leaves.</summary>
        Leave,

        /// <summary>A user who has lost his node, or was refused one, tries again.</summary>
        Retry,

        /// <summary>A user is moved off a node that is being drained.</summary>
        Move,
    }

    private TimeSpan Now => TimeSpan.FromSeconds(_now);

    /// <summary>Runs all phases.</summary>
    public ScalingResult Run(Action<string> progress)
    {
        for (var seat = 0; seat < _options.Users; seat++)
        {
            Schedule(seat, Step.Join, _random.NextDouble() * _options.FillSeconds);
        }

        _cluster.Report(Now, areHeard: true);
        _cluster.Report(Now, areHeard: true);
        Phase("fill", _options.FillSeconds, progress);
        Phase("steady", _options.PhaseSeconds, progress);
        Fail(Pick());
        Phase("nodes fail", _options.PhaseSeconds, progress);
        Drain(Pick());
        Phase("nodes are drained", _options.PhaseSeconds, progress);
        Undrain();
        Phase("they come back", _options.PhaseSeconds, progress);
        _silentUntil = _now + _options.SilenceSeconds;
        Phase("reports stop", _options.PhaseSeconds, progress);
        Array.ForEach(Pick(), node => node.Unsettled = true);
        Phase("clients flap", _options.PhaseSeconds, progress);
        Array.ForEach(_cluster.Nodes, node => node.Unsettled = false);
        var calm = RelayFigures.Of(_cluster, _options);
        ComeAsCrowd();
        Phase("a crowd comes", _options.PhaseSeconds, progress);
        return new ScalingResult(_options, _phases, calm, RelayFigures.Of(_cluster, _options), [.. _cluster.ShardsPerNode()]);
    }

    private void Phase(string name, int seconds, Action<string> progress)
    {
        for (var second = 0; second < seconds; second++)
        {
            var tick = Math.Floor(_now) + 1;
            while (_events.TryPeek(out var due, out var at) && at <= tick)
            {
                _events.Dequeue();
                _now = at;
                Handle(due.Seat, due.Step);
            }

            _now = tick;
            Tick();
        }

        var loads = _cluster.Nodes.Where(node => node is { Alive: true, Draining: false }).Select(node => node.Load).Order().ToArray();
        _phases.Add(new ScalingPhase(name, seconds, _cluster.Nodes.Sum(node => node.Users), loads, _cluster.TakeCounts()));
        _writesBefore = 0;
        progress($"{name}: {_phases[^1].Users} users");
    }

    private void Handle(int index, Step step)
    {
        ref var seat = ref _seats[index];
        switch (step)
        {
            case Step.Join when seat.State == SeatState.Empty:
                seat.State = SeatState.Waiting;
                _cluster.Counts.Joins++;
                Schedule(index, Step.Leave, Exponential(_options.MeanStaySeconds));
                Enter(index, ref seat);
                break;
            case Step.Retry when seat.State == SeatState.Waiting:
                _cluster.Counts.Moves++;
                Enter(index, ref seat);
                break;
            case Step.Move when seat.State == SeatState.Seated && _cluster.Nodes[seat.Node].Draining:
                _cluster.Counts.Moves++;
                Vacate(ref seat);
                seat.State = SeatState.Waiting;
                Enter(index, ref seat);
                break;
            case Step.Leave:
                Vacate(ref seat);
                seat.State = SeatState.Empty;
                Schedule(index, Step.Join, Exponential(_options.MeanGapSeconds));
                break;
        }
    }

    private void Enter(int index, ref Seat seat)
    {
        var channel = _cluster.Channels[seat.Channel];
        if (!_cluster.HasOwner(channel))
        {
            _cluster.Counts.WithoutOwner++;
            Schedule(index, Step.Retry, _random.NextDouble() * _options.DetectionSeconds);
        }
        else if (_cluster.Join(channel, Now) is var (node, worker))
        {
            (seat.State, seat.Node, seat.Worker) = (SeatState.Seated, (short)node.Index, (byte)worker);
        }
        else
        {
            Schedule(index, Step.Retry, _options.DetectionSeconds + (_random.NextDouble() * _options.ReconnectSeconds));
        }
    }

    private void Vacate(ref Seat seat)
    {
        if (seat.State == SeatState.Seated)
        {
            _cluster.Leave(_cluster.Channels[seat.Channel], _cluster.Nodes[seat.Node], seat.Worker, Now);
        }

        seat.Node = Nowhere;
    }

    private void Fail(SimulatedNode[] nodes)
    {
        Array.ForEach(nodes, node => node.Alive = false);
        for (var index = 0; index < _seats.Length; index++)
        {
            ref var seat = ref _seats[index];
            if (seat.State == SeatState.Seated && !_cluster.Nodes[seat.Node].Alive)
            {
                Vacate(ref seat);
                seat.State = SeatState.Waiting;
                Schedule(index, Step.Retry, _options.DetectionSeconds + (_random.NextDouble() * _options.ReconnectSeconds));
            }
        }

        _detectionAt = _now + _options.DetectionSeconds;
    }

    private void Drain(SimulatedNode[] nodes)
    {
        Array.ForEach(nodes, node => node.Draining = true);
        _cluster.AssignShards();
        for (var index = 0; index < _seats.Length; index++)
        {
            if (_seats[index].State == SeatState.Seated && _cluster.Nodes[_seats[index].Node].Draining)
            {
                Schedule(index, Step.Move, _random.NextDouble() * _options.DrainSeconds);
            }
        }
    }

    private void Undrain()
    {
        Array.ForEach(_cluster.Nodes, node => node.Draining = false);
        _cluster.AssignShards();
    }

    private void ComeAsCrowd()
    {
        const double withinSeconds = 60;
        for (var index = _options.Users; index < _seats.Length; index++)
        {
            Schedule(index, Step.Join, _random.NextDouble() * withinSeconds);
        }
    }

    private void Tick()
    {
        if (_detectionAt is { } at && _now >= at)
        {
            _detectionAt = null;
            _cluster.BuryDead();
        }

        _cluster.Report(Now, areHeard: _now >= _silentUntil);
        var counts = _cluster.Counts;
        foreach (var node in _cluster.Nodes)
        {
            counts.OverloadedSeconds += node.Load >= ScalingResult.Overloaded ? 1 : 0;
            counts.HighestProcessorShare = Math.Max(counts.HighestProcessorShare, node.ProcessorShare);
            counts.BusiestNode = Math.Max(counts.BusiestNode, node.JoinsLastSecond);
            counts.HighestLoad = Math.Max(counts.HighestLoad, node.Load);
            counts.BusiestOwner = Math.Max(counts.BusiestOwner, node.Messages);
            node.Messages = 0;
        }

        counts.BusiestStore = Math.Max(counts.BusiestStore, counts.Writes - _writesBefore);
        _writesBefore = counts.Writes;
    }

    /// <summary>Live nodes at random, for something to happen to.</summary>
    private SimulatedNode[] Pick()
    {
        var live = _cluster.Nodes.Where(node => node.Alive).ToArray();
        _random.Shuffle(live);
        return live[..Math.Max(1, _options.Nodes / _options.FaultShare)];
    }

    private void Schedule(int seat, Step step, double after) => _events.Enqueue((seat, step), _now + after);

    private double Exponential(double mean) => -mean * Math.Log(1 - _random.NextDouble());
}

/// <summary>A place in a channel, which one user after another takes.</summary>
internal struct Seat
{
    public int Channel;
    public short Node;
    public byte Worker;
    public SeatState State;
}

/// <summary>Where the user of a seat is.</summary>
internal enum SeatState : byte
{
    /// <summary>There is none.</summary>
    Empty,

    /// <summary>Without a node, about to try again.</summary>
    Waiting,

    /// <summary>On a node.</summary>
    Seated,
}
