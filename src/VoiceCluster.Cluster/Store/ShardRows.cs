using System.Collections.Immutable;
using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Domain.Membership;

namespace VoiceCluster.Cluster.Store;

/// <summary>Shard ownership in memory. Not safe for concurrent calls.</summary>
internal sealed class ShardRows
{
    /// <summary>The last claim of each shard, kept after its release so that epochs go on rising.</summary>
    private readonly Dictionary<ShardId, (ShardClaim Claim, bool InForce)> _rows = [];

    public ShardClaim Claim(ShardId shard, NodeIncarnation node, NodeIncarnation? replacing)
    {
        var row = _rows.GetValueOrDefault(shard);
        var isTaken = row.InForce && (row.Claim.Owner == node || row.Claim.Owner != replacing);
        if (isTaken)
        {
            return row.Claim;
        }

        var claim = new ShardClaim(shard, node, (row.Claim?.Epoch ?? 0) + 1);
        _rows[shard] = (claim, InForce: true);
        return claim;
    }

    public bool Release(ShardClaim claim)
    {
        var isInForce = IsInForce(claim);
        if (isInForce)
        {
            _rows[claim.Shard] = (claim, InForce: false);
        }

        return isInForce;
    }

    public ImmutableArray<ShardRow> List() =>
        [.. _rows.Values.Select(row => new ShardRow(row.Claim.Shard.Value, row.Claim.Owner, row.Claim.Epoch, row.InForce))];

    /// <summary>The epoch of the last claim; 0 if there was none.</summary>
    public long FindEpoch(ShardId shard) => _rows.GetValueOrDefault(shard).Claim?.Epoch ?? 0;

    public bool IsInForce(ShardClaim claim) =>
        _rows.TryGetValue(claim.Shard, out var row) && row.InForce && row.Claim == claim;
}
