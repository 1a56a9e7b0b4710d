using System.Security.Cryptography;
using VoiceCluster.Cluster.Clocks;
using VoiceCluster.Cluster.Store;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Domain.Membership;

namespace VoiceCluster.Cluster.Membership;

/// <summary>This node's seat in the cluster, from joining to leaving. Safe for calls from any thread.</summary>
/// <param name="store">Where the rows are.</param>
/// <param name="times">The cluster's times.</param>
/// <param name="describe">What the node says of itself; read at each renewal.</param>
/// <param name="time">The node's clock.</param>
/// <param name="newIncarnation">Makes numbers that no life of any node has had; random by default.</param>
/// <param name="clock">Told what time it is by the store; null for nobody.</param>
public sealed class ClusterMembership(
    IMembershipStore store, MembershipTimes times, Func<string> describe, TimeProvider time, Func<long>? newIncarnation = null, ClusterClock? clock = null)
{
    private volatile bool _draining;
    private volatile bool _reached;
    private volatile bool _provisional;

    /// <summary>The cluster's times.</summary>
    public MembershipTimes Times => times;

    /// <summary>Whether this node is to be given nothing new; told with the next renewal.</summary>
    public bool Draining
    {
        get => _draining;
        set => _draining = value;
    }

    /// <summary>Whether links lead to this node's present life; told with the next renewal.</summary>
    internal bool IsReached
    {
        get => _reached;
        set => _reached = value;
    }

    /// <summary>Whether the lease has run out: the node goes on with what it owns and cannot know whether others do too.</summary>
    public bool IsProvisional
    {
        get => _provisional;
        internal set => _provisional = value;
    }

    /// <summary>Joins. The row of an earlier life that ended without a word is waited out; a living one is not.</summary>
    /// <returns>
    /// When the store was asked, by the monotonic clock; null when this life is over already: it was taken in without hearing of it, and declared dead.
    /// </returns>
    /// <exception cref="NodeNameTakenException">Another process lives under this name.</exception>
    /// <exception cref="StoreUnavailableException">The store is away.</exception>
    public async Task<TimeSpan?> JoinAsync(NodeIncarnation node, CancellationToken cancellation)
    {
        MemberRow? seen = null;
        var seenAt = TimeSpan.Zero;
        while (true)
        {
            var sentAt = time.GetElapsedTime(0);
            var inTheWay = await store.JoinAsync(node, describe(), cancellation);
            if (inTheWay is null)
            {
                return sentAt;
            }

            if (inTheWay.Node == node)
            {
                return null;
            }

            // A row that nobody renews ages as time passes; one that does not, or is another life's by now, is a living process'.
            if (seen is not null && (inTheWay.Node != seen.Node || inTheWay.Age - seen.Age < (sentAt - seenAt) / 2))
            {
                throw new NodeNameTakenException(node.Node);
            }

            (seen, seenAt) = (inTheWay, sentAt);
            await Task.Delay(times.RenewInterval / 2, time, cancellation);
        }
    }

    /// <summary>Joins, and learns who the others are before it has to decide anything that they must agree on.</summary>
    /// <returns>The life that was taken in, which is another one when that was over before it began, and when the store was asked.</returns>
    /// <exception cref="NodeNameTakenException">Another process lives under this name.</exception>
    /// <exception cref="StoreUnavailableException">The store is away.</exception>
    public async Task<(NodeIncarnation Node, TimeSpan JoinedAt)> EnterAsync(
        NodeIncarnation node, MembershipPlacement placement, CancellationToken cancellation)
    {
        while (true)
        {
            if (await JoinAsync(node, cancellation) is { } joinedAt && await RenewAsync(node, cancellation) is { } table)
            {
                placement.Update(table);
                return (node, joinedAt);
            }

            node = Reincarnate(node.Node);
        }
    }

    /// <summary>Another incarnation of this node.</summary>
    public NodeIncarnation Reincarnate(NodeId node) => new(node, newIncarnation?.Invoke() ?? RandomNumberGenerator.GetInt32(1, int.MaxValue));

    /// <summary>Renews the row; null when this life is over.</summary>
    internal async Task<MembershipTable?> RenewAsync(NodeIncarnation node, CancellationToken cancellation)
    {
        var askedAt = time.GetElapsedTime(0);
        var table = await store.RenewAsync(node, new MemberNews(_draining, _reached, describe()), cancellation);
        if (table is not null)
        {
            clock?.Hear(table.ReadAt, askedAt, time.GetElapsedTime(0));
        }

        return table;
    }
}

/// <summary>A second process was started with a living node's name.</summary>
public sealed class NodeNameTakenException(NodeId node) : Exception($"Another process runs as node {node} in this cluster.");
