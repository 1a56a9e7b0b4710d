using System.Collections.Immutable;
using VoiceCluster.LoadGen.Media;

namespace VoiceCluster.LoadGen.Bench;

/// <summary>Where every packet of a long run went, by the node's own counters, and what has grown. Both readings are taken at rest.</summary>
internal sealed class SoakAccount(ForwarderReading before, ForwarderReading after, long sent, int fanOut)
{
    private const string Heap = "dotnet_gc_last_collection_heap_size_bytes";
    private const string Forwarded = "voicecluster_media_forwarded_total";

    // Dropped before the node counted them as received.
    private const string BeforeReceived = "receive_buffer_full";

    // Lost when their copies were sent, not when they came.
    private static readonly ImmutableArray<string> OfCopies =
        ["send_refused", "send_buffer_full", "unconfirmed", "receiver_lacks_codec", "nonce_would_repeat", "key_exhausted", "not_sealed"];

    private readonly ImmutableDictionary<string, long> _drops = NodeDrops.Between(before.Drops, after.Drops);

    /// <summary>Copies sent.</summary>
    public long Copies => after.Sent - before.Sent;

    /// <summary>Packets and copies that were dropped and counted.</summary>
    public long Explained => _drops.Values.Sum();

    /// <summary>Packets that left the load and are in no counter, and copies that were due and are in none; the load of joins has no media.</summary>
    public long Unexplained =>
        Math.Abs(sent - (after.Received - before.Received) - _drops.GetValueOrDefault(BeforeReceived))
        + Math.Abs(Difference(Forwarded) + DroppedPackets - (after.Received - before.Received))
        + Math.Abs((Difference(Forwarded) * fanOut) - DroppedCopies - Copies);

    /// <summary>Growth of the managed heap after a whole collection, in percent.</summary>
    public double HeapGrowth => ((after.Page?.Sum(Heap) / before.Page?.Sum(Heap)) - 1) * 100 ?? double.NaN;

    /// <summary>Growth of the process's memory, in percent.</summary>
    public double ResidentGrowth => (((double)after.ResidentBytes / before.ResidentBytes) - 1) * 100;

    /// <summary>Collections.</summary>
    public double Collections => (after.Page?.Sum("dotnet_gc_collections_total") - before.Page?.Sum("dotnet_gc_collections_total")) ?? double.NaN;

    private long DroppedCopies => OfCopies.Sum(reason => _drops.GetValueOrDefault(reason));

    private long DroppedPackets => _drops.Where(drop => drop.Key != BeforeReceived && !OfCopies.Contains(drop.Key)).Sum(drop => drop.Value);

    private long Difference(string metric) => (long)((after.Page?.Sum(metric) ?? 0) - (before.Page?.Sum(metric) ?? 0));
}
