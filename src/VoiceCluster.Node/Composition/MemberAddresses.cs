using System.Collections.Frozen;
using VoiceCluster.Cluster.Membership;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Domain.Membership;
using VoiceCluster.Gateways.NodeLinks;

namespace VoiceCluster.Node.Composition;

/// <summary>Where the living members take links, as their rows say. Safe for calls from any thread.</summary>
internal sealed class MemberAddresses(MembershipPlacement placement) : INodeAddresses
{
    private volatile View _view = new(new MembershipTable([]), FrozenDictionary<NodeId, NodeLinkAddress>.Empty);

    /// <inheritdoc />
    public NodeLinkAddress? Find(NodeId node)
    {
        var table = placement.Table;
        var view = _view;
        if (!ReferenceEquals(view.Table, table))
        {
            _view = view = new View(table, Read(table));
        }

        return view.Addresses.GetValueOrDefault(node);
    }

    private static FrozenDictionary<NodeId, NodeLinkAddress> Read(MembershipTable table) => table.Live
        .Select(row => (row.Node.Node, Address: MemberDescription.Read(row).Link))
        .Where(member => member.Address is not null)
        .ToFrozenDictionary(member => member.Node, member => member.Address!);

    private sealed record View(MembershipTable Table, FrozenDictionary<NodeId, NodeLinkAddress> Addresses);
}
