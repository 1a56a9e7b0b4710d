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

    /// <summary>Takes a message back that has to be handled before what waits for the actor, which is about to be another one.</summary>
    void TakeBack(ActorCell cell, Delivery delivery);

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

    /// <summary>How many messages wait; a glance without the lock, for whoever looks at a crowd.</summary>
    public int Depth => _mailbox.Count;

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

    public bool IsAsked => _current is { Reply: not null };

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

    public void HandOn(IActorMessage message) => PutFirst(new Delivery(message));

    public void SetTimer(string name, TimeSpan dueTime, IActorMessage message)
    {
        var timer = new ActorTimer(this, host.Timers, name, message);
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
                timer.Start(dueTime);
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
}
