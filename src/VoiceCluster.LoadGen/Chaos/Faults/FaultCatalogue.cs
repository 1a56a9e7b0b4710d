using System.Collections.Immutable;

namespace VoiceCluster.LoadGen.Chaos.Faults;

/// <summary>The faults there are, in the order in which they are applied.</summary>
internal static class FaultCatalogue
{
    /// <summary>The run without a fault, which always comes first.</summary>
    public static Fault Control { get; } = new NoFault();

    /// <summary>What happens where there is an earlier build to begin with.</summary>
    public static Fault Upgrade { get; } = new RollingUpgrade();

    /// <summary>Those that can be asked for.</summary>
    public static ImmutableArray<Fault> All { get; } =
    [
        new NodeKilled(1),
        new NodeFrozen(2),
        new NodeRestarted(1),
        new LinksCut(2),
        new LinksCutOneWay(1),
        new RelayImpaired(),
        new UserPathsImpaired(),
        new StoreStopped(),
        new StoreRestarted(),
        new BackendAway(),
        new ClockJumped(1),
        new NodeDrained(1),
        new RollingRestart(),
    ];

    /// <summary>What a run does: the control, an upgrade if there is something to upgrade from, and then what was asked for; without either, everything.</summary>
    public static IEnumerable<Fault> Of(ChaosOptions options)
    {
        ImmutableArray<Fault> upgrade = options.From is null ? [] : [Upgrade];
        return [Control, .. upgrade, .. All.Where(fault => (options.Faults.Count == 0 && upgrade.IsEmpty) || options.Faults.Contains(fault.Name))];
    }
}
