using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Cluster.Limits;

namespace VoiceCluster.Cluster;

/// <summary>The project's instruments. Tags have few values: kinds of actors, reasons, stages.</summary>
public static class Telemetry
{
    /// <summary>The meter's name, for whoever exports it.</summary>
    public const string MeterName = "VoiceCluster.Cluster";

    private static readonly Meter Meter = new(MeterName);

    private static readonly ConcurrentDictionary<EntityHost, byte> Hosts = [];

    private static readonly HostCensus Census = new(() => Hosts.Keys);

    private static readonly Counter<long> HandledMessages =
        Meter.CreateCounter<long>("voicecluster.actors.messages", "{message}", "Messages handled by actors.");

    private static readonly Counter<long> DroppedMessages =
        Meter.CreateCounter<long>("voicecluster.actors.drops", "{message}", "Messages that were dropped, by reason.");

    private static readonly Counter<long> FailedAsks =
        Meter.CreateCounter<long>("voicecluster.actors.ask_failures", "{request}", "Requests without an answer, by stage.");

    private static readonly Counter<long> Restarts =
        Meter.CreateCounter<long>("voicecluster.actors.restarts", "{restart}", "Actors that failed and were replaced.");

    private static readonly Counter<long> Passivations =
        Meter.CreateCounter<long>("voicecluster.actors.passivations", "{actor}", "Idle entities that were put away.");

    private static readonly Counter<long> DirectoryOutages =
        Meter.CreateCounter<long>("voicecluster.directory.store_unavailable", "{lookup}", "Lookups that the store did not answer, by answer given.");

    private static readonly Counter<long> DirectoryLookups =
        Meter.CreateCounter<long>("voicecluster.directory.lookups", "{lookup}", "Lookups of channels, sessions and tokens.");

    private static readonly Counter<long> TransportDrops =
        Meter.CreateCounter<long>("voicecluster.transport.drops", "{frame}", "Frames between nodes that were dropped, by reason.");

    private static readonly Counter<long> NoticesDropped =
        Meter.CreateCounter<long>("voicecluster.lvsp.notices.dropped", "{notice}", "Notices to backends that could not be kept, by reason.");

    private static readonly Counter<long> ProjectionsDropped =
        Meter.CreateCounter<long>("voicecluster.projections.dropped", "{projection}", "What voice states could not tell their channel.");

    private static readonly Counter<long> QuotaRefusals =
        Meter.CreateCounter<long>("voicecluster.quota.refused", "{entity}", "Channels and voice states refused because a realm has too many, by kind.");

    private static readonly Counter<long> Repairs = Meter.CreateCounter<long>(
        "voicecluster.reconciliation.repairs", "{repair}", "Differences between store, owners and holders that were mended, by kind.");

    private static readonly Counter<long> Unstored = Meter.CreateCounter<long>(
        "voicecluster.voice_states.unstored", "{change}", "Changes of voice states that were obeyed while the store was away.");

    private static readonly Counter<long> OvertakenRequests = Meter.CreateCounter<long>(
        "voicecluster.requests.overtaken", "{request}", "Requests of backends that came late and were ignored because of a newer one, by kind.");

    private static readonly ConcurrentDictionary<RealmQuota, byte> Quotas = [];

    static Telemetry()
    {
        Meter.CreateObservableUpDownCounter(
            "voicecluster.channels", () => Quotas.Keys.Sum(quota => quota.Total(EntityKind.VoiceChannel)), "{channel}", "Voice channels of all realms.");
        Meter.CreateObservableUpDownCounter(
            "voicecluster.voice_states", () => Quotas.Keys.Sum(quota => quota.Total(EntityKind.VoiceState)), "{state}", "Users in voice channels.");
        Meter.CreateObservableGauge("voicecluster.actors.live", ObserveLiveActors, "{actor}", "Actors in memory, by kind.");
        Meter.CreateObservableGauge(
            "voicecluster.actors.mailbox.depth",
            () => Census.Read(HostCensus.Instruments.Depth).Sum(census => census.Queued),
            "{message}",
            "Messages in all mailboxes.");
        Meter.CreateObservableGauge(
            "voicecluster.actors.mailbox.depth.max",
            () => Census.Read(HostCensus.Instruments.Deepest).Select(census => census.DeepestMailbox).DefaultIfEmpty().Max(),
            "{message}",
            "Messages in the fullest mailbox.");
        Meter.CreateObservableGauge(
            "voicecluster.actors.timers",
            () => Hosts.Keys.Sum(host => Interlocked.Read(ref host.Counters.Timers)),
            "{timer}",
            "Timers set by actors.");
    }

    internal static void Observe(EntityHost host) => Hosts.TryAdd(host, 0);

    internal static void Forget(EntityHost host) => Hosts.TryRemove(host, out _);

    internal static void Observe(RealmQuota quota) => Quotas.TryAdd(quota, 0);

    internal static void Forget(RealmQuota quota) => Quotas.TryRemove(quota, out _);

    internal static void QuotaRefused(EntityKind kind) => QuotaRefusals.Add(1, Tag("kind", kind.ToString()));

    internal static void Repaired(string kind) => Repairs.Add(1, Tag("kind", kind));

    internal static void ObeyedUnstored() => Unstored.Add(1);

    internal static void Overtaken(string kind) => OvertakenRequests.Add(1, Tag("kind", kind));

    internal static void ProjectionDropped() => ProjectionsDropped.Add(1);

    internal static void NoticeDropped(string reason) => NoticesDropped.Add(1, Tag("reason", reason));

    internal static void Handled(string kind) => HandledMessages.Add(1, Tag("kind", kind));

    internal static void Dropped(DropReason reason) => DroppedMessages.Add(1, Tag("reason", reason.ToString()));

    internal static void AskFailed(AskFailure stage) => FailedAsks.Add(1, Tag("stage", stage.ToString()));

    internal static void Restarted(string kind) => Restarts.Add(1, Tag("kind", kind));

    internal static void Passivated(string kind) => Passivations.Add(1, Tag("kind", kind));

    internal static void DirectoryUnavailable(bool answered) =>
        DirectoryOutages.Add(1, Tag("answer", answered ? "cached" : "unknown"));

    internal static void DirectoryLookup() => DirectoryLookups.Add(1);

    internal static void TransportDropped(string reason) => TransportDrops.Add(1, Tag("reason", reason));

    private static KeyValuePair<string, object?> Tag(string name, string value) => new(name, value);

    private static IEnumerable<Measurement<int>> ObserveLiveActors() =>
        Census.Read(HostCensus.Instruments.Live)
            .SelectMany(census => census.ByKind)
            .GroupBy(count => count.Key, count => count.Value, StringComparer.Ordinal)
            .Select(group => new Measurement<int>(group.Sum(), new TagList { Tag("kind", group.Key) }));
}
