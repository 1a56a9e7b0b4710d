using System.Diagnostics.Metrics;
using System.Globalization;
using VoiceCluster.Media.Relay;
using VoiceCluster.Media.Workers;

namespace VoiceCluster.Media.Telemetry;

/// <summary>Shows the counters of a media plane as instruments of the meter <c>VoiceCluster.Media</c>; they are read when a reader asks.</summary>
public sealed class MediaTelemetry : IDisposable
{
    /// <summary>The meter's name.</summary>
    public const string MeterName = "VoiceCluster.Media";

    private static readonly string[] ReasonNames = [.. Enum.GetNames<PacketDropReason>().Select(ToSnakeCase)];

    private readonly MediaPlane _plane;
    private readonly Meter _meter = new(MeterName);

    /// <summary>Registers the instruments.</summary>
    public MediaTelemetry(MediaPlane plane)
    {
        _plane = plane;
        _meter.CreateObservableCounter("voicecluster.media.packets", ReadPackets, "{packet}", "Datagrams received and sent.");
        _meter.CreateObservableCounter("voicecluster.media.bytes", ReadBytes, "By", "Bytes of datagrams received and sent.");
        Observe("voicecluster.media.forwarded", worker => worker.Forwarded, "{packet}", "Media packets that passed all checks of their sender.");
        _meter.CreateObservableCounter("voicecluster.media.drops", ReadDrops, "{packet}", "Datagrams and copies dropped, by reason.");
        _meter.CreateObservableCounter(
            "voicecluster.media.relay.packets", ReadRelays, "{packet}", "Packets to and from other workers, by link: sent, received, lost, reordered, recovered.");
        _meter.CreateObservableGauge(
            "voicecluster.media.relay.round.trip", () => ReadLinks(link => link.RoundTrip.TotalMicroseconds), "us", "Smoothed round trip to other workers, by link.");
        _meter.CreateObservableGauge(
            "voicecluster.media.relay.send.loss", () => ReadLinks(link => link.SendLoss), "1", "The share of packets that other workers lacked lately, by link.");
        _meter.CreateObservableGauge(
            "voicecluster.media.relay.repeating", () => ReadLinks(link => link.IsRepeating ? 1 : 0), "{link}", "Whether each frame is sent twice, by link.");
        Observe("voicecluster.media.relay.links.refused", worker => worker.RelayLinksRefused, "{plan}", "Plans that named a worker too many to have a link to.");
        Observe("voicecluster.media.open.failures", CountOpenFailures, "{packet}", "Packets that could not be authenticated.");
        Observe("voicecluster.media.replays", CountReplays, "{packet}", "Packets seen before or behind the replay window.");
        Observe("voicecluster.media.batches", worker => worker.Batches, "{batch}", "Batches received.");
        _meter.CreateObservableCounter(
            "voicecluster.media.residence.bucket", ReadResidence, "{packet}", "Datagrams by time from kernel to end of batch, cumulative by bound.");
        Observe("voicecluster.media.residence.sum", worker => worker.ResidenceNanoseconds / 1000, "us", "Sum of those times.");
        Observe("voicecluster.media.edges.dropped", worker => worker.EdgesDropped, "{edge}", "Edges that control did not take in time.");
        Observe("voicecluster.media.plans.refused", worker => worker.PlansRefused, "{plan}", "Plans older than the one in force.");
        Observe("voicecluster.media.socket.send.frames", worker => worker.FramesSent, "{packet}", "Datagrams handed to the network device as whole frames.");
        Observe("voicecluster.media.socket.send.grouped", worker => worker.GroupedSent, "{packet}", "Datagrams handed to the socket with others for the same receiver.");
        Observe("voicecluster.media.socket.send.failures", worker => worker.SendFailures, "{packet}", "Datagrams that the kernel refused.");
        Observe("voicecluster.media.socket.send.unreachable", worker => worker.SendUnreachable, "{packet}", "Datagrams whose destination this host cannot reach.");
        Observe("voicecluster.media.socket.send.full", worker => worker.SendBufferFull, "{packet}", "Datagrams that the send buffer had no room for.");
        Observe("voicecluster.media.socket.receive.failures", worker => worker.ReceiveFailures, "{call}", "Receive calls that failed.");
        Observe("voicecluster.media.socket.receive.overflows", worker => worker.ReceiveOverflows, "{packet}", "Datagrams that the receive buffer had no room for.");
        _meter.CreateObservableGauge("voicecluster.media.sessions", () => ReadStatus(worker => worker.Sessions), "{session}", "Open sessions.");
        _meter.CreateObservableGauge("voicecluster.media.channels", () => ReadStatus(worker => worker.Channels), "{channel}", "Channels placed.");
        _meter.CreateObservableGauge("voicecluster.media.worker.running", () => ReadStatus(worker => worker.Running ? 1 : 0), "{worker}", "Whether the loop runs.");
        _meter.CreateObservableGauge(
            "voicecluster.media.worker.utilization", () => ReadLoad(load => load.Utilization), "1", "The share of a core that the loop uses, over about a second.");
        _meter.CreateObservableGauge(
            "voicecluster.media.worker.queue.delay", () => ReadLoad(load => load.QueueDelay.TotalMicroseconds), "us", "The longest wait in the kernel lately.");
        _meter.CreateObservableGauge(
            "voicecluster.media.worker.overloaded", () => ReadLoad(load => load.IsOverloaded ? 1 : 0), "{worker}", "Whether packets were shed within the last second.");
    }

