using System.Diagnostics.Metrics;
using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Domain.Placement;
using VoiceCluster.Gateways;
using VoiceCluster.Media;
using VoiceCluster.Node.Configuration;
using VoiceCluster.Protocol.Lvsp;

namespace VoiceCluster.Node.Health;

/// <summary>Measures how much of this node is used, at most once a second. Safe from any thread.</summary>
internal sealed class NodeHealth : INodeHealth, IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly IEntityHost _host;
    private readonly MediaPlane _media;
    private readonly SessionTurnover _turnover;
    private readonly NodeReadiness _readiness;
    private readonly TimeProvider _time;
    private readonly LoadMeter _meter;
    private readonly StolenTime _stolen = new();
    private readonly Meter _telemetry = new("VoiceCluster.Node");
    private readonly Lock _measuring = new();
    private readonly long _startedAt;
    private readonly int _sessionsPerWorker;
    private NodeLoadReport _report;
    private TimeSpan _measuredAt;
    private volatile bool _draining;

    public NodeHealth(IEntityHost host, MediaPlane media, SessionTurnover turnover, NodeReadiness readiness, NodeOptions options, TimeProvider time)
    {
        (_host, _media, _turnover, _readiness, _time) = (host, media, turnover, readiness, time);
        _startedAt = time.GetTimestamp();
        _sessionsPerWorker = options.Limits.SessionsPerWorker;
        _meter = new LoadMeter(options.Node.Region, options.Node.CapacityUsers, options.Node.CapacityMegabits);
        _report = Measure();
        _telemetry.CreateObservableGauge("voicecluster.node.load", () => Report.Load, "1", "The largest share in use of processors, users and bandwidth.");
    }

    /// <inheritdoc />
    public LvspHealth Current => LvspHealth.FromLoad(Report.Load, 0, 0, draining: !_readiness.IsReady);

    /// <summary>What other nodes are to know of this one.</summary>
    public NodeLoadReport Report
    {
        get
        {
            lock (_measuring)
            {
                if (Now - _measuredAt >= Interval || _report.Draining != _draining)
                {
                    _report = Measure();
                }

                return _report;
            }
        }
    }

    /// <summary>Whether this node is being emptied.</summary>
    public bool Draining
    {
        get => _draining;
        set => _draining = value;
    }

    private TimeSpan Now => _time.GetElapsedTime(_startedAt);

    /// <inheritdoc />
    public void Dispose() => _telemetry.Dispose();

    private NodeLoadReport Measure()
    {
        _measuredAt = Now;
        var workers = _media.Workers;
        var totals = new LoadTotals(
            _measuredAt,
            Environment.CpuUsage.TotalTime / Environment.ProcessorCount,
            _stolen.ReadShare(),
            workers.Average(worker => worker.Load.IsOverloaded ? 1 : worker.Load.Utilization),
            _media.ReadStatistics().Sum(worker => worker.BytesIn + worker.BytesOut),
            _turnover.Began,
            _turnover.Resumed);
        return _meter.Measure(_host.Node, totals, workers.Sum(worker => worker.Sessions), _readiness.IsReady) with
        {
            Draining = _draining,
            HasRoom = workers.Any(worker => worker.Sessions < _sessionsPerWorker),
        };
    }
}
