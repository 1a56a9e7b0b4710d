using VoiceCluster.Gateways;
using VoiceCluster.Media;
using VoiceCluster.Node.Configuration;
using VoiceCluster.Protocol.Lvsp;

namespace VoiceCluster.Node.Health;

/// <summary>Measures how much of this node is used, at most once a second.</summary>
internal sealed class NodeHealth(MediaPlane media, NodeReadiness readiness, NodeOptions options, TimeProvider time) : INodeHealth
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly Lock _measuring = new();
    private long _measuredAt = time.GetTimestamp();
    private TimeSpan _processorTime = Environment.CpuUsage.TotalTime;
    private long _mediaBytes;
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
        var mediaBytes = media.ReadStatistics().Sum(worker => worker.BytesIn + worker.BytesOut);
        _current = LvspHealth.FromLoad(
            (processorTime - _processorTime) / elapsed / Environment.ProcessorCount,
            (double)media.Workers.Sum(worker => worker.Sessions) / options.Node.CapacityUsers,
            (mediaBytes - _mediaBytes) * 8 / elapsed.TotalSeconds / (options.Node.CapacityMegabits * 1e6),
            draining: !readiness.IsReady);
        _processorTime = processorTime;
        _mediaBytes = mediaBytes;
        _measuredAt = time.GetTimestamp();
    }
}
