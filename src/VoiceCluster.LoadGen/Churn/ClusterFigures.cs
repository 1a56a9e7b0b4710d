using System.Collections.Immutable;
using System.Globalization;
using VoiceCluster.Client.Metrics;
using VoiceCluster.Client.Sockets;
using VoiceCluster.LoadGen.Cluster;
using VoiceCluster.LoadGen.Native;

namespace VoiceCluster.LoadGen.Churn;

/// <summary>Everything of a cluster that must be after a churn what it was before.</summary>
internal sealed class ClusterFigures(LocalCluster cluster, bool isShort)
{
    /// <summary>The figure of notices that the backend has not confirmed.</summary>
    public const string WaitingNotices = "rows of lvsp_outbox";

    private const double Mebibyte = 1024 * 1024;

    // Of each table its name and how many rows it has.
    private const string TableRows =
        """
        select table_name, (xpath('/row/c/text()', query_to_xml(format('select count(*) as c from %I.%I', table_schema, table_name), false, true, '')))[1]::text
        from information_schema.tables where table_schema = 'voicecluster' order by 1
        """;

    private const string VoiceStateRows = "select count(*) from voicecluster.entities where kind = 2";

    /// <summary>Reads everything, each figure always in the same place; the nodes collect their garbage for it.</summary>
    /// <exception cref="NoAnswerException">A node or the database does not answer.</exception>
    public async Task<ImmutableArray<ReadFigure>> ReadAsync(CancellationToken cancellation)
    {
        var pages = new List<MetricsText>();
        foreach (var node in cluster.Nodes)
        {
            pages.Add(await node.ReadCollectedMetricsAsync(cancellation) ?? throw new NoAnswerException($"{node.Name} does not tell its metrics."));
        }

        return
        [
            new ReadFigure(new ComparedMetric("processes", string.Empty), Descendants.CountOf(Environment.ProcessId)),
            .. ChurnedMetrics.OfCluster.Where(metric => !isShort || metric != ChurnedMetrics.Timers).Select(metric => new ReadFigure(metric, pages.Sum(page => page.Sum(metric.Name, metric.Label)))),
            .. cluster.Nodes.Select(node => new ReadFigure(
                new ComparedMetric($"{node.Name}: open files and sockets", string.Empty, Slack: 8), KernelCounters.OpenDescriptors(node.ProcessId))),
            .. isShort ? [] : cluster.Nodes.Zip(pages).SelectMany(node => ReadMemory(node.First, node.Second)),
            .. await ReadTablesAsync(cancellation),
        ];
    }

    /// <summary>Users of whom something is left though all have gone.</summary>
    /// <exception cref="NoAnswerException">A node or the database does not answer.</exception>
    public async Task<ImmutableArray<BeforeAndAfter>> ReadGhostsAsync(int inChannels, CancellationToken cancellation)
    {
        var (sessions, media) = (0.0, 0.0);
        foreach (var node in cluster.Nodes)
        {
            var page = await node.ReadMetricsAsync(cancellation) ?? throw new NoAnswerException($"{node.Name} does not tell its metrics.");
            sessions += page.Sum("voicecluster_gateway_sessions") ?? 0;
            media += page.Sum("voicecluster_media_sessions") ?? 0;
        }

        var stored = await cluster.Database.CountAsync(VoiceStateRows, cancellation) ?? throw new NoAnswerException("The database does not answer.");
        return [Ghosts("on voice gateways", sessions), Ghosts("in packet loops", media), Ghosts("in the store", stored), Ghosts("seen in channels", inChannels)];
    }

    /// <summary>Compares two readings.</summary>
    public static ImmutableArray<BeforeAndAfter> Compare(ImmutableArray<ReadFigure> before, ImmutableArray<ReadFigure> after) =>
    [
        .. after.Select(figure => new BeforeAndAfter(
            figure.Metric, before.FirstOrDefault(earlier => earlier.Metric.Title == figure.Metric.Title)?.Value ?? 0, figure.Value)),
    ];

    private static BeforeAndAfter Ghosts(string where, double count) => new(new ComparedMetric($"ghosts {where}", string.Empty), 0, count);

    private static IEnumerable<ReadFigure> ReadMemory(LocalNode node, MetricsText page) =>
    [
        new(new ComparedMetric($"{node.Name}: managed heap, bytes", string.Empty, Slack: Mebibyte), page.Sum("dotnet_gc_last_collection_heap_size_bytes")),
        new(new ComparedMetric($"{node.Name}: resident memory, bytes", string.Empty, Slack: 8 * Mebibyte), KernelCounters.ResidentBytes(node.ProcessId)),
    ];

    private async Task<IEnumerable<ReadFigure>> ReadTablesAsync(CancellationToken cancellation)
    {
        var tables = await cluster.Database.QueryAsync(TableRows, cancellation) ?? throw new NoAnswerException("The database does not answer.");
        return tables.Select(line => line.Split('|')).Where(columns => !isShort || columns[0] != "plans").Select(columns => new ReadFigure(
            new ComparedMetric($"rows of {columns[0]}", string.Empty, Slack: SlackOf(columns[0])), double.Parse(columns[1], CultureInfo.InvariantCulture)));
    }

    // A node that was killed may be voted against by each of the others once more.
    private double SlackOf(string table) => table == "node_votes" ? cluster.Nodes.Length * (cluster.Nodes.Length - 1) : 0;
}

/// <summary>A figure at one moment.</summary>
internal sealed record ReadFigure(ComparedMetric Metric, double? Value);
