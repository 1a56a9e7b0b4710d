namespace VoiceCluster.Simulation.Machinery;

/// <summary>What is to happen when, by the one true clock of a simulation. Things due at the same time happen in the order in which they were planned.</summary>
internal sealed class Agenda
{
    private readonly PriorityQueue<Action, (long Ticks, long Order)> _plans = new();
    private long _lastOrder;

    /// <summary>The true time, which no node sees.</summary>
    public TimeSpan Now { get; private set; }

    /// <summary>Told of each thing just before it happens.</summary>
    public Action<Action> Begun { get; set; } = static _ => { };

    public void At(TimeSpan time, Action action)
    {
        var due = time > Now ? time : Now;
        _plans.Enqueue(action, (due.Ticks, ++_lastOrder));
    }

    public void After(TimeSpan delay, Action action) => At(Now + delay, action);

    /// <summary>Moves time on to the next thing and does it.</summary>
    public void DoNext()
    {
        if (!_plans.TryDequeue(out var action, out var priority))
        {
            throw new InvalidOperationException("A simulation whose users have stopped has nothing left to do.");
        }

        Now = new TimeSpan(priority.Ticks);
        Begun(action);
        action();
    }
}
