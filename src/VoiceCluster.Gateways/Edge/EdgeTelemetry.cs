using System.Diagnostics.Metrics;

namespace VoiceCluster.Gateways.Edge;

/// <summary>Counters of what the edge refuses.</summary>
public sealed class EdgeTelemetry
{
    /// <summary>Name of the meter; every meter of the server begins with "VoiceCluster".</summary>
    public const string MeterName = "VoiceCluster.Gateways.Edge";

    private readonly Counter<long> _refused;
    private readonly Counter<long> _proxyHeaders;
    private readonly Meter _meter;
    private long _refusedTotal;
    private long _proxyHeadersRefused;

    public EdgeTelemetry(IMeterFactory meters)
    {
        _meter = meters.Create(MeterName);
        _refused = _meter.CreateCounter<long>(
            "voicecluster.connections.refused", "{connection}", "Connections refused before they identified themselves, by reason.");
        _proxyHeaders = _meter.CreateCounter<long>(
            "voicecluster.proxy_headers.refused", "{connection}", "Connections of trusted proxies closed over their PROXY header, by reason.");
    }

    /// <summary>Connections refused since start.</summary>
    public long RefusedTotal => Interlocked.Read(ref _refusedTotal);

    /// <summary>Connections closed over their PROXY header since start.</summary>
    public long ProxyHeadersRefused => Interlocked.Read(ref _proxyHeadersRefused);

    public void ConnectionRefused(ConnectionAdmission reason)
    {
        Interlocked.Increment(ref _refusedTotal);
        _refused.Add(1, new KeyValuePair<string, object?>("reason", ReasonName(reason)));
    }

    public void ProxyHeaderRefused(string reason)
    {
        Interlocked.Increment(ref _proxyHeadersRefused);
        _proxyHeaders.Add(1, new KeyValuePair<string, object?>("reason", reason));
    }

    internal void ObserveOpen(Func<int> open) => _meter.CreateObservableGauge(
        "voicecluster.connections.open", open, "{connection}", "Connections on the public ports.");

    internal void ObserveUnidentified(Func<int> waiting) => _meter.CreateObservableGauge(
        "voicecluster.connections.unidentified", waiting, "{connection}", "Connections that have not identified themselves.");

    private static string ReasonName(ConnectionAdmission reason) => reason switch
    {
        ConnectionAdmission.TooManyInAll => "unidentified",
        ConnectionAdmission.TooManyFromAddress => "unidentified_from_address",
        ConnectionAdmission.TooManyConnections => "connections",
        _ => "none",
    };
}
