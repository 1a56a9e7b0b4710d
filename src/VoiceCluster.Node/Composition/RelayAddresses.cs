using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Net;
using System.Text.Json;
using VoiceCluster.Cluster.Membership;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Domain.Membership;
using VoiceCluster.Udp;

namespace VoiceCluster.Node.Composition;

/// <summary>Where the living members' workers take media of others, as their rows say. Safe for calls from any thread.</summary>
internal sealed class RelayAddresses(MembershipPlacement placement)
{
    private volatile View _view = new(new MembershipTable([]), FrozenDictionary<NodeId, ImmutableArray<Ipv4Endpoint>>.Empty);

    /// <summary>Finds a worker; null as long as its node has not told.</summary>
    /// <remarks>By the node's name: one that was declared dead and joined again has another incarnation, and its workers as they were.</remarks>
    public Ipv4Endpoint? Find(WorkerId worker)
    {
        var table = placement.Table;
        var view = _view;
        if (!ReferenceEquals(view.Table, table))
        {
            _view = view = new View(table, Read(table));
        }

        return view.Workers.TryGetValue(worker.Node.Node, out var endpoints) && worker.Index < endpoints.Length ? endpoints[worker.Index] : null;
    }

    private static FrozenDictionary<NodeId, ImmutableArray<Ipv4Endpoint>> Read(MembershipTable table) =>
        table.Live.GroupBy(row => row.Node.Node).ToFrozenDictionary(rows => rows.Key, rows => Parse(rows.Last().Description));

    /// <summary>The rows are other nodes' writing: what cannot be read is as if it were not there.</summary>
    private static ImmutableArray<Ipv4Endpoint> Parse(string description)
    {
        try
        {
            using var json = JsonDocument.Parse(description);
            return json.RootElement.TryGetProperty(NodeDescription.RelayMember, out var relay)
                ? [.. relay.EnumerateArray().Select(endpoint => Ipv4Endpoint.FromIPEndPoint(IPEndPoint.Parse(endpoint.GetString()!)))]
                : [];
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or FormatException or ArgumentException)
        {
            return [];
        }
    }

    private sealed record View(MembershipTable Table, FrozenDictionary<NodeId, ImmutableArray<Ipv4Endpoint>> Workers);
}
