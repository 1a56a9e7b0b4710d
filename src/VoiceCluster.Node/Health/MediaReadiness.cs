using VoiceCluster.Domain.Media;

namespace VoiceCluster.Node.Health;

/// <summary>Whether the packet threads can take more: a node says no before its users hear that it is full. Safe from any thread.</summary>
/// <remarks>A new channel goes to the least busy thread, so that one decides.</remarks>
/// <param name="busyPercent">From which use of its core on a thread takes no new work.</param>
internal sealed class MediaReadiness(int busyPercent)
{
    /// <summary>How far the use has to fall again, so that the answer does not flutter.</summary>
    private const int Hysteresis = 10;

    private volatile bool _isBusy;

    /// <summary>Why no new work is taken; null when it is.</summary>
    public string? Judge(IReadOnlyList<MediaWorkerStatus> workers)
    {
        var working = workers.Where(worker => worker.Running && !worker.Load.IsStuck).ToList();
        if (working.Count == 0)
        {
            return "no media worker runs";
        }

        var least = working.Min(worker => worker.Load.IsOverloaded ? 1 : worker.Load.Utilization) * 100;
        _isBusy = least > (_isBusy ? busyPercent - Hysteresis : busyPercent);
        return _isBusy ? $"every media worker is busy, the least busy one to {least:F0} %" : null;
    }
}
