using VoiceCluster.Domain.Identities;

namespace VoiceCluster.Domain.Placement;

/// <summary>What a node says of itself, about once a second: all that placement knows of it.</summary>
public sealed record NodeLoadReport
{
    /// <summary>From how much of its capacity on a node's own figures say what a user costs there; below, noise would.</summary>
    private const double MeasurableShare = 0.05;

    /// <summary>How many times its nominal share a user may be said to cost: one talker in an idle node must not look like a crowd.</summary>
    private const double MostExpensiveUser = 4;

    /// <summary>Which life of which node.</summary>
    public required NodeIncarnation Node { get; init; }

    /// <summary>Where it is.</summary>
    public string Region { get; init; } = "default";

    /// <summary>The largest share in use of processors, users and bandwidth: 0 is idle, 1 is full. Time that a hypervisor took counts as used.</summary>
    public required double Load { get; init; }

    /// <summary>Users that it serves.</summary>
    public int Users { get; init; }

    /// <summary>Users that it is meant for, from 1.</summary>
    public int CapacityUsers { get; init; } = 5_000;

    /// <summary>New voice sessions per second since the report before.</summary>
    public double JoinsPerSecond { get; init; }

    /// <summary>New voice sessions within the last minute.</summary>
    public int JoinsLastMinute { get; init; }

    /// <summary>Voice sessions within the last minute that were lost and came again.</summary>
    public int ReconnectsLastMinute { get; init; }

    /// <summary>Whether it wants new work.</summary>
    public bool Ready { get; init; } = true;

    /// <summary>Whether it holds fewer sessions than it may; one that does not refuses.</summary>
    public bool HasRoom { get; init; } = true;

    /// <summary>Whether it is being emptied.</summary>
    public bool Draining { get; init; }

    /// <summary>The load that one more user makes, as far as the node's own figures tell.</summary>
    public double CostPerUser
    {
        get
        {
            var nominal = 1.0 / Math.Max(1, CapacityUsers);
            return Users >= CapacityUsers * MeasurableShare
                ? Math.Clamp(Load / Math.Max(1, Users), nominal, MostExpensiveUser * nominal)
                : nominal;
        }
    }
}
