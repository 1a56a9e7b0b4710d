using System.Collections.Concurrent;
using VoiceCluster.Domain.Identities;

namespace VoiceCluster.Cluster.Hosting;

/// <summary>The requests of this node that wait for an answer. Each ends once: answer, failure, deadline or cancellation.</summary>
internal sealed class PendingAsks(NodeIncarnation node, TimeProvider time, HostCounters counters, int capacity)
{
    private readonly ConcurrentDictionary<long, PendingAsk> _asks = [];
    private long _lastCorrelation;
    private int _count;

    public int Count => Volatile.Read(ref _count);

    /// <summary>Begins a request; null when too many are waiting.</summary>
    public PendingAsk? TryOpen(string description, TimeSpan deadline, CancellationToken cancellation)
    {
        if (Interlocked.Increment(ref _count) > capacity)
        {
            Interlocked.Decrement(ref _count);
            return null;
        }

        var address = new ReplyAddress(node, Interlocked.Increment(ref _lastCorrelation));
        var ask = new PendingAsk(this, address, description);
        _asks[address.Correlation] = ask;
        ask.Begin(time, deadline, cancellation);
        return ask;
    }

    /// <summary>Hands in another node's answer.</summary>
    public void Complete(long incarnation, long correlation, IActorMessage reply)
    {
        if (Find(incarnation, correlation) is { } ask)
        {
            ask.Reply(reply);
        }
        else
        {
            counters.Dropped(DropReason.LateReply);
        }
    }

    /// <summary>Hands in another node's refusal.</summary>
    public void Fail(long incarnation, long correlation, AskFailure failure) => Find(incarnation, correlation)?.Fail(failure);

    public void FailAll(AskFailure failure)
    {
        foreach (var ask in _asks.Values)
        {
            ask.Fail(failure);
        }
    }

    internal void OnEnded(PendingAsk ask)
    {
        if (_asks.TryRemove(ask.Address.Correlation, out _))
        {
            Interlocked.Decrement(ref _count);
        }
    }

    internal void OnLateReply() => counters.Dropped(DropReason.LateReply);

    private PendingAsk? Find(long incarnation, long correlation) =>
        incarnation == node.Incarnation && _asks.TryGetValue(correlation, out var ask) ? ask : null;
}

/// <summary>One waiting request, and its own way back while the actor is on this node.</summary>
internal sealed class PendingAsk(PendingAsks owner, ReplyAddress address, string description) : ReplyRoute
{
    private readonly TaskCompletionSource<IActorMessage> _result = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();
    private ITimer? _deadline;
    private CancellationTokenRegistration _cancellation;

    public override ReplyAddress Address => address;

    public Task<IActorMessage> Result => _result.Task;

    public void Begin(TimeProvider time, TimeSpan deadline, CancellationToken cancellation)
    {
        lock (_gate)
        {
            _deadline = time.CreateTimer(static ask => ((PendingAsk)ask!).OnDeadline(), this, deadline, Timeout.InfiniteTimeSpan);
        }

        // Runs at once when already cancelled, so it stands outside the lock.
        var registration = cancellation.UnsafeRegister(static (ask, token) => ((PendingAsk)ask!).OnCanceled(token), this);
        lock (_gate)
        {
            _cancellation = registration;
        }

        if (_result.Task.IsCompleted)
        {
            End();
        }
    }

    protected override void OnReply(IActorMessage reply)
    {
        if (_result.TrySetResult(reply))
        {
            End();
        }
        else
        {
            owner.OnLateReply();
        }
    }

    protected override void OnFail(AskFailure failure) => End(failure);

    private void OnDeadline() => End(AskFailure.Timeout);

    private void OnCanceled(CancellationToken token)
    {
        if (_result.TrySetCanceled(token))
        {
            End();
        }
    }

    private void End(AskFailure failure)
    {
        if (_result.TrySetException(new AskException(failure, $"{description} was not answered: {failure}.")))
        {
            HostCounters.AskFailed(failure);
            End();
        }
    }

    private void End()
    {
        owner.OnEnded(this);
        lock (_gate)
        {
            _deadline?.Dispose();
            _deadline = null;
            _cancellation.Unregister();
        }
    }
}
