using VoiceCluster.Domain.Media;
using VoiceCluster.Gateways;
using VoiceCluster.Node.Configuration;
using VoiceCluster.Protocol.Lvsp;

namespace VoiceCluster.Node.Health;

/// <summary>Measures how much of this node is used, at most once a second.</summary>
internal sealed class NodeHealth(IMediaPlane media, NodeReadiness readiness, NodeOptions options, TimeProvider time) : INodeHealth
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly Lock _measuring = new();
    private long _measuredAt = time.GetTimestamp();
    private TimeSpan _processorTime = Environment.CpuUsage.TotalTime;
    private double _processorShare;
    private LvspHealth _current = LvspHealth.Best;

    /// <inheritdoc />
    public LvspHealth Current
    {
        get
        {
            lock (_measuring)
            {
                if (time.GetElapsedTime(_measuredAt) >= Interval)
                {
                    Measure();
                }

                return _current;
            }
        }
    }

    private void Measure()
    {
        var elapsed = time.GetElapsedTime(_measuredAt);
        var processorTime = Environment.CpuUsage.TotalTime;
        _processorShare = (processorTime - _processorTime) / elapsed / Environment.ProcessorCount;
        _processorTime = processorTime;
        _measuredAt = time.GetTimestamp();
        var sessions = media.Workers.Sum(worker => worker.Sessions);
        _current = LvspHealth.FromLoad(
            _processorShare,
            (double)sessions / options.Limits.VoiceStatesPerRealm,
            bitrateShare: 0,
            draining: !readiness.IsReady);
    }
}
