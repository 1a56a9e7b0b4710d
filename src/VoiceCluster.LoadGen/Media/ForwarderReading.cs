using System.Collections.Immutable;
using VoiceCluster.Client.Metrics;
using VoiceCluster.LoadGen.Native;
using VoiceCluster.LoadGen.Peers;

namespace VoiceCluster.LoadGen.Media;

/// <summary>The counters of a forwarder at one moment, all since its start.</summary>
internal sealed record ForwarderReading
{
    /// <summary>User and system time of the whole process.</summary>
    public required long CpuNanoseconds { get; init; }

    /// <summary>Datagrams received.</summary>
    public required long Received { get; init; }

    /// <summary>Copies handed to the kernel, which took them.</summary>
    public required long Sent { get; init; }

    /// <summary>System calls or batches that received.</summary>
    public long Receives { get; init; }

    /// <summary>What was dropped, by reason.</summary>
    public ImmutableDictionary<string, long> Drops { get; init; } = ImmutableDictionary<string, long>.Empty;

    /// <summary>The metrics it was read from; null for what has none.</summary>
    public MetricsText? Page { get; init; }

    /// <summary>When, in nanoseconds of the monotonic clock.</summary>
    public required long MonotonicNanoseconds { get; init; }

    /// <summary>How long the cores of the machine have run something, each, in nanoseconds.</summary>
    public ImmutableArray<long> CoreNanoseconds { get; init; } = KernelCounters.CoreNanoseconds();

    /// <summary>UDP datagrams that the whole machine has sent.</summary>
    public long MachineSent { get; init; } = KernelDatagrams.ReadSent();

    /// <summary>Memory of the process that is not swapped out.</summary>
    public long ResidentBytes { get; init; }
}
