using System.Collections.Frozen;
using System.Text.Json;
using VoiceCluster.Cluster.Membership;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Domain.Membership;
using VoiceCluster.Gateways.NodeLinks;
using VoiceCluster.Node.Configuration;

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
        .Select(row => (row.Node.Node, Address: Parse(row.Description)))
        .Where(member => member.Address is not null)
        .ToFrozenDictionary(member => member.Node, member => member.Address!);

    /// <summary>The rows are other nodes' writing: what cannot be read is as if it were not there.</summary>
    private static NodeLinkAddress? Parse(string description)
    {
        try
        {
            using var json = JsonDocument.Parse(description);
            var text = json.RootElement.TryGetProperty(NodeDescription.LinkMember, out var link) ? link.GetString() : null;
            return text is not null && HostAndPort.TryParse(text, out var address) ? new NodeLinkAddress(address!.Host, address.Port) : null;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private sealed record View(MembershipTable Table, FrozenDictionary<NodeId, NodeLinkAddress> Addresses);
}
