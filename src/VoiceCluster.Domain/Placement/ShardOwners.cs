using System.Collections.Immutable;
using System.Text;
using VoiceCluster.Domain.Identities;

namespace VoiceCluster.Domain.Placement;

/// <summary>Which node should own which shard: rendezvous hashing, worked out once for a set of nodes. Immutable.</summary>
/// <remarks>
/// Every node gives every shard a score, and the highest owns it. So all who know the same nodes agree without speaking, a node that
/// joins only takes shards, and of one that leaves only its own shards move, to all the others alike.
/// The scores are part of what the releases of a cluster agree on: FNV-1a over the node's name in UTF-8, and that, mixed with the shard,
/// through the finalizer of SplitMix64.
/// </remarks>
public sealed class ShardOwners
{
    private readonly ImmutableArray<NodeId> _owners;

    /// <summary>Works the owners out.</summary>
    /// <param name="nodes">Those that may own shards: the live ones that are not being emptied, or all live ones if all are.</param>
    /// <param name="shards">How many shards there are.</param>
    /// <exception cref="ArgumentException">There is no node.</exception>
    public ShardOwners(IEnumerable<NodeId> nodes, int shards)
    {
        var seeds = nodes.Distinct().Select(node => (Node: node, Seed: SeedOf(node))).ToArray();
        if (seeds.Length == 0)
        {
            throw new ArgumentException("Shards need a node.", nameof(nodes));
        }

        // Names decide between equal scores, so that the order in which nodes are known does not matter.
        Array.Sort(seeds, static (one, other) => string.CompareOrdinal(one.Node.Value, other.Node.Value));
        _owners = [.. Enumerable.Range(0, shards).Select(shard => seeds.MaxBy(node => Score(node.Seed, shard)).Node)];
    }

    /// <summary>How many shards there are.</summary>
    public int Count => _owners.Length;

    /// <summary>The owner of a shard.</summary>
    public NodeId this[int shard] => _owners[shard];

    private static ulong SeedOf(NodeId node)
    {
        const ulong offsetBasis = 14695981039346656037;
        const ulong prime = 1099511628211;
        var hash = offsetBasis;
        foreach (var value in Encoding.UTF8.GetBytes(node.Value))
        {
            hash = unchecked((hash ^ value) * prime);
        }

        return hash;
    }

    private static ulong Score(ulong seed, int shard)
    {
        unchecked
        {
            var mixed = seed ^ ((ulong)(uint)shard * 0x9E3779B97F4A7C15);
            mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
            mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
            return mixed ^ (mixed >> 31);
        }
    }
}
