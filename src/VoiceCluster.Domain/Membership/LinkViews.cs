using VoiceCluster.Domain.Identities;

namespace VoiceCluster.Domain.Membership;

/// <summary>Which nodes links reach, and which lives of theirs they ever did. Pure; not thread safe.</summary>
/// <param name="times">The cluster's times.</param>
internal sealed class LinkViews(MembershipTimes times)
{
    private readonly Dictionary<NodeId, bool> _isReachable = [];
    private readonly Dictionary<NodeIncarnation, TimeSpan> _firstSeen = [];
    private readonly HashSet<NodeIncarnation> _everLinked = [];

    /// <summary>Whether a link stands.</summary>
    public bool Reach(NodeId node) => _isReachable.GetValueOrDefault(node);

    /// <summary>A link was told to stand, or to be down for too long.</summary>
    /// <returns>False if that was known.</returns>
    public bool Set(NodeId node, bool isReachable)
    {
        if (_isReachable.TryGetValue(node, out var before) && before == isReachable)
        {
            return false;
        }

        _isReachable[node] = isReachable;
        NoteLinked();
        return true;
    }

    /// <summary>Takes the lives that links lead to, as they say.</summary>
    public void TakeLives(IReadOnlySet<NodeIncarnation> live, TimeSpan now)
    {
        foreach (var gone in _firstSeen.Keys.Where(life => !live.Contains(life)).ToArray())
        {
            _firstSeen.Remove(gone);
            _everLinked.Remove(gone);
        }

        foreach (var life in live)
        {
            _firstSeen.TryAdd(life, now);
        }

        NoteLinked();
    }

    /// <summary>
    /// Whether a life's link was lost; a node that never had one may just not be there yet. A life that was never linked to this node is not held to what became
    /// of the last one's links: it has the time in which rows expire.
    /// </summary>
    public bool Miss(NodeIncarnation life, TimeSpan now) =>
        _isReachable.TryGetValue(life.Node, out var isReachable)
        && !isReachable
        && _firstSeen.TryGetValue(life, out var firstSeen)
        && (_everLinked.Contains(life) || now - firstSeen >= times.Expiry);

    private void NoteLinked() => _everLinked.UnionWith(_firstSeen.Keys.Where(life => Reach(life.Node)));
}
