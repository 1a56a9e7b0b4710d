namespace VoiceCluster.Cluster.Hosting;

/// <summary>Where actors run: the thread pool, a limited part of it, or a simulation's scheduler.</summary>
internal sealed class Dispatcher
{
    private readonly TaskScheduler? _scheduler;
    private readonly bool _isStepped;

    public Dispatcher(EntityHostOptions options)
    {
        _scheduler = options.Scheduler;
        _isStepped = _scheduler is not null;
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

    /// <summary>Something to wait for that may be set under a lock: what waits goes on elsewhere.</summary>
    /// <remarks>Tasks that combine others would go on in the thread pool, past a scheduler of one's own; that queues what waits anyway.</remarks>
    public TaskCompletionSource CreateSignal() =>
        new(!_isStepped ? TaskCreationOptions.RunContinuationsAsynchronously : TaskCreationOptions.None);

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
