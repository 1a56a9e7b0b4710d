using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Domain.Media;
using VoiceCluster.Simulation.Machinery;

namespace VoiceCluster.Simulation.Nodes;

/// <summary>The parts of a node that the safety of the cluster hangs on, each of which can be replaced by a broken one, to see that this is found out.</summary>
internal sealed record Parts
{
    /// <summary>A process' way to the store.</summary>
    public Func<SimulatedStore, NodeId, Action<Action>, StoreAccess> Store { get; init; } = static (store, node, run) => new StoreAccess(store, node, run);

    /// <summary>What the host is told about shards.</summary>
    public Func<IShardPlacement, IShardPlacement> Placement { get; init; } = static placement => placement;

    /// <summary>Whether a worker refuses a plan that is older than the one in force.</summary>
    public Func<ForwardingPlan, ForwardingPlan, bool> IsOutdated { get; init; } =
        static (plan, inForce) => (plan.Epoch, plan.Version).CompareTo((inForce.Epoch, inForce.Version)) < 0;
}
