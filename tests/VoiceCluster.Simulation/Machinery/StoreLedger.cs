using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Cluster.Store;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Domain.Membership;

namespace VoiceCluster.Simulation.Machinery;

/// <summary>What took effect in the store, kept beside it in the simplest form, to be compared with what the store allows.</summary>
internal sealed class StoreLedger
{
    private readonly Dictionary<ShardId, ShardClaim> _newest = [];
    private readonly HashSet<NodeIncarnation> _over = [];

    /// <summary>Called with a life that others ended because its row had expired, at the moment of its end.</summary>
    public Action<NodeIncarnation> Expired { get; set; } = static _ => { };

    /// <summary>Called with each claim that the store answers with.</summary>
    public Action<ShardClaim> Claimed { get; set; } = static _ => { };

    /// <summary>Called with what should never have happened.</summary>
    public Action<string> Broken { get; set; } = static _ => { };

    public async Task<ShardClaim> NoteClaimAsync(Task<ShardClaim> claiming)
    {
        var claim = await claiming;
        if (_newest.TryGetValue(claim.Shard, out var newest) && (claim.Epoch < newest.Epoch || (claim.Epoch == newest.Epoch && claim.Owner != newest.Owner)))
        {
            Broken($"the store gave out {claim} after {newest}");
        }

        _newest[claim.Shard] = claim;
        Claimed(claim);
        return claim;
    }

    public async Task<bool> NoteEndAsync(NodeIncarnation suspect, bool isExpired, Task<bool> ending)
    {
        var ended = await ending;
        if (ended)
        {
            _over.Add(suspect);
            if (isExpired)
            {
                Expired(suspect);
            }
        }

        return ended;
    }

    public async Task<MembershipTable?> CheckRenewalAsync(NodeIncarnation node, Task<MembershipTable?> renewing)
    {
        var table = await renewing;
        if (table is not null && _over.Contains(node))
        {
            Broken($"{node} renewed its row after it had been declared dead");
        }

        return table;
    }

    public async Task<bool> CheckCommitAsync(ShardClaim claim, Task<bool> writing)
    {
        var written = await writing;
        if (written && _newest.GetValueOrDefault(claim.Shard) != claim)
        {
            Broken($"a write under {claim} took effect although {_newest.GetValueOrDefault(claim.Shard)} was in force");
        }

        return written;
    }
}
