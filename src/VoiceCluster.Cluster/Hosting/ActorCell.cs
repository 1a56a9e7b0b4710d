using Microsoft.Extensions.Logging;
using VoiceCluster.Cluster.Store;

namespace VoiceCluster.Cluster.Hosting;

/// <summary>Where a cell is put away from when it ends.</summary>
internal interface IActorCellOwner
{
    /// <summary>The epoch of the owned shard; 0 for local actors.</summary>
    long Epoch { get; }

    /// <summary>Whether the actor is put away when idle and started again by its next message.</summary>
    bool IsSharded { get; }

    /// <summary>Closes and forgets the cell unless messages wait; decided under the owner's lock, so that none slips in between.</summary>
    bool TryRetire(ActorCell cell);

    /// <summary>Forgets a cell that has closed.</summary>
    void OnClosed(ActorCell cell);

    /// <summary>Asks the store whether the shard is still this node's, and gives it up if not.</summary>
    Task VerifyAsync();
}

/// <summary>How a cell is to end, weakest first.</summary>
internal enum CellStop
{
    None,

    /// <summary>It was idle: only if it still is.</summary>
    Passivate,

    /// <summary>It asked to stop itself, after the current message.</summary>
    Self,

    /// <summary>The host stops: after what is in the mailbox.</summary>
    Drain,

    /// <summary>The shard goes elsewhere: after the current message; the mailbox has been taken away.</summary>
    Yield,
}

