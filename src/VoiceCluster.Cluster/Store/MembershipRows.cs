using VoiceCluster.Domain.Identities;
using VoiceCluster.Domain.Membership;

namespace VoiceCluster.Cluster.Store;

/// <summary>Membership in memory. Not safe for concurrent calls.</summary>
internal sealed class MembershipRows(MembershipTimes times)
{
    private readonly Dictionary<NodeId, Row> _rows = [];
    private readonly Dictionary<(NodeId Suspect, NodeId Voter), (NodeIncarnation Suspect, NodeIncarnation Voter, DateTimeOffset At)> _votes = [];

    public MemberRow? Join(NodeIncarnation node, string description, DateTimeOffset now)
    {
        if (_rows.TryGetValue(node.Node, out var row) && (row.Node == node ? !IsLive(node) : IsFresh(row, now)))
        {
            return Show(row, now);
        }

        _rows[node.Node] = new Row(node, MemberStanding.Live, now, new MemberNews(Draining: false, Reached: false, description));
        return null;
    }

    public MembershipTable? Renew(NodeIncarnation node, MemberNews news, DateTimeOffset now)
    {
        if (!IsLive(node))
        {
            return null;
        }

        _rows[node.Node] = new Row(node, MemberStanding.Live, now, news);
        return new MembershipTable([.. _rows.Values.Select(row => Show(row, now)).OrderBy(row => row.Node.Node.Value, StringComparer.Ordinal)]) { ReadAt = now };
    }

    public void Leave(NodeIncarnation node) => End(node, MemberStanding.Left);

    public bool Vote(NodeIncarnation voter, NodeIncarnation suspect, DateTimeOffset now)
    {
        _votes[(suspect.Node, voter.Node)] = (suspect, voter, now);
        var live = _rows.Values.Where(row => IsFresh(row, now)).Select(row => row.Node).ToHashSet();
        var votes = _votes.Values.Count(vote => vote.Suspect == suspect && live.Contains(vote.Voter) && now - vote.At <= times.Expiry);
        return votes >= (live.Count <= 2 ? 1 : 2) && End(suspect, MemberStanding.Dead);
    }

    public void WithdrawVote(NodeIncarnation voter, NodeIncarnation suspect) => _votes.Remove((suspect.Node, voter.Node));

    public bool Bury(NodeIncarnation judge, NodeIncarnation suspect, DateTimeOffset now) =>
        _rows.TryGetValue(judge.Node, out var own)
        && own.Node == judge
        && IsFresh(own, now)
        && _rows.TryGetValue(suspect.Node, out var row)
        && !IsFresh(row, now)
        && End(suspect, MemberStanding.Dead);

    public bool IsLive(NodeIncarnation node) =>
        _rows.TryGetValue(node.Node, out var row) && row.Node == node && row.Standing == MemberStanding.Live;

    public bool HasLife(NodeId node) => _rows.TryGetValue(node, out var row) && row.Standing == MemberStanding.Live;

    public bool WasRenewed(NodeId node, DateTimeOffset since) => _rows.TryGetValue(node, out var row) && row.RenewedAt >= since;

    private static MemberRow Show(Row row, DateTimeOffset now) =>
        new(row.Node, row.Standing, row.News.Draining, now - row.RenewedAt, row.News.Description, row.News.Reached);

    private bool IsFresh(Row row, DateTimeOffset now) => row.Standing == MemberStanding.Live && now - row.RenewedAt <= times.Expiry;

    private bool End(NodeIncarnation node, MemberStanding standing)
    {
        if (!IsLive(node))
        {
            return false;
        }

        _rows[node.Node] = _rows[node.Node] with { Standing = standing };
        foreach (var vote in _votes.Keys.Where(vote => vote.Suspect == node.Node || vote.Voter == node.Node).ToArray())
        {
            _votes.Remove(vote);
        }

        return true;
    }

    private sealed record Row(NodeIncarnation Node, MemberStanding Standing, DateTimeOffset RenewedAt, MemberNews News);
}
