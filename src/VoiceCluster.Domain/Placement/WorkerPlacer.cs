namespace VoiceCluster.Domain.Placement;

/// <summary>Chooses the worker of a node for a session.</summary>
public static class WorkerPlacer
{
    /// <summary>
    /// A worker with room that serves the channel; else the least loaded one with room, so that the channel grows there; else, where none
    /// has room, the same again among those that are not full, and at last among all: a load is measured and may be a moment's, so it
    /// prefers but refuses nobody.
    /// </summary>
    /// <param name="workers">The node's workers.</param>
    /// <param name="options">From which loads on a worker counts as overloaded and as full.</param>
    /// <returns>The worker's index; null when none can take the session, and another node must.</returns>
    public static int? Choose(ReadOnlySpan<WorkerLoad> workers, PlacementOptions options)
    {
        WorkerLoad? best = null;
        foreach (var worker in workers)
        {
            if (worker.TakesSessions && (best is not { } other || IsBetter(worker, other, options)))
            {
                best = worker;
            }
        }

        return best?.Index;
    }

    private static bool IsBetter(in WorkerLoad one, in WorkerLoad other, PlacementOptions options)
    {
        var full = (one.Load >= options.Full).CompareTo(other.Load >= options.Full);
        var overloaded = (one.Load >= options.Overloaded).CompareTo(other.Load >= options.Overloaded);
        var serves = other.ServesChannel.CompareTo(one.ServesChannel);
        var load = one.Load.CompareTo(other.Load);
        return (full, overloaded, serves, load, one.Sessions.CompareTo(other.Sessions)).CompareTo((0, 0, 0, 0, 0)) < 0;
    }
}

/// <summary>A worker as <see cref="WorkerPlacer"/> sees it.</summary>
/// <param name="Index">Which worker of the node.</param>
/// <param name="TakesSessions">Whether its loop runs and it holds fewer sessions than it may.</param>
/// <param name="Load">The share of its time, or of its packets per second, in use: 0 is idle, 1 is full.</param>
/// <param name="Sessions">The sessions that it serves; tells workers of equal load apart.</param>
/// <param name="ServesChannel">Whether the channel is there already.</param>
public readonly record struct WorkerLoad(int Index, bool TakesSessions, double Load, int Sessions, bool ServesChannel);
