using System.Diagnostics.Metrics;

namespace VoiceCluster.Cluster;

/// <summary>What the actors count.</summary>
internal static class ClusterTelemetry
{
    private static readonly Meter Meter = new("VoiceCluster.Cluster");

    /// <summary>Notices to backends that could not be kept, by reason.</summary>
    public static Counter<long> NoticesDropped { get; } = Meter.CreateCounter<long>(
        "voicecluster.lvsp.notices.dropped",
        "{notice}",
        "Notices to backends that could not be kept.");
}
