namespace VoiceCluster.Simulation.Machinery;

/// <summary>Runs one process' tasks, one at a time, when the simulation says so. Nothing is ever run inside another task.</summary>
internal sealed class SimulatedScheduler : TaskScheduler
{
    private readonly Queue<Task> _tasks = new();
    private bool _isClosed;

    public bool HasWork => _tasks.Count > 0;

    /// <summary>Runs the task that has waited longest.</summary>
    public void RunOne() => TryExecuteTask(_tasks.Dequeue());

    /// <summary>The process is gone: what it was about to do is never done.</summary>
    public void Close()
    {
        _isClosed = true;
        _tasks.Clear();
    }

    public void Post(Action action) => _ = Task.Factory.StartNew(action, CancellationToken.None, TaskCreationOptions.DenyChildAttach, this);

    public void Post(Func<Task> action) => _ = Task.Factory.StartNew(action, CancellationToken.None, TaskCreationOptions.DenyChildAttach, this);

    protected override IEnumerable<Task> GetScheduledTasks() => _tasks;

    protected override void QueueTask(Task task)
    {
        if (!_isClosed)
        {
            _tasks.Enqueue(task);
        }
    }

    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) => false;
}
