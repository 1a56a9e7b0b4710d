using System.Collections.Immutable;
using VoiceCluster.Client.Admin;
using VoiceCluster.Client.Metrics;
using VoiceCluster.Client.Sockets;
using VoiceCluster.LoadGen.Cluster;
using VoiceCluster.LoadGen.Media;
using VoiceCluster.LoadGen.Native;

namespace VoiceCluster.LoadGen.Spans;

/// <summary>The counters of one node at a moment of silence, all since its start.</summary>
internal sealed record SpanReading
{
    /// <summary>User and system time of the whole process.</summary>
    public required long CpuNanoseconds { get; init; }

    /// <summary>Datagrams received, those of other nodes among them.</summary>
    public required long Received { get; init; }

    /// <summary>Datagrams sent, those to other nodes among them.</summary>
    public required long Sent { get; init; }

    /// <summary>Media packets that passed all checks, those of other nodes among them.</summary>
    public required long Accepted { get; init; }

    /// <summary>What was dropped, by reason.</summary>
    public required ImmutableDictionary<string, long> Drops { get; init; }

    /// <summary>What went to and from other nodes, by their names.</summary>
    public required ImmutableDictionary<string, RelayReport> Relays { get; init; }

    /// <summary>Reads a node.</summary>
    /// <exception cref="NoAnswerException">It does not answer.</exception>
    public static async Task<SpanReading> ReadAsync(LocalNode node, CancellationToken cancellation)
    {
        var page = await node.ReadMetricsAsync(cancellation);
        var status = await node.ReadStatusAsync(cancellation);
        if (page is null || status is null)
        {
            throw new NoAnswerException($"{node.Name} does not tell its counters.");
        }

        return new SpanReading
        {
            CpuNanoseconds = MachineClock.CpuNanoseconds(node.ProcessId),
            Received = CountOf(page, "voicecluster_media_packets_total", "direction=\"in\""),
            Sent = CountOf(page, "voicecluster_media_packets_total", "direction=\"out\""),
            Accepted = CountOf(page, "voicecluster_media_forwarded_total"),
            Drops = NodeDrops.Read(page),
            Relays = status.Relays.ToImmutableDictionary(relay => relay.PeerNode, StringComparer.Ordinal),
        };
    }

    private static long CountOf(MetricsText page, string name, string label = "") => (long)(page.Sum(name, label) ?? 0);
}
