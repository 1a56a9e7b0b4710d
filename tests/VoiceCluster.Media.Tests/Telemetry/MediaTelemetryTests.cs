using System.Diagnostics.Metrics;
using System.Net;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Domain.Media;
using VoiceCluster.Media.Telemetry;
using VoiceCluster.Media.Tests.Support;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Media.Tests.Telemetry;

public sealed class MediaTelemetryTests
{
    [Fact]
    public async Task Instruments_show_what_the_workers_did()
    {
        var options = new MediaOptions { ListenAddress = IPAddress.Loopback, Port = 0, Workers = 1, MaximumAge = TimeSpan.FromMinutes(1), StandstillLimit = TimeSpan.FromMinutes(1) };
        await using var plane = new MediaPlane(new NodeIncarnation(new NodeId("node"), 1), options);
        using var telemetry = new MediaTelemetry(plane);
        plane.StartWorker(0);
        plane.TryOpenSession(new OpenMediaSession(MediaBed.Room, new Snowflake(1)), out var offer).ShouldBeTrue();
        using var client = new PlaneClient(offer, plane.Modes[0]);
        await client.SynchronizeAsync();
        client.Send(client.Media.Voice(1));
        await client.SynchronizeAsync();

        var measured = Measure();

        measured["voicecluster.media.packets direction=in worker=0"].ShouldBe(3);
        measured["voicecluster.media.packets direction=out worker=0"].ShouldBe(2);
        measured["voicecluster.media.bytes direction=out worker=0"].ShouldBe(148);
        measured["voicecluster.media.drops reason=not_configured worker=0"].ShouldBe(1);
        measured["voicecluster.media.sessions worker=0"].ShouldBe(1);
        measured["voicecluster.media.channels worker=0"].ShouldBe(1);
        measured["voicecluster.media.worker.running worker=0"].ShouldBe(1);
        measured.Keys.ShouldContain("voicecluster.media.residence.bucket le=+Inf worker=0");
        measured.Keys.ShouldNotContain("voicecluster.media.drops reason=none worker=0");
    }

    [Fact]
    public void Names_are_written_with_underscores() =>
        MediaTelemetry.ToSnakeCase("FailedOpenLimit").ShouldBe("failed_open_limit");

    private static Dictionary<string, long> Measure()
    {
        var measured = new Dictionary<string, long>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, self) =>
            {
                if (instrument.Meter.Name == MediaTelemetry.MeterName)
                {
                    self.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => measured[Name(instrument, tags)] = value);
        listener.Start();
        listener.RecordObservableInstruments();
        return measured;
    }

    private static string Name(Instrument instrument, ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
        string.Join(' ', [instrument.Name, .. tags.ToArray().OrderBy(tag => tag.Key).Select(tag => $"{tag.Key}={tag.Value}")]);
}
