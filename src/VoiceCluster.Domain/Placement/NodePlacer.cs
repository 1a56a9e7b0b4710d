using System.Runtime.InteropServices;
using VoiceCluster.Domain.Identities;

namespace VoiceCluster.Domain.Placement;

/// <summary>Chooses the node for each join, and remembers its choices until they show in the nodes' reports.</summary>
/// <remarks>
/// In this order: a node with room that serves the channel, then one in the region, then one in the region's group, then the least loaded.
/// Loads are corrected: what was reported and what this placer has sent there since. Nodes without room come after all with room, full ones and
/// those that are being emptied last. Where reports are too old to compare all nodes by, the better of two random ones is taken.
/// Not safe for concurrent calls. A node needs one placer, for all that it decides.
/// </remarks>
/// <param name="options">Limits.</param>
/// <param name="random">A random number from 0 to below the given one.</param>
public sealed class NodePlacer(PlacementOptions options, Func<int, int> random)
{
    /// <summary>How many random nodes are looked at for two good ones, before all are.</summary>
    private const int MostSamples = 16;

    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private readonly JoinWindow<NodeId> _unreported = new(options.JoinsCountFor);
    private readonly JoinWindow<(ChannelKey, NodeId)> _channelJoins = new(Minute);
    private readonly List<int> _candidates = [];

    /// <summary>Chooses and counts the join. A user who is moved, or comes again, is a join too.</summary>
    /// <param name="load">What is known of the nodes.</param>
    /// <param name="request">Who wants where.</param>
    /// <param name="now">Monotonic.</param>
    /// <returns>Null when no node can take the user: the backend is told that there is no capacity.</returns>
    public PlacedJoin? Choose(ClusterLoad load, in JoinRequest request, TimeSpan now)
    {
        var placed = Find(load, request, now);
        if (placed is { Node.Node: var node })
        {
            Count(request.Channel, node, now);
        }

        return placed;
    }

    /// <summary>Chooses without counting, for who may not join after all, as in <see cref="Choose"/>.</summary>
    public PlacedJoin? Find(ClusterLoad load, in JoinRequest request, TimeSpan now)
    {
        _unreported.Forget(now);
        _channelJoins.Forget(now);
        return ChooseServing(load, request, now) ?? ChooseSampled(load, request, now) ?? ChooseBest(load, request, now);
    }

    /// <summary>Counts a join for which a node was found.</summary>
    public void Count(ChannelKey channel, NodeId node, TimeSpan now)
    {
        _unreported.Add(node, now);
        _channelJoins.Add((channel, node), now);
    }

    /// <summary>A node's load with the joins that it was sent and has not reported.</summary>
    public double CorrectedLoad(NodeLoadReport report) => report.Load + (_unreported[report.Node.Node] * report.CostPerUser);

    /// <summary>Nothing beats a node with room that serves the channel, so the others need no look.</summary>
    private PlacedJoin? ChooseServing(ClusterLoad load, in JoinRequest request, TimeSpan now)
    {
        _candidates.Clear();
        var nearest = int.MaxValue;
        foreach (var node in request.Serving)
        {
            var index = load.IndexOf(node);
            if (index >= 0 && StandingOf(load.Nodes[index], serves: true, request.Channel, now) == NodeStanding.Open)
            {
                Collect(index, options.Distance(request.Region, load.Nodes[index].Report.Region), ref nearest);
            }
        }

        return _candidates.Count == 0 ? null : Take(load, NodeStanding.Open, serves: true, now);
    }

    /// <summary>With stale reports two random nodes of the best kind do; they are found without looking at all.</summary>
    private PlacedJoin? ChooseSampled(ClusterLoad load, in JoinRequest request, TimeSpan now)
    {
        _candidates.Clear();
        if (load.Nodes.Length <= MostSamples)
        {
            return null;
        }

        for (var sample = 0; sample < MostSamples && _candidates.Count < 2; sample++)
        {
            var index = random(load.Nodes.Length);
            var heard = load.Nodes[index];
            if (IsStale(load, heard, now)
                && options.Distance(request.Region, heard.Report.Region) == 0
                && StandingOf(heard, serves: false, request.Channel, now) == NodeStanding.Open
                && !_candidates.Contains(index))
            {
                _candidates.Add(index);
            }
        }

        return _candidates.Count < 2 ? null : Take(load, NodeStanding.Open, serves: false, now);
    }

