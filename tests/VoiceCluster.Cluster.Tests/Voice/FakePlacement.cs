using VoiceCluster.Cluster.Placement;
using VoiceCluster.Domain.Identities;

namespace VoiceCluster.Cluster.Tests.Voice;

/// <summary>Placement that a test decides; at first no node is refused and none is found.</summary>
internal sealed class FakePlacement : IVoicePlacement
{
    /// <summary>Nodes that take nobody.</summary>
    public HashSet<NodeId> Refusing { get; } = [];

    /// <summary>Nodes that are gone.</summary>
    public HashSet<NodeId> Lost { get; } = [];

    /// <summary>The node that is found.</summary>
    public NodeId? Found { get; set; }

    public bool TakesElsewhere => Found is not null;

    public NodeId? Find(ChannelKey channel, IEnumerable<NodeId> serving) => Found;

    public void Count(ChannelKey channel, NodeId node)
    {
    }

    public bool Takes(NodeId node) => !Refusing.Contains(node);

    public bool IsLost(NodeIncarnation process) => Lost.Contains(process.Node);

    public string EndpointOf(NodeId? node) => node is { Value: var name } ? $"{name}.test:443" : "voice.test:443";
}
