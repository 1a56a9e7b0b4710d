using System.Collections.Concurrent;
using VoiceCluster.Domain.Identities;

namespace VoiceCluster.Cluster.Hosting;

/// <summary>The requests of this node that wait for an answer. Each ends once: answer, failure, deadline or cancellation.</summary>
/// <remarks>
/// Ways back name the incarnation that the process began with, also after membership has given it another: they tell processes apart, not
/// memberships, and an answer is still wanted after the node has joined again.
/// </remarks>
internal sealed class PendingAsks(NodeIncarnation node, TimeProvider time, HostCounters counters, int capacity)
{
    private readonly ConcurrentDictionary<long, PendingAsk> _asks = [];
    private long _lastCorrelation;
    private int _count;

    public int Count => Volatile.Read(ref _count);

    /// <summary>Begins a request; null when too many are waiting.</summary>
    public PendingAsk? TryOpen(IActorMessage request, ActorAddress target, TimeSpan deadline, CancellationToken cancellation)
    {
        if (Interlocked.Increment(ref _count) > capacity)
        {
            Interlocked.Decrement(ref _count);
            return null;
        }

        var address = new ReplyAddress(node, Interlocked.Increment(ref _lastCorrelation));
        var ask = new PendingAsk(this, address, request, target);
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

    /// <summary>True for the one who ends the request.</summary>
    internal bool TryEnd(PendingAsk ask)
    {
        if (!_asks.TryRemove(ask.Address.Correlation, out _))
        {
            return false;
        }

        Interlocked.Decrement(ref _count);
        return true;
    }

    internal void OnLateReply() => counters.Dropped(DropReason.LateReply);

    private PendingAsk? Find(long incarnation, long correlation) =>
        incarnation == node.Incarnation && _asks.TryGetValue(correlation, out var ask) ? ask : null;
}

/// <summary>One waiting request, and its own way back while the actor is on this node.</summary>
internal sealed class PendingAsk(PendingAsks owner, ReplyAddress address, IActorMessage request, ActorAddress target) : ReplyRoute
{
    private readonly TaskCompletionSource<IActorMessage> _result = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();
    private ITimer? _deadline;
    private CancellationTokenRegistration _cancellation;
    private bool _hasEnded;

    public override ReplyAddress Address => address;

    public Task<IActorMessage> Result => _result.Task;

    public void Begin(TimeProvider time, TimeSpan deadline, CancellationToken cancellation)
    {
        // Both may end the request at once, on this thread or another, before they are kept here to be let go.
        var timer = time.CreateTimer(static ask => ((PendingAsk)ask!).OnDeadline(), this, deadline, Timeout.InfiniteTimeSpan);
        var registration = cancellation.UnsafeRegister(static (ask, token) => ((PendingAsk)ask!).OnCanceled(token), this);
        lock (_gate)
        {
            _deadline = timer;
            _cancellation = registration;
            if (!_hasEnded)
            {
                return;
            }
        }

        LetGo();
    }

    protected override void OnReply(IActorMessage reply)
    {
        if (TryEnd())
        {
            _result.TrySetResult(reply);
        }
        else
        {
            owner.OnLateReply();
        }
    }

    protected override void OnFail(AskFailure failure)
    {
        if (TryEnd())
        {
            HostCounters.AskFailed(failure);
            _result.TrySetException(new AskException(failure, $"{request.GetType().Name} to {target} was not answered: {failure}."));
        }
    }

    private void OnDeadline() => OnFail(AskFailure.Timeout);

    private void OnCanceled(CancellationToken token)
    {
        if (TryEnd())
        {
            _result.TrySetCanceled(token);
        }
    }

    private bool TryEnd()
    {
        if (!owner.TryEnd(this))
        {
            return false;
        }

        LetGo();
        return true;
    }

    private void LetGo()
    {
        lock (_gate)
        {
            _hasEnded = true;
            _deadline?.Dispose();
            _cancellation.Unregister();
        }
    }
}