    /// <inheritdoc />
    public void Dispose() => _meter.Dispose();

    internal static string ToSnakeCase(string name) => string.Concat(name.Select((character, index) =>
        char.IsUpper(character) && index > 0
            ? "_" + char.ToLowerInvariant(character)
            : char.ToLowerInvariant(character).ToString()));

    private static long CountOpenFailures(WorkerStatistics worker) =>
        worker.Dropped(PacketDropReason.NotAuthentic) + worker.Dropped(PacketDropReason.ForeignSource);

    private static long CountReplays(WorkerStatistics worker) =>
        worker.Dropped(PacketDropReason.Duplicate) + worker.Dropped(PacketDropReason.BehindWindow);

    private static KeyValuePair<string, object?> Worker(int index) => new("worker", index);

    private void Observe(string name, Func<WorkerStatistics, long> read, string unit, string description) =>
        _meter.CreateObservableCounter(
            name, () => _plane.ReadStatistics().Select((worker, index) => new Measurement<long>(read(worker), Worker(index))), unit, description);

    private IEnumerable<Measurement<long>> ReadPackets() => ReadBothWays(worker => worker.PacketsIn, worker => worker.PacketsOut);

    private IEnumerable<Measurement<long>> ReadBytes() => ReadBothWays(worker => worker.BytesIn, worker => worker.BytesOut);

    private IEnumerable<Measurement<long>> ReadBothWays(Func<WorkerStatistics, long> received, Func<WorkerStatistics, long> sent) =>
        _plane.ReadStatistics().SelectMany((worker, index) => new Measurement<long>[]
        {
            new(received(worker), Worker(index), new("direction", "in")),
            new(sent(worker), Worker(index), new("direction", "out")),
        });

    private IEnumerable<Measurement<long>> ReadRelays() =>
        _plane.ReadRelayLinks().SelectMany((links, index) => links.SelectMany(link => new[]
        {
            Relay(link.Sent, "sent"),
            Relay(link.Received, "received"),
            Relay(link.Lost, "lost"),
            Relay(link.Reordered, "reordered"),
            Relay(link.Recovered, "recovered"),
        }
        .Select(count => new Measurement<long>(count.Value, Worker(index), new("peer", link.Peer.ToString()), new("outcome", count.Outcome)))));

    private IEnumerable<Measurement<double>> ReadLinks(Func<RelayLinkStatistics, double> read) =>
        _plane.ReadRelayLinks().SelectMany((links, index) => links.Select(link =>
            new Measurement<double>(read(link), Worker(index), new("peer", link.Peer.ToString()))));

    private static (long Value, string Outcome) Relay(long value, string outcome) => (value, outcome);

    private IEnumerable<Measurement<long>> ReadDrops() =>
        _plane.ReadStatistics().SelectMany((worker, index) => ReasonNames
            .Select((name, reason) => new Measurement<long>(worker.Drops[reason], Worker(index), new("reason", name)))
            .Skip(1));

    private IEnumerable<Measurement<long>> ReadResidence() =>
        _plane.ReadStatistics().SelectMany((worker, index) =>
        {
            var total = 0L;
            return worker.Residence.Select((count, bucket) =>
                new Measurement<long>(total += count, Worker(index), new("le", BoundOf(bucket)))).ToList();
        });

    private static string BoundOf(int bucket) => bucket < WorkerStatistics.ResidenceBoundsMicroseconds.Length
        ? WorkerStatistics.ResidenceBoundsMicroseconds[bucket].ToString(CultureInfo.InvariantCulture)
        : "+Inf";

    private IEnumerable<Measurement<double>> ReadLoad(Func<Domain.Media.MediaWorkerLoad, double> read) =>
        _plane.Workers.Select((worker, index) => new Measurement<double>(read(worker.Load), Worker(index)));

    private IEnumerable<Measurement<long>> ReadStatus(Func<Domain.Media.MediaWorkerStatus, int> read) =>
        _plane.Workers.Select((worker, index) => new Measurement<long>(read(worker), Worker(index)));
}
