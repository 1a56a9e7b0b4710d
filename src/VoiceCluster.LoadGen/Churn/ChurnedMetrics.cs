using System.Collections.Immutable;
using VoiceCluster.Client.Metrics;

namespace VoiceCluster.LoadGen.Churn;

/// <summary>The figures of a node that must be after a churn what they were before. This is the one place that names them.</summary>
internal static class ChurnedMetrics
{
    private const double Mebibyte = 1024 * 1024;

    /// <summary>What a node without users has none of. Entities stay in memory for some minutes after their last user.</summary>
    public static ImmutableArray<ComparedMetric> GoneAtRest { get; } =
    [
        new("entities", "voicecluster_actors_live", "kind=\"voice_"),
        new("voice sessions", "voicecluster_gateway_sessions"),
    ];

    /// <summary>Timers of actors: those of a channel that has ended run out within half a minute.</summary>
    public static ComparedMetric Timers { get; } = new("actor timers", "voicecluster_actors_timers", Slack: 2);

    /// <summary>Those that are added up where there are several nodes.</summary>
    public static ImmutableArray<ComparedMetric> OfCluster { get; } =
    [
        new("actors", "voicecluster_actors_live", Slack: 2),
        Timers,
        new("messages in mailboxes", "voicecluster_actors_mailbox_depth", Slack: 2),
        new("channels counted", "voicecluster_channels"),
        new("voice states counted", "voicecluster_voice_states"),
        new("voice sessions", "voicecluster_gateway_sessions"),
        new("media sessions", "voicecluster_media_sessions"),
        new("LVSP sessions", "voicecluster_lvsp_sessions"),
        new("TCP connections", "kestrel_active_connections", Slack: 1),
    ];

    /// <summary>All of them, for one node.</summary>
    public static ImmutableArray<ComparedMetric> All { get; } =
        [.. OfCluster, new("managed heap, bytes", "dotnet_gc_last_collection_heap_size_bytes", Slack: Mebibyte)];
}