    private PlacedJoin? ChooseBest(ClusterLoad load, in JoinRequest request, TimeSpan now)
    {
        _candidates.Clear();
        var best = int.MaxValue;
        for (var index = 0; index < load.Nodes.Length; index++)
        {
            var heard = load.Nodes[index];
            var serves = request.Serving.Contains(heard.Report.Node.Node);
            var standing = StandingOf(heard, serves, request.Channel, now);
            if (standing != NodeStanding.Unavailable)
            {
                Collect(index, Rank(standing, serves, options.Distance(request.Region, heard.Report.Region)), ref best);
            }
        }

        return _candidates.Count == 0 ? null : Take(load, StandingOfRank(best), ServesOfRank(best), now);
    }

    private void Collect(int index, int rank, ref int best)
    {
        if (rank < best)
        {
            best = rank;
            _candidates.Clear();
        }

        if (rank == best)
        {
            _candidates.Add(index);
        }
    }

    private PlacedJoin Take(ClusterLoad load, NodeStanding standing, bool serves, TimeSpan now)
    {
        var candidates = CollectionsMarshal.AsSpan(_candidates);
        var sampled = candidates.Length > 1 && IsAnyStale(load, candidates, now);
        var index = sampled ? BetterOfTwo(load, candidates) : LeastLoaded(load, candidates);
        return new PlacedJoin(load.Nodes[index].Report.Node, standing, serves, sampled);
    }

    private int BetterOfTwo(ClusterLoad load, ReadOnlySpan<int> candidates)
    {
        var one = random(candidates.Length);
        var other = random(candidates.Length - 1);
        other += other >= one ? 1 : 0;
        return CorrectedLoad(load.Nodes[candidates[one]].Report) <= CorrectedLoad(load.Nodes[candidates[other]].Report)
            ? candidates[one]
            : candidates[other];
    }

    /// <summary>Begins anywhere, so that nodes of equal load are not always taken in one order.</summary>
    private int LeastLoaded(ClusterLoad load, ReadOnlySpan<int> candidates)
    {
        var first = candidates.Length == 1 ? 0 : random(candidates.Length);
        var best = candidates[first];
        var least = CorrectedLoad(load.Nodes[best].Report);
        for (var step = 1; step < candidates.Length; step++)
        {
            var candidate = candidates[(first + step) % candidates.Length];
            var corrected = CorrectedLoad(load.Nodes[candidate].Report);
            if (corrected < least)
            {
                (best, least) = (candidate, corrected);
            }
        }

        return best;
    }

    private bool IsAnyStale(ClusterLoad load, ReadOnlySpan<int> candidates, TimeSpan now)
    {
        foreach (var index in candidates)
        {
            if (IsStale(load, load.Nodes[index], now))
            {
                return true;
            }
        }

        return false;
    }

    private bool IsStale(ClusterLoad load, in HeardReport heard, TimeSpan now)
    {
        var age = now - heard.MeasuredAt;
        return age > options.StaleAfter || load.JoinsPerSecond * age.TotalSeconds * heard.Report.CostPerUser > options.HerdTolerance;
    }

    private NodeStanding StandingOf(in HeardReport heard, bool serves, ChannelKey channel, TimeSpan now)
    {
        var report = heard.Report;
        var corrected = CorrectedLoad(report);
        if (!report.HasRoom || (report.Draining && !serves))
        {
            return NodeStanding.Unavailable;
        }

        if (report.Draining)
        {
            return NodeStanding.Draining;
        }

        if (!report.Ready || corrected >= options.Full)
        {
            return NodeStanding.Full;
        }

        if (corrected >= options.Overloaded
            || now - heard.MeasuredAt > options.SilentAfter
            || IsUnsettled(report)
            || IsAtItsBurst(report, channel))
        {
            return NodeStanding.Strained;
        }

        return serves || corrected < options.NewChannelLimit ? NodeStanding.Open : NodeStanding.Reserved;
    }

    private bool IsUnsettled(NodeLoadReport report) =>
        report.ReconnectsLastMinute >= Math.Max(options.UnsettledLeast, report.Users * options.UnsettledShare);

    private bool IsAtItsBurst(NodeLoadReport report, ChannelKey channel) =>
        report.JoinsLastMinute + _unreported[report.Node.Node] >= options.NodeJoinsPerMinute
        || _channelJoins[(channel, report.Node.Node)] >= options.ChannelJoinsPerMinute;

    private static int Rank(NodeStanding standing, bool serves, int distance) => ((int)standing << 3) | (serves ? 0 : 4) | distance;

    private static NodeStanding StandingOfRank(int rank) => (NodeStanding)(rank >> 3);

    private static bool ServesOfRank(int rank) => (rank & 4) == 0;
}
