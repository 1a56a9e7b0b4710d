using VoiceCluster.LoadGen.Chaos.Report;
using VoiceCluster.LoadGen.Chaos.Users;
using VoiceCluster.LoadGen.Cluster;

namespace VoiceCluster.LoadGen.Chaos.Faults;

/// <summary>What a fault has to do with.</summary>
/// <param name="Cluster">The nodes and what is around them.</param>
/// <param name="Crowd">The users and the backends.</param>
/// <param name="Options">What was asked for.</param>
/// <param name="Note">Takes what is worth a line below the table.</param>
internal sealed record ChaosScene(ChaosCluster Cluster, Crowd Crowd, ChaosOptions Options, Action<string> Note)
{
    /// <summary>Takes what is measured of this fault only.</summary>
    public FaultFigures Figures { get; } = new();

    /// <summary>The nodes but one.</summary>
    public IEnumerable<LocalNode> Others(int node) => Cluster.Nodes.Where(other => other.Index != node);
}

/// <summary>A user at the moment a fault began.</summary>
/// <param name="User">The user.</param>
/// <param name="Node">The node that served the user, by its index.</param>
internal readonly record struct PlacedUser(ChaosUser User, int Node);
