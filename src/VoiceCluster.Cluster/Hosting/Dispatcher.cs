namespace VoiceCluster.Cluster.Hosting;

/// <summary>Where actors run: the thread pool, a limited part of it, or a simulation's scheduler.</summary>
internal sealed class Dispatcher
{
    private readonly TaskScheduler? _scheduler;

    public Dispatcher(EntityHostOptions options)
    {
        _scheduler = options.Scheduler;
        if (_scheduler is null && options.MaxParallelism > 0)
        {
            _scheduler = new ConcurrentExclusiveSchedulerPair(TaskScheduler.Default, options.MaxParallelism).ConcurrentScheduler;
        }
    }

    /// <summary>Gives an actor a turn, behind all that wait for one.</summary>
    public void Schedule(ActorCell cell)
    {
        if (_scheduler is null)
        {
            ThreadPool.UnsafeQueueUserWorkItem(cell, preferLocal: false);
        }
        else
        {
            Start(_scheduler, static cell => ((ActorCell)cell).RunAsync(), cell);
        }
    }

    /// <summary>Starts the host's own work; it handles its failures itself.</summary>
    public void Start(Func<object, Task> work, object state) => Start(_scheduler ?? TaskScheduler.Default, work, state);

    private static void Start(TaskScheduler scheduler, Func<object, Task> work, object state)
    {
        // The turn belongs to the actor, not to whoever happened to tell it something first.
        if (ExecutionContext.IsFlowSuppressed())
        {
            StartNew(scheduler, work, state);
            return;
        }

        using (ExecutionContext.SuppressFlow())
        {
            StartNew(scheduler, work, state);
        }
    }

    private static void StartNew(TaskScheduler scheduler, Func<object, Task> work, object state) =>
        _ = Task.Factory.StartNew(
            static item => Invoke(((Func<object, Task>, object))item!),
            (work, state),
            CancellationToken.None,
            TaskCreationOptions.DenyChildAttach,
            scheduler);

    private static Task Invoke((Func<object, Task> Work, object State) item) => item.Work(item.State);
}
