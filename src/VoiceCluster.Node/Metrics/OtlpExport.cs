using Microsoft.Extensions.Hosting;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using VoiceCluster.Node.Configuration;

namespace VoiceCluster.Node.Metrics;

/// <summary>Sends metrics to an OpenTelemetry collector for as long as the node runs. A collector that is away costs nothing but its data.</summary>
internal sealed class OtlpExport(NodeOptions options) : IHostedService, IDisposable
{
    /// <summary>What is left to send at the end gets this long.</summary>
    private static readonly TimeSpan FlushTimeout = TimeSpan.FromSeconds(2);

    private MeterProvider? _metrics;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        var resource = ResourceBuilder.CreateDefault().AddService("voicecluster", serviceVersion: NodeVersion.Text, serviceInstanceId: options.Node.Id);
        _metrics = Sdk.CreateMeterProviderBuilder()
            .SetResourceBuilder(resource)
            .AddMeter([.. NodeTelemetry.Meters.Select(prefix => prefix + "*")])
            .AddOtlpExporter((exporter, reader) =>
            {
                Configure(exporter);
                reader.PeriodicExportingMetricReaderOptions.ExportIntervalMilliseconds = (int)options.Telemetry.OtlpInterval.TotalMilliseconds;
            })
            .Build();
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) =>
        Task.Run(() => _metrics?.Shutdown((int)FlushTimeout.TotalMilliseconds), cancellationToken);

    public void Dispose() => _metrics?.Dispose();

    // Over HTTP metrics have a path of their own, which the exporter does not add to an endpoint set in code.
    private void Configure(OtlpExporterOptions exporter)
    {
        var endpoint = options.Telemetry.OtlpEndpoint!;
        exporter.Protocol = options.Telemetry.OtlpHttp ? OtlpExportProtocol.HttpProtobuf : OtlpExportProtocol.Grpc;
        exporter.Endpoint = options.Telemetry.OtlpHttp ? new Uri(endpoint.AbsoluteUri.TrimEnd('/') + "/v1/metrics") : endpoint;
    }
}
