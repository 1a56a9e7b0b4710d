using VoiceCluster.Domain.Identities;

namespace VoiceCluster.Cluster.Membership;

/// <summary>Tells which processes are gone with all connections that ended in them. Safe for calls from any thread.</summary>
/// <remarks>
/// A process is named by the incarnation that its node began with; membership may give it others later. It is lost when no living member says to be it, and no
/// link reaches it: a row costs a node its shards, never its users, and a slow link is no dead node.
/// </remarks>
public sealed class NodeLiveness
{
    private readonly Lock _gate = new();
    private readonly Dictionary<NodeId, long> _members = [];
    private readonly Dictionary<NodeId, long> _linked = [];
    private readonly HashSet<NodeIncarnation> _seen = [];
    private bool _hasTable;

    /// <summary>Tells each process that was seen and is lost, once. Must not wait.</summary>
    public event Action<NodeIncarnation>? Lost;

    /// <summary>Takes the processes of the living members.</summary>
    public void SetMembers(IEnumerable<NodeIncarnation> processes) => Change(() =>
    {
        _members.Clear();
        _hasTable = true;
        foreach (var process in processes)
        {
            _members[process.Node] = process.Incarnation;
            _seen.Add(process);
        }
    });

    /// <summary>A link reaches a process, or reaches it no longer.</summary>
    public void SetLinked(NodeIncarnation process, bool isReachable) => Change(() =>
    {
        if (isReachable)
        {
            _linked[process.Node] = process.Incarnation;
            _seen.Add(process);
        }
        else
        {
            _linked.Remove(process.Node);
        }
    });

    /// <summary>Whether a process is lost. Nobody is while this node knows no members.</summary>
    /// <param name="process">The process; with 0 for its incarnation, any of that node.</param>
    public bool IsLost(NodeIncarnation process)
    {
        lock (_gate)
        {
            return _hasTable && !IsIn(_members, process) && !IsIn(_linked, process);
        }
    }

    private static bool IsIn(Dictionary<NodeId, long> processes, NodeIncarnation process) =>
        processes.TryGetValue(process.Node, out var present) && (process.Incarnation == 0 || present == process.Incarnation);

    private void Change(Action change)
    {
        NodeIncarnation[] lost;
        lock (_gate)
        {
            change();
            lost = _hasTable ? [.. _seen.Where(process => !IsIn(_members, process) && !IsIn(_linked, process))] : [];
            _seen.ExceptWith(lost);
        }

        foreach (var process in lost)
        {
            Lost?.Invoke(process);
        }
    }
}
