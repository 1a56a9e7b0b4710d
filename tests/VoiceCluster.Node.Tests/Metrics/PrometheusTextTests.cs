using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using VoiceCluster.Node.Metrics;

namespace VoiceCluster.Node.Tests.Metrics;

public sealed class PrometheusTextTests : IDisposable
{
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly IMeterFactory _meters;
    private readonly Meter _meter;

    public PrometheusTextTests()
    {
        _meters = _services.GetRequiredService<IMeterFactory>();
        _meter = _meters.Create("VoiceCluster.Test");
    }

    [Fact]
    public void Write_EveryKind_IsTheExpectedText()
    {
        using var metrics = new PrometheusText(_meters, ["VoiceCluster.Test"]);
        var counter = _meter.CreateCounter<long>("voicecluster.media.packets", "{packet}", "Packets \\ by\nreason.");
        counter.Add(2, new("reason", "muted"), new("direction", "in"));
        counter.Add(3, new("direction", "in"), new("reason", "muted"));
        counter.Add(1, new KeyValuePair<string, object?>("reason", "a \"quoted\" \\ word\n"));
        _meter.CreateCounter<long>("voicecluster.media.received", "By", "Bytes received.").Add(10);
        var upDown = _meter.CreateUpDownCounter<int>("voicecluster.sessions", "{session}", "Sessions.");
        upDown.Add(5);
        upDown.Add(-2);
        _meter.CreateGauge<double>("voicecluster.load", "1", "Load.").Record(0.25);
        _meter.CreateObservableGauge("voicecluster.workers", () => new Measurement<int>(2, new KeyValuePair<string, object?>("node", 7)), null, "Workers.");
        _meter.CreateObservableCounter("voicecluster.ticks", () => 41L, null, "Ticks.");
        var histogram = _meter.CreateHistogram("voicecluster.delay", "s", "Delay.", null, new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.01, 0.1] });
        histogram.Record(0.01);
        histogram.Record(0.05);
        histogram.Record(2);

        metrics.Write().ShouldBe("""
            # HELP voicecluster_delay_seconds Delay.
            # TYPE voicecluster_delay_seconds histogram
            voicecluster_delay_seconds_bucket{le="0.01"} 1
            voicecluster_delay_seconds_bucket{le="0.1"} 2
            voicecluster_delay_seconds_bucket{le="+Inf"} 3
            voicecluster_delay_seconds_sum 2.06
            voicecluster_delay_seconds_count 3
            # HELP voicecluster_load_ratio Load.
            # TYPE voicecluster_load_ratio gauge
            voicecluster_load_ratio 0.25
            # HELP voicecluster_media_packets_total Packets \\ by\nreason.
            # TYPE voicecluster_media_packets_total counter
            voicecluster_media_packets_total{direction="in",reason="muted"} 5
            voicecluster_media_packets_total{reason="a \"quoted\" \\ word\n"} 1
            # HELP voicecluster_media_received_bytes_total Bytes received.
            # TYPE voicecluster_media_received_bytes_total counter
            voicecluster_media_received_bytes_total 10
            # HELP voicecluster_sessions Sessions.
            # TYPE voicecluster_sessions gauge
            voicecluster_sessions 3
            # HELP voicecluster_ticks_total Ticks.
            # TYPE voicecluster_ticks_total counter
            voicecluster_ticks_total 41
            # HELP voicecluster_workers Workers.
            # TYPE voicecluster_workers gauge
            voicecluster_workers{node="7"} 2

            """);
    }

    [Fact]
    public void Write_LabelledHistogram_PutsTheBoundaryLast()
    {
        using var metrics = new PrometheusText(_meters, ["VoiceCluster.Test"]);
        _meter.CreateHistogram("voicecluster.size", "By", null, null, new InstrumentAdvice<long> { HistogramBucketBoundaries = [100] })
            .Record(7, new KeyValuePair<string, object?>("kind", "x"));
        metrics.Write().ShouldContain("voicecluster_size_bytes_bucket{kind=\"x\",le=\"100\"} 1\n");
    }

    [Fact]
    public void Write_MoreLabelSetsThanAreRemembered_CountsEach()
    {
        using var metrics = new PrometheusText(_meters, ["VoiceCluster.Test"]);
        var counter = _meter.CreateCounter<long>("voicecluster.requests");
        for (var i = 0; i < 40; i++)
        {
            counter.Add(1, new("shard", i % 20), new("kind", "x"));
            counter.Add(1, new("kind", "x"), new("shard", i % 20));
        }
        var text = metrics.Write();
        Enumerable.Range(0, 20).ShouldAllBe(i => text.Contains($"{{kind=\"x\",shard=\"{i}\"}} 4\n"));
    }

    [Fact]
    public void Counting_UnderTheSameTags_AllocatesNothing()
    {
        using var metrics = new PrometheusText(_meters, ["VoiceCluster.Test"]);
        var counter = _meter.CreateCounter<long>("voicecluster.messages");
        KeyValuePair<string, object?> kind = new("kind", "x");
        counter.Add(1, kind);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            counter.Add(1, kind);
        }
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
    }

    [Fact]
    public void Write_ObservedSeriesThatEnded_IsGone()
    {
        using var metrics = new PrometheusText(_meters, ["VoiceCluster.Test"]);
        var reported = new List<Measurement<int>> { new(1, new KeyValuePair<string, object?>("node", "a")) };
        _meter.CreateObservableGauge("voicecluster.peers", () => reported);
        metrics.Write().ShouldContain("voicecluster_peers{node=\"a\"} 1\n");
        reported.Clear();
        metrics.Write().ShouldBe("");
    }

    [Fact]
    public void Write_MetersOfAnotherFactory_AreLeftOut()
    {
        using var others = new ServiceCollection().AddMetrics().BuildServiceProvider();
        using var metrics = new PrometheusText(_meters, ["VoiceCluster.Test"]);
        others.GetRequiredService<IMeterFactory>().Create("VoiceCluster.Test").CreateCounter<int>("voicecluster.other").Add(1);
        metrics.Write().ShouldBe("");
    }

    [Fact]
    public void Write_EndlessLabels_StayBounded()
    {
        using var metrics = new PrometheusText(_meters, ["VoiceCluster.Test"]);
        var counter = _meter.CreateCounter<int>("voicecluster.mistake");
        for (var index = 0; index < 3_000; index++)
        {
            counter.Add(1, new KeyValuePair<string, object?>("id", index));
        }
        var text = metrics.Write();
        text.Split('\n').Length.ShouldBeLessThan(2_010);
        text.ShouldContain("voicecluster_mistake_total{otel_metric_overflow=\"true\"} 1000\n");
    }

    [Fact]
    public void Write_Runtime_HasHeapCollectionsAndThreads()
    {
        using var metrics = new PrometheusText(_meters, NodeTelemetry.Meters);
        var text = metrics.Write();
        text.ShouldContain("# TYPE dotnet_gc_collections_total counter\n");
        text.ShouldContain("dotnet_gc_last_collection_heap_size_bytes{");
        text.ShouldContain("dotnet_thread_pool_thread_count");
    }

    public void Dispose() => _services.Dispose();
}
