using System.Collections.Immutable;

namespace VoiceCluster.Node.Metrics;

/// <summary>Which measurements leave the process.</summary>
internal static class NodeTelemetry
{
    /// <summary>Beginnings of meter names: our own, the runtime's (heap, collections, threads), and the HTTP server's.</summary>
    public static ImmutableArray<string> Meters { get; } = ["VoiceCluster", "System.Runtime", "Microsoft.AspNetCore.Server.Kestrel"];
}