/// <summary>One actor's mailbox, timers and life. Its turns run one after another on the dispatcher; between them it holds no thread.</summary>
/// <remarks>
/// <code>
/// Idle --message--> Active --mailbox empty--> Idle
///                   Active --failure--> Waiting --backoff over--> Active
///                   Active --stopped--> Closed
/// </code>
/// Locks nest owner before cell; nothing outside the cell is called with its lock held.
/// </remarks>
internal sealed partial class ActorCell(EntityHost host, IActorCellOwner owner, ActorAddress self, Func<ActorAddress, Actor> factory)
    : IActorContext, IThreadPoolWorkItem
{
    private readonly Lock _gate = new();
    private readonly string _kind = ActorKinds.NameOf(self);
    private Mailbox _mailbox;
    private Phase _phase;
    private CellStop _stop;
    private Actor? _actor;
    private Delivery? _current;
    private ActorTimers? _timers;
    private RestartBackoff _backoff;
    private ITimer? _restart;
    private TaskCompletionSource? _closed;
    private bool _failed;
    private bool _served;
    private long _lastActive = host.Time.GetTimestamp();

    private enum Phase : byte
    {
        Idle,
        Active,
        Waiting,
        Closed,
    }

    private enum Step
    {
        Rest,
        Start,
        Handle,
        Stop,
    }

    public ActorAddress Self => self;

    /// <summary>For telemetry: one of few words.</summary>
    public string Kind => _kind;

    public IEntityHost Host => host;

    public TimeProvider Time => host.Time;

    public long Epoch { get; } = owner.Epoch;

    public int Depth
    {
        get
        {
            lock (_gate)
            {
                return _mailbox.Count;
            }
        }
    }

    /// <summary>Starts the actor without waiting for a message.</summary>
    public void Start()
    {
        lock (_gate)
        {
            Wake();
        }
    }

    /// <summary>Queues a message. Null when it was taken.</summary>
    public DropReason? Post(Delivery delivery)
    {
        lock (_gate)
        {
            if (_phase == Phase.Closed || (_stop == CellStop.Drain && !owner.IsSharded))
            {
                return DropReason.ActorGone;
            }

            if (!_mailbox.TryAdd(delivery, host.Options.MailboxCapacity))
            {
                return DropReason.MailboxFull;
            }

            if (_phase == Phase.Idle)
            {
                Wake();
            }

            return null;
        }
    }

    /// <summary>Lets the actor handle what waits, then ends it.</summary>
    public Task DrainAsync()
    {
        lock (_gate)
        {
            return RequestStop(CellStop.Drain);
        }
    }

    /// <summary>Takes the mailbox away, in order, and ends the actor after its current message.</summary>
    public (List<Delivery> Waiting, Task Closed) Yield()
    {
        lock (_gate)
        {
            var closed = RequestStop(CellStop.Yield);
            var waiting = new List<Delivery>();
            while (_mailbox.TryTake() is { } delivery)
            {
                if (delivery.Timer is null)
                {
                    waiting.Add(delivery);
                }
            }

            return (waiting, closed);
        }
    }

    /// <summary>Puts the actor away if it rests and has done so for the given time. A set timer keeps it awake.</summary>
    public void PassivateIfIdle(TimeSpan idleTime)
    {
        lock (_gate)
        {
            var isIdle = _phase == Phase.Idle
                && _timers is null or { IsEmpty: true }
                && _actor is not { MayPassivate: false }
                && host.Time.GetElapsedTime(_lastActive) >= idleTime;
            if (isIdle)
            {
                _ = RequestStop(CellStop.Passivate);
            }
        }
    }

    /// <summary>Closes the mailbox unless messages wait; called under the owner's lock.</summary>
    public bool TryCloseEmpty()
    {
        lock (_gate)
        {
            if (_mailbox.Count > 0)
            {
                return false;
            }

            _phase = Phase.Closed;
            _closed?.TrySetResult();
            return true;
        }
    }

    public void OnTimer(ActorTimer timer)
    {
        lock (_gate)
        {
            if (_phase == Phase.Closed || _timers?.IsSet(timer) != true)
            {
                return;
            }

            _mailbox.TryAdd(new Delivery(timer.Message, reply: null, timer), int.MaxValue);
            if (_phase == Phase.Idle)
            {
                Wake();
            }
        }
    }

    public void Reply(IActorMessage reply) => _current?.Reply?.Reply(reply);

    public Action<IActorMessage> TakeReply()
    {
        if (_current is not { Reply: { } route } current)
        {
            return static _ => { };
        }

        current.ReplyTaken = true;
        return route.Reply;
    }

    public void SetTimer(string name, TimeSpan dueTime, IActorMessage message)
    {
        var timer = new ActorTimer(this, name, message);
        lock (_gate)
        {
            if (_phase == Phase.Closed)
            {
                return;
            }

            _timers ??= new ActorTimers(host.Counters);
            _timers.Add(timer);
            if (dueTime <= TimeSpan.Zero)
            {
                timer.Fire();
            }
            else
            {
                timer.Start(host.Time, dueTime);
            }
        }
    }

    public void CancelTimer(string name)
    {
        lock (_gate)
        {
            _timers?.Remove(name);
        }
    }

    public void Stop()
    {
        lock (_gate)
        {
            _stop = (CellStop)Math.Max((int)_stop, (int)CellStop.Self);
        }
    }

    void IThreadPoolWorkItem.Execute() => _ = RunAsync();

    /// <summary>One turn.</summary>
    public async Task RunAsync()
    {
        // A failure out of here would be a mistake in the host itself; the cell must not hang in its turn because of it.
        try
        {
            for (var steps = 0; steps < host.Options.MessagesPerTurn; steps++)
            {
                if (!await StepAsync())
                {
                    return;
                }
            }

            host.Dispatcher.Schedule(this);
        }
        catch (Exception exception)
        {
            Log.TurnFailed(host.Logger, self, exception);
            Close();
        }
    }

    /// <summary>Does one thing; false when the turn is over.</summary>
    private async ValueTask<bool> StepAsync() => NextStep(out var delivery) switch
    {
        Step.Start => await StartActorAsync(),
        Step.Handle => await HandleAsync(delivery!),
        Step.Stop => await EndAsync(),
        _ => false,
    };

    private Step NextStep(out Delivery? delivery)
    {
        lock (_gate)
        {
            delivery = null;
            if (MustStop())
            {
                return Step.Stop;
            }

            if (_actor is null)
            {
                return Step.Start;
            }

            delivery = TakeDue();
            if (delivery is not null)
            {
                _served = true;
                return Step.Handle;
            }

            _phase = Phase.Idle;
            _lastActive = host.Time.GetTimestamp();
            return Step.Rest;
        }
    }

    private bool MustStop()
    {
        switch (_stop)
        {
            case CellStop.Yield:
                return true;
            case CellStop.Self:
                // An entity that stops itself while it starts still takes one of the messages that made it start.
                return !owner.IsSharded || _served || _mailbox.Count == 0;
            case CellStop.Drain:
                // A local actor that was just given a socket must at least see it, to close it.
                return _actor is null ? _failed || (owner.IsSharded && _mailbox.IsEmpty) : _mailbox.IsEmpty;
            case CellStop.Passivate when _mailbox.Count == 0:
                return true;
            case CellStop.Passivate:
                _stop = CellStop.None;
                return false;
            default:
                return false;
        }
    }

    private Delivery? TakeDue()
    {
        while (_mailbox.TryTake() is { } delivery)
        {
            if (delivery.Timer is not { } timer)
            {
                return delivery;
            }

            if (_timers?.IsSet(timer) == true)
            {
                _timers.Remove(timer.Name);
                return delivery;
            }
        }

        return null;
    }

    private async ValueTask<bool> StartActorAsync()
    {
        try
        {
            if (_failed)
            {
                await owner.VerifyAsync();
                if (IsYielding())
                {
                    return true;
                }
            }

            _served = false;
            _actor = factory(self);
            _actor.Context = this;
            using var limit = new CancellationTokenSource(host.Options.StartDeadline, host.Time);
            using var abort = host.LinkAbort(limit);
            await _actor.StartAsync(limit.Token);
            _failed = false;
            return true;
        }
        catch (StoreUnavailableException exception)
        {
            Log.NotLoaded(host.Logger, self, exception.Message);
            return await FailAsync();
        }
        catch (Exception exception)
        {
            Log.StartFailed(host.Logger, self, exception);
            return await FailAsync();
        }
    }

    private async ValueTask<bool> HandleAsync(Delivery delivery)
    {
        _current = delivery;
        try
        {
            using var limit = host.HandlingLimits.Rent();
            await _actor!.ReceiveAsync(delivery.Message, limit.Token);
            if (!delivery.ReplyTaken)
            {
                // A request that nobody is going to answer must not keep its asker until the deadline.
                delivery.Reply?.Fail(AskFailure.Faulted);
            }

            return true;
        }
        catch (ShardLostException exception)
        {
            Log.ShardLost(host.Logger, self, exception.Epoch);
            await owner.VerifyAsync();
            return await FailAsync(delivery, AskFailure.Unreachable);
        }
        catch (StoreUnavailableException exception)
        {
            // Nothing was decided, so nothing is lost: the actor goes on with what it has, which its row may not hold at the moment.
            Log.StoreAway(host.Logger, self, delivery.Message.GetType().Name, exception.Message);
            delivery.Reply?.Fail(AskFailure.Unreachable);
            return true;
        }
        catch (Exception exception)
        {
            Log.MessageFailed(host.Logger, self, delivery.Message.GetType().Name, exception);
            return await FailAsync(delivery, AskFailure.Faulted);
        }
        finally
        {
            _current = null;
            host.Counters.Handled(_kind);
        }
    }

    /// <summary>Ends the failed instance and arranges for the next; the asker hears of it last, when the wait has begun.</summary>
    private async ValueTask<bool> FailAsync(Delivery? delivery = null, AskFailure failure = AskFailure.Faulted)
    {
        _failed = true;
        await StopActorAsync();
        var continues = WaitForRestart();
        delivery?.Reply?.Fail(failure);
        return continues;
    }

    /// <summary>False while waiting; true when the cell is to stop anyway.</summary>
    private bool WaitForRestart()
    {
        lock (_gate)
        {
            if (_stop is CellStop.Drain or CellStop.Yield || (_stop == CellStop.Self && !owner.IsSharded))
            {
                return true;
            }

            host.Counters.Restarted(_kind);
            _stop = CellStop.None;
            _phase = Phase.Waiting;
            _restart = DetachedTimer.Create(host.Time, static cell => ((ActorCell)cell!).EndWait(), this, _backoff.Next(host.Options, host.Time));
            return false;
        }
    }

    private void EndWait()
    {
        lock (_gate)
        {
            if (_phase == Phase.Waiting)
            {
                Wake();
            }
        }
    }

    private async ValueTask<bool> EndAsync()
    {
        await StopActorAsync();
        if (!owner.IsSharded || IsEnding())
        {
            Close();
            return false;
        }

        var passivated = _stop == CellStop.Passivate;
        if (owner.TryRetire(this))
        {
            if (passivated)
            {
                host.Counters.Passivated(_kind);
            }

            return false;
        }

        StayAwake();
        return true;
    }

    /// <summary>Messages came while it stopped: a fresh instance takes them.</summary>
    private void StayAwake()
    {
        lock (_gate)
        {
            if (_stop is CellStop.Self or CellStop.Passivate)
            {
                _stop = CellStop.None;
            }
        }
    }

    private async ValueTask StopActorAsync()
    {
        if (_actor is { } actor)
        {
            _actor = null;
            try
            {
                await actor.StopAsync().AsTask().WaitAsync(host.Options.ActorStopDeadline, host.Time);
            }
            catch (Exception exception)
            {
                Log.StopFailed(host.Logger, self, exception);
            }
        }

        lock (_gate)
        {
            _timers?.Clear();
            _timers = null;
        }
    }

    /// <summary>Ends the cell; those who still wait in its mailbox are told so.</summary>
    private void Close()
    {
        var waiting = new List<Delivery>();
        lock (_gate)
        {
            _phase = Phase.Closed;
            while (_mailbox.TryTake() is { } delivery)
            {
                waiting.Add(delivery);
            }
        }

        owner.OnClosed(this);
        foreach (var delivery in waiting.Where(delivery => delivery.Timer is null))
        {
            host.Drop(delivery, DropReason.ActorGone);
        }

        lock (_gate)
        {
            _closed?.TrySetResult();
        }
    }

    private Task RequestStop(CellStop stop)
    {
        if (_phase == Phase.Closed && _closed is null)
        {
            return Task.CompletedTask;
        }

        _stop = (CellStop)Math.Max((int)_stop, (int)stop);
        if (_phase is Phase.Idle or Phase.Waiting)
        {
            Wake();
        }

        _closed ??= host.Dispatcher.CreateSignal();
        return _closed.Task;
    }

    private void Wake()
    {
        _restart?.Dispose();
        _restart = null;
        _phase = Phase.Active;
        host.Dispatcher.Schedule(this);
    }

    private bool IsYielding()
    {
        lock (_gate)
        {
            return _stop == CellStop.Yield;
        }
    }

    private bool IsEnding()
    {
        lock (_gate)
        {
            return _stop is CellStop.Drain or CellStop.Yield;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "{Actor} failed to start")]
        public static partial void StartFailed(ILogger logger, ActorAddress actor, Exception exception);

        [LoggerMessage(2, LogLevel.Error, "{Actor} failed while it handled {MessageType}; it restarts from its stored state")]
        public static partial void MessageFailed(ILogger logger, ActorAddress actor, string messageType, Exception exception);

        [LoggerMessage(3, LogLevel.Warning, "{Actor} failed to stop")]
        public static partial void StopFailed(ILogger logger, ActorAddress actor, Exception exception);

        [LoggerMessage(4, LogLevel.Warning, "{Actor} may not write with epoch {Epoch} any more")]
        public static partial void ShardLost(ILogger logger, ActorAddress actor, long epoch);

        [LoggerMessage(7, LogLevel.Warning, "{Actor} was not loaded and is tried again: {Reason}")]
        public static partial void NotLoaded(ILogger logger, ActorAddress actor, string reason);

        [LoggerMessage(6, LogLevel.Warning, "{Actor} could not store what {MessageType} asked for, and goes on as before: {Reason}")]
        public static partial void StoreAway(ILogger logger, ActorAddress actor, string messageType, string reason);

        [LoggerMessage(5, LogLevel.Critical, "{Actor} ended because of an error in the host")]
        public static partial void TurnFailed(ILogger logger, ActorAddress actor, Exception exception);
    }
}
