namespace VoiceCluster.Simulation;

/// <summary>What goes wrong: with processes, with links, with the store, with clocks.</summary>
internal sealed class Faults
{
    private readonly World _world;
    private readonly (string Name, Action Happen)[] _kinds;

    public Faults(World world)
    {
        _world = world;
        _kinds =
        [
            ("crash", Crash),
            ("crash", Crash),
            ("freeze", Freeze),
            ("freeze", Freeze),
            ("cut one way", () => Cut(bothWays: false)),
            ("cut both ways", () => Cut(bothWays: true)),
            ("isolate", Isolate),
            ("cut off from the store", CutOff),
            ("store away", TakeStoreAway),
            ("store slow", () => _world.Store.Delay = _world.Chance.Between(10, 2_500)),
            ("store fast", () => _world.Store.Delay = TimeSpan.Zero),
            ("links slow", () => _world.Network.Delay = _world.Chance.Between(5, 1_500)),
            ("links fast", () => _world.Network.Delay = TimeSpan.Zero),
            ("clock jump", Jump),
            ("drain", Drain),
        ];
    }

    private int Machine => _world.Chance.Below(_world.Names.Count);

    /// <summary>One thing goes wrong.</summary>
    public void Happen()
    {
        var (name, happen) = _world.Chance.Of(_kinds);
        _world.Count($"fault: {name}");
        _world.Trace("fault", name);
        happen();
    }

    /// <summary>Everything is as it should be again, but for wall clocks.</summary>
    public void HealAll()
    {
        _world.Trace("fault", "all healed");
        _world.Store.MendAll();
        _world.Network.MendAll();
        _world.Network.Delay = TimeSpan.Zero;
        for (var machine = 0; machine < _world.Names.Count; machine++)
        {
            if (_world.ProcessOn(machine) is not { } node)
            {
                _world.Start(machine);
                continue;
            }

            node.Membership.Draining = false;
            if (node.IsFrozen)
            {
                node.Continue();
            }
        }
    }

    private void Crash()
    {
        var machine = Machine;
        _world.Crash(machine);
        _world.Agenda.After(_world.Chance.Between(100, 12_000), () => _world.Start(machine));
    }

    private void Freeze()
    {
        if (_world.ProcessOn(Machine) is not { IsFrozen: false } node)
        {
            return;
        }

        node.Freeze();
        var longest = _world.Chance.OneIn(3) ? 15_000 : 1_500;
        _world.Agenda.After(_world.Chance.Between(10, longest), () =>
        {
            if (node is { IsOver: false, IsFrozen: true })
            {
                node.Continue();
            }
        });
    }

    private void Cut(bool bothWays)
    {
        var (one, other) = (_world.Names[Machine], _world.Names[Machine]);
        if (one == other)
        {
            return;
        }

        _world.Network.Cut(one, other);
        if (bothWays)
        {
            _world.Network.Cut(other, one);
        }

        _world.Agenda.After(_world.Chance.Between(100, 15_000), () =>
        {
            _world.Network.Mend(one, other);
            _world.Network.Mend(other, one);
        });
    }

    /// <summary>A node that nobody reaches and that reaches nobody; every other time not even the store.</summary>
    private void Isolate()
    {
        var node = _world.Names[Machine];
        foreach (var other in _world.Names.Where(other => other != node))
        {
            _world.Network.Cut(node, other);
            _world.Network.Cut(other, node);
        }

        if (_world.Chance.OneIn(2))
        {
            _world.Store.CutOff(node);
        }

        _world.Agenda.After(_world.Chance.Between(1_000, 20_000), () =>
        {
            _world.Store.Mend(node);
            foreach (var other in _world.Names.Where(other => other != node))
            {
                _world.Network.Mend(node, other);
                _world.Network.Mend(other, node);
            }
        });
    }

    private void CutOff()
    {
        var node = _world.Names[Machine];
        _world.Store.CutOff(node);
        _world.Agenda.After(_world.Chance.Between(100, 20_000), () => _world.Store.Mend(node));
    }

    private void TakeStoreAway()
    {
        _world.Store.IsAway = true;
        _world.Agenda.After(_world.Chance.Between(100, 20_000), () => _world.Store.IsAway = false);
    }

    private void Jump()
    {
        var clock = _world.ClockOf(Machine);
        clock.Offset = _world.Chance.Below(3) switch
        {
            0 => TimeSpan.Zero,
            1 => _world.Chance.Between(-2_000, 2_000),
            _ => _world.Chance.Between(-3_600_000, 3_600_000),
        };
    }

    private void Drain()
    {
        if (_world.ProcessOn(Machine) is { } node)
        {
            node.Membership.Draining = !node.Membership.Draining;
        }
    }
}
