using System.Collections.Immutable;
using VoiceCluster.Domain.Identities;

namespace VoiceCluster.Domain.Placement;

/// <summary>The latest report of every node that is not known to be dead, as one node knows them. Immutable.</summary>
public sealed class ClusterLoad
{
    private readonly Dictionary<NodeId, int> _index;

    /// <summary>Takes reports; of two of one node the one that was measured later counts.</summary>
    public ClusterLoad(IEnumerable<HeardReport> reports)
    {
        Nodes = [.. reports.GroupBy(heard => heard.Report.Node.Node).Select(lives => lives.MaxBy(heard => heard.MeasuredAt))];
        _index = Nodes.Select((heard, index) => KeyValuePair.Create(heard.Report.Node.Node, index)).ToDictionary();
        JoinsPerSecond = Nodes.Sum(heard => heard.Report.JoinsPerSecond);
    }

    /// <summary>No node at all.</summary>
    public static ClusterLoad Empty { get; } = new([]);

    /// <summary>One report per node.</summary>
    public ImmutableArray<HeardReport> Nodes { get; }

    /// <summary>New voice sessions per second on all nodes together.</summary>
    public double JoinsPerSecond { get; }

    /// <summary>A node's place in <see cref="Nodes"/>; -1 when nothing is known of it.</summary>
    public int IndexOf(NodeId node) => _index.TryGetValue(node, out var index) ? index : -1;
}

/// <summary>A report and when it was measured.</summary>
/// <param name="Report">The report.</param>
/// <param name="MeasuredAt">On the monotonic clock of the node that chooses: when it arrived, less the time it is known to have taken.</param>
public readonly record struct HeardReport(NodeLoadReport Report, TimeSpan MeasuredAt);
