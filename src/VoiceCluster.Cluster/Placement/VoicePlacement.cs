using System.Collections.Frozen;
using VoiceCluster.Cluster.Membership;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Domain.Placement;

namespace VoiceCluster.Cluster.Placement;

/// <summary>Places users by what the members of the cluster report of themselves. One per node, for all that it decides.</summary>
/// <remarks>A node without others, and one that has not heard of any yet, only knows itself.</remarks>
/// <param name="self">This node.</param>
/// <param name="region">Where this node is. Backends have one address per region, so who asks here is taken to be near.</param>
/// <param name="options">Limits.</param>
/// <param name="report">This node's own report, as it is now.</param>
/// <param name="endpoint">This node's own endpoint; known once its ports are open.</param>
/// <param name="liveness">Who is gone.</param>
/// <param name="time">The node's clock.</param>
public sealed class VoicePlacement(
    NodeId self, string region, PlacementOptions options, Func<NodeLoadReport> report, Func<string> endpoint, NodeLiveness liveness, TimeProvider time)
    : IVoicePlacement
{
    private readonly Lock _gate = new();
    private readonly NodePlacer _placer = new(options, Random.Shared.Next);
    private FrozenDictionary<NodeId, PlacedMember> _members = FrozenDictionary<NodeId, PlacedMember>.Empty;
    private ClusterLoad _load = ClusterLoad.Empty;
    private NodeLoadReport? _own;

    /// <inheritdoc />
    public bool TakesElsewhere
    {
        get
        {
            lock (_gate)
            {
                return _members.Values.Any(member => !member.Heard.Report.Draining && member.Heard.Report.HasRoom);
            }
        }
    }

    private TimeSpan Now => time.GetElapsedTime(0);

    /// <summary>Takes what the living members say of themselves; whoever is not named is not placed on any more.</summary>
    public void Update(IEnumerable<PlacedMember> members)
    {
        var known = members.Where(member => member.Heard.Report.Node.Node != self).ToFrozenDictionary(member => member.Heard.Report.Node.Node);
        lock (_gate)
        {
            _members = known;
            _own = null;
        }
    }

    /// <inheritdoc />
    public NodeId? Find(ChannelKey channel, IEnumerable<NodeId> serving)
    {
        var request = new JoinRequest(channel, [.. serving], region);
        var own = report();
        lock (_gate)
        {
            return _placer.Find(LoadWith(own), request, Now)?.Node.Node;
        }
    }

    /// <inheritdoc />
    public void Count(ChannelKey channel, NodeId node)
    {
        lock (_gate)
        {
            _placer.Count(channel, node, Now);
        }
    }

    /// <inheritdoc />
    public bool Takes(NodeId node)
    {
        if (node == self)
        {
            return !report().Draining;
        }

        lock (_gate)
        {
            return _members.TryGetValue(node, out var member) && !member.Heard.Report.Draining;
        }
    }

    /// <inheritdoc />
    public bool IsLost(NodeIncarnation process) => process.Node != self && liveness.IsLost(process);

    /// <inheritdoc />
    public string EndpointOf(NodeId? node)
    {
        lock (_gate)
        {
            return node is { } named && _members.TryGetValue(named, out var member) ? member.Endpoint : endpoint();
        }
    }

    /// <summary>This node's own report is newer than what its row says; it is made once a second, and so is the whole.</summary>
    private ClusterLoad LoadWith(NodeLoadReport own)
    {
        if (!ReferenceEquals(own, _own))
        {
            _own = own;
            _load = new ClusterLoad([.. _members.Values.Select(member => member.Heard), new HeardReport(own, Now)]);
        }

        return _load;
    }
}

/// <summary>A living member as placement sees it.</summary>
/// <param name="Heard">Its report, and when it was measured by this node's monotonic clock.</param>
/// <param name="Endpoint"><c>host:port</c> of its voice websockets.</param>
public sealed record PlacedMember(HeardReport Heard, string Endpoint);
