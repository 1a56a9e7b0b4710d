using Microsoft.Extensions.Logging;
using VoiceCluster.Cluster.Store;

namespace VoiceCluster.Cluster.Hosting;

/// <content>The turns: starting, handling, failing, ending.</content>
internal sealed partial class ActorCell
{
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
        catch (Exception exception) when (exception is StoreUnavailableException or OperationCanceledException)
        {
            // A store that is slow, or a process that stood still, makes a start take longer than it may.
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
            // Nothing was decided: that is for whoever owns the shard now, before what came later.
            Log.ShardLost(host.Logger, self, exception.Epoch);
            if (delivery.Timer is null)
            {
                delivery.ReplyTaken = false;
                PutFirst(delivery);
            }

            await owner.VerifyAsync();
            return await FailAsync();
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

            _stop = CellStop.None;
            _phase = Phase.Waiting;
            _restart = DetachedTimer.Create(host.Time, static cell => ((ActorCell)cell!).EndWait(), this, _backoff.Next(host.Options, host.Time));

            // Last: who sees the count may rely on the wait having begun.
            host.Counters.Restarted(_kind);
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

    private void PutFirst(Delivery delivery)
    {
        lock (_gate)
        {
            if (_phase != Phase.Closed && _stop != CellStop.Yield)
            {
                _mailbox.AddFirst(delivery);
                return;
            }
        }

        owner.TakeBack(this, delivery);
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
