using System.Collections.Immutable;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Domain.Placement;

namespace VoiceCluster.Domain.Membership;

/// <summary>A shard's row: who owns it, or did when it is not in force any more.</summary>
/// <param name="Shard">From 0.</param>
/// <param name="Owner">The owner.</param>
/// <param name="Epoch">Raised by each change of owner.</param>
/// <param name="InForce">False after it was given back.</param>
public sealed record ShardRow(int Shard, NodeIncarnation Owner, long Epoch, bool InForce);

/// <summary>What a node has to do about shards.</summary>
/// <param name="Claim">Shards that nobody alive owns and this node should.</param>
/// <param name="HandOver">Shards of this node's that another one should own.</param>
public sealed record ShardDuties(ImmutableArray<int> Claim, ImmutableArray<int> HandOver)
{
    /// <summary>Who may own shards: live nodes that links lead to, or all live ones if there is no link at all; of these the ones that do not drain, or all if all do.</summary>
    public static ImmutableArray<NodeId> Candidates(MembershipTable table)
    {
        var able = OrAll([.. table.Live], row => row.Reached);
        return [.. OrAll(able, row => !row.Draining).Select(row => row.Node.Node)];
    }

    /// <summary>Compares who owns with who should.</summary>
    /// <param name="self">This node's present life.</param>
    /// <param name="table">Who lives.</param>
    /// <param name="owners">Who should own what.</param>
    /// <param name="rows">Who owns what; a shard without a row was never owned.</param>
    public static ShardDuties Of(NodeIncarnation self, MembershipTable table, ShardOwners owners, IEnumerable<ShardRow> rows)
    {
        var live = table.Live.Select(row => row.Node).ToHashSet();
        var known = rows.ToDictionary(row => row.Shard);
        var claim = ImmutableArray.CreateBuilder<int>();
        var handOver = ImmutableArray.CreateBuilder<int>();
        for (var shard = 0; shard < owners.Count; shard++)
        {
            var row = known.GetValueOrDefault(shard);
            var isOwned = row is { InForce: true } && live.Contains(row.Owner);
            if (!isOwned && owners[shard] == self.Node)
            {
                claim.Add(shard);
            }
            else if (isOwned && row!.Owner == self && owners[shard] != self.Node)
            {
                handOver.Add(shard);
            }
        }

        return new ShardDuties(claim.ToImmutable(), handOver.ToImmutable());
    }

    private static MemberRow[] OrAll(MemberRow[] rows, Func<MemberRow, bool> isWanted) =>
        Array.Exists(rows, row => isWanted(row)) ? Array.FindAll(rows, row => isWanted(row)) : rows;
}
