using System.Collections.Immutable;
using VoiceCluster.Client.Metrics;

namespace VoiceCluster.LoadGen.Media;

/// <summary>What a node says it dropped.</summary>
internal static class NodeDrops
{
    private const string Drops = "voicecluster_media_drops_total";

    private static readonly ImmutableArray<(string Reason, string Metric)> OfSockets =
    [
        ("send_refused", "voicecluster_media_socket_send_failures_total"),
        ("send_buffer_full", "voicecluster_media_socket_send_full_total"),
        ("receive_buffer_full", "voicecluster_media_socket_receive_overflows_total"),
    ];

    /// <summary>All counters that are not zero.</summary>
    public static ImmutableDictionary<string, long> Read(MetricsText page)
    {
        var drops = ImmutableDictionary.CreateBuilder<string, long>();
        foreach (var reason in page.LabelValues(Drops, "reason"))
        {
            Add(drops, reason, page.Sum(Drops, $"reason=\"{reason}\""));
        }

        foreach (var (reason, metric) in OfSockets)
        {
            Add(drops, reason, page.Sum(metric));
        }

        return drops.ToImmutable();
    }

    /// <summary>What was added between two readings, without what did not change.</summary>
    public static ImmutableDictionary<string, long> Between(ImmutableDictionary<string, long> before, ImmutableDictionary<string, long> after) =>
        after.Select(drop => KeyValuePair.Create(drop.Key, drop.Value - before.GetValueOrDefault(drop.Key)))
            .Where(drop => drop.Value != 0)
            .ToImmutableDictionary();

    private static void Add(ImmutableDictionary<string, long>.Builder drops, string reason, double? count)
    {
        if (count is > 0)
        {
            drops[reason] = (long)count;
        }
    }
}
