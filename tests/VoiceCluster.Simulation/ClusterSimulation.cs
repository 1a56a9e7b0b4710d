using VoiceCluster.Simulation.Checks;
using VoiceCluster.Simulation.Users;

namespace VoiceCluster.Simulation;

/// <summary>
/// Runs the real host, membership and voice entities of some nodes on simulated clocks, links and store: a time of faults, then a time in which
/// everything has to come right again, over and over. One thread, one seed.
/// </summary>
public sealed class ClusterSimulation
{
    /// <summary>How long after the last fault every shard has exactly one owner again.</summary>
    public static readonly TimeSpan OwnersBound = TimeSpan.FromSeconds(30);

    /// <summary>How long after the last fault nothing is left of it.</summary>
    public static readonly TimeSpan GhostsBound = TimeSpan.FromSeconds(75);

    /// <summary>After so many steps the first fault is long over.</summary>
    private const long LongRun = 100_000;

    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(250);

    private readonly SimulationOptions _options;
    private readonly World _world;
    private readonly Crowd _crowd;
    private readonly Faults _faults;
    private readonly Aftermath _aftermath;
    private bool _isFaulty;
    private TimeSpan _ownedAgainAfter;

    /// <summary>Puts a cluster together.</summary>
    public ClusterSimulation(SimulationOptions options)
    {
        _options = options;
        _world = new World(options);
        _crowd = new Crowd(_world);
        _faults = new Faults(_world);
        _aftermath = new Aftermath(_world, _crowd);
    }

    /// <summary>Runs until the steps are done or something is found.</summary>
    public SimulationResult Run()
    {
        // What waits would go on in the context of whoever calls, on other threads.
        var context = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        try
        {
            return RunAlone();
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(context);
        }
    }

    private SimulationResult RunAlone()
    {
        for (var machine = 0; machine < _options.Nodes; machine++)
        {
            _world.Start(machine);
        }

        _world.Agenda.After(TimeSpan.FromSeconds(15), BeginFaults);
        while (_world.Steps < _options.Steps && _world.Judge.Finding is null)
        {
            _world.Step();
        }

        if (_world.Steps >= LongRun && !_world.Counts.ContainsKey("episodes"))
        {
            _world.Judge.Find("time stood still, so nothing was tried");
        }

        foreach (var machine in Enumerable.Range(0, _options.Nodes))
        {
            _world.Crash(machine);
        }

        return new SimulationResult(
            _options.Seed, _world.Steps, _world.Agenda.Now, _world.Counts, _ownedAgainAfter, _world.Fingerprint, _world.Judge.Finding);
    }

    private void BeginFaults()
    {
        _world.Count("episodes");
        _isFaulty = true;
        _crowd.IsActive = true;
        var gentle = _world.Chance.OneIn(3);
        Next();
        _world.Agenda.After(_world.Chance.Between(3_000, gentle ? 20_000 : 60_000), EndFaults);

        void Next() => _world.Agenda.After(_world.Chance.Between(50, gentle ? 8_000 : 3_000), () =>
        {
            if (_isFaulty)
            {
                _faults.Happen();
                Next();
            }
        });
    }

    private void EndFaults()
    {
        _isFaulty = false;
        _faults.HealAll();
        var healed = _world.Agenda.Now;
        WatchOwners(healed, whole: null);
        _world.Agenda.After(GhostsBound, () =>
        {
            Look();
            BeginFaults();
        });
    }

    /// <summary>Looks until the bound; from the first moment at which all is well it has to stay so.</summary>
    private void WatchOwners(TimeSpan healed, TimeSpan? whole)
    {
        var passed = _world.Agenda.Now - healed;
        var missing = _aftermath.FindUnowned();
        whole = missing is null ? whole ?? passed : null;
        if (passed < OwnersBound)
        {
            _world.Agenda.After(Glance, () => WatchOwners(healed, whole));
        }
        else if (missing is not null)
        {
            _world.Judge.Find($"{passed} after the last fault {missing}");
        }
        else
        {
            _ownedAgainAfter = whole > _ownedAgainAfter ? whole.Value : _ownedAgainAfter;
            _crowd.IsActive = false;
        }
    }

    private void Look()
    {
        if (_crowd.Users.Any(user => user.IsBusy))
        {
            _world.Judge.Find("a request was never answered");
        }

        _aftermath.CheckPromises();
        _aftermath.CheckGhosts();
        _aftermath.CheckLeftovers();
        foreach (var user in _crowd.Users)
        {
            user.Settle();
        }
    }
}
