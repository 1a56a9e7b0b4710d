using System.Collections.Immutable;

namespace VoiceCluster.LoadGen.Media;

/// <summary>What a forwarder did and used between two readings.</summary>
internal sealed record MeasuredWindow(string Name, ForwarderReading Before, ForwarderReading After, long LoadSent, long LoadSkipped)
{
    /// <summary>How long it was.</summary>
    public TimeSpan Duration => TimeSpan.FromTicks((After.MonotonicNanoseconds - Before.MonotonicNanoseconds) / TimeSpan.NanosecondsPerTick);

    /// <summary>Datagrams received.</summary>
    public long Received => After.Received - Before.Received;

    /// <summary>Copies sent.</summary>
    public long Sent => After.Sent - Before.Sent;

    /// <summary>CPU time of the whole process.</summary>
    public long CpuNanoseconds => After.CpuNanoseconds - Before.CpuNanoseconds;

    /// <summary>CPU time of the whole process, user and system, by copies sent.</summary>
    public double NanosecondsPerCopy => Sent > 0 ? (double)CpuNanoseconds / Sent : double.NaN;

    /// <summary>Copies a second.</summary>
    public double CopiesPerSecond => Sent / Duration.TotalSeconds;

    /// <summary>Share of one core.</summary>
    public double Utilisation => CpuNanoseconds / Duration.TotalNanoseconds;

    /// <summary>Share of a core that others used while this was measured: above a few percent the figures are not to be trusted.</summary>
    public double UsedByOthers(int core) => core < Before.CoreNanoseconds.Length && core < After.CoreNanoseconds.Length
        ? Math.Max(0, ((After.CoreNanoseconds[core] - Before.CoreNanoseconds[core]) / Duration.TotalNanoseconds) - Utilisation)
        : double.NaN;

    /// <summary>Datagrams by wake-up of the receiver.</summary>
    public double ReceivedPerBatch => After.Receives > Before.Receives ? Received / (double)(After.Receives - Before.Receives) : double.NaN;

    /// <summary>
    /// Copies by the kernel's count: what the whole machine sent less what the load sent. Other programs on the machine make it larger.
    /// </summary>
    public long SentByKernel => After.MachineSent - Before.MachineSent - LoadSent;

    /// <summary>Drops by reason.</summary>
    public ImmutableDictionary<string, long> Drops => NodeDrops.Between(Before.Drops, After.Drops);

    /// <summary>The difference of a metric; null where there are none.</summary>
    public double? Metric(string name, string label = "") =>
        After.Page?.Sum(name, label) is { } after ? after - (Before.Page?.Sum(name, label) ?? 0) : null;

    /// <summary>Bytes that the whole process allocated on the managed heap.</summary>
    public double? AllocatedBytes => Metric("dotnet_gc_heap_total_allocated_bytes_total");

    /// <summary>Collections of all generations.</summary>
    public double? Collections => Metric("dotnet_gc_collections_total");
}
