using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Cluster.Store;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Domain.Membership;
using VoiceCluster.Domain.Placement;

namespace VoiceCluster.Cluster.Membership;

/// <summary>What the table of members means for shards. Safe for calls from any thread.</summary>
/// <param name="self">This node.</param>
public sealed class MembershipPlacement(NodeId self) : IShardPlacement
{
    private volatile View _view = new(new MembershipTable([]), new ShardOwners([self], ShardId.Count), []);

    /// <summary>Tells one node of a claim; set before the first claim.</summary>
    public Action<NodeId, ShardClaim> Announcer { get; set; } = static (_, _) => { };

    /// <summary>Tells each table that was taken, once a second or sooner. Must not wait.</summary>
    public event Action<MembershipTable>? Updated;

    /// <summary>The members as they were read last.</summary>
    public MembershipTable Table => _view.Table;

    /// <summary>Who should own which shard.</summary>
    public ShardOwners Owners => _view.Owners;

    /// <summary>Takes a new table. One without anybody living changes nothing.</summary>
    public void Update(MembershipTable table)
    {
        var candidates = ShardDuties.Candidates(table);
        if (candidates.Length > 0)
        {
            _view = new View(table, new ShardOwners(candidates, ShardId.Count), [.. table.Live.Select(row => row.Node)]);
            Updated?.Invoke(table);
        }
    }

    /// <summary>This node's life is over: nothing is its own until it is in a table again. With nobody else living it keeps what it has.</summary>
    public void LeaveOut()
    {
        var view = _view;
        var others = new MembershipTable([.. view.Table.Rows.Where(row => row.Node.Node != self)]);
        var candidates = ShardDuties.Candidates(others);
        if (candidates.Length > 0)
        {
            _view = view with { Owners = new ShardOwners(candidates, ShardId.Count) };
        }
    }

    /// <inheritdoc />
    public NodeId PreferredOwner(ShardId shard) => _view.Owners[shard.Value];

    /// <inheritdoc />
    /// <remarks>A node that has just joined may not be in the table yet; the store then refuses to take its shards.</remarks>
    public bool IsDead(NodeIncarnation node)
    {
        var view = _view;
        return view.Live.Count > 0 && !view.Live.Contains(node);
    }

    /// <inheritdoc />
    public ValueTask AnnounceAsync(ShardClaim claim, CancellationToken cancellation)
    {
        // One that was declared dead may still run, with plans of the last owner's, or be that owner: it has the most need to hear of it.
        foreach (var row in _view.Table.Rows.Where(row => row.Node.Node != self))
        {
            Announcer(row.Node.Node, claim);
        }

        return ValueTask.CompletedTask;
    }

    private sealed record View(MembershipTable Table, ShardOwners Owners, HashSet<NodeIncarnation> Live);
}
