using Microsoft.Extensions.Logging;
using VoiceCluster.Cluster.Store;

namespace VoiceCluster.Cluster.Hosting;

/// <content>How the owner is found, and how the shard is given up.</content>
internal sealed partial class Shard
{
    private async Task ResolveAsync()
    {
        using var limit = new CancellationTokenSource(_host.Options.ClaimDeadline, _host.Time);
        using var abort = _host.LinkAbort(limit);
        do
        {
            var claim = await TryClaimAsync(limit.Token);
            if (claim is null && TryKeepKnownOwner())
            {
                return;
            }

            if (claim is not null && await TryApplyAsync(claim, limit.Token))
            {
                return;
            }
        }
        while (await WaitToRetryAsync(limit.Token));
        GiveUp();
    }

    private async Task<ShardClaim?> TryClaimAsync(CancellationToken cancellation)
    {
        // Whatever the store fails with, the messages that wait must be dealt with.
        try
        {
            return await _host.ClaimAsync(_id, cancellation);
        }
        catch (Exception exception)
        {
            Log.ClaimFailed(_host.Logger, _id.Value, exception);
            return null;
        }
    }

    private async Task<bool> TryApplyAsync(ShardClaim claim, CancellationToken cancellation)
    {
        if (claim.Owner == _host.Node)
        {
            await AnnounceAsync(claim, cancellation);
        }

        lock (_gate)
        {
            if (_phase == Phase.Resolving)
            {
                if (claim.Epoch < _heardEpoch || (claim.Owner != _host.Node && !IsElsewhere(claim)))
                {
                    return false;
                }

                Take(claim);
                _phase = claim.Owner == _host.Node ? Phase.Owned : Phase.Remote;
                Flush();
                if (_phase == Phase.Owned)
                {
                    _host.TellOwned(claim);
                }

                return true;
            }
        }

        await _host.TryReleaseAsync(claim);
        return true;
    }

    private async Task AnnounceAsync(ShardClaim claim, CancellationToken cancellation)
    {
        // Nodes that do not hear of it now hear of it with the first message that they send to the wrong place.
        try
        {
            await _host.Placement.AnnounceAsync(claim, cancellation);
        }
        catch (Exception exception)
        {
            Log.AnnounceFailed(_host.Logger, _id.Value, claim.Epoch, exception);
        }
    }

    /// <summary>With the store away, an owner that was known goes on being believed.</summary>
    private bool TryKeepKnownOwner()
    {
        lock (_gate)
        {
            if (_phase != Phase.Resolving || _claim is null || !IsElsewhere(_claim) || _host.Placement.IsDead(_claim.Owner))
            {
                return false;
            }

            _phase = Phase.Remote;
            _unreached = false;
            Flush();
            return true;
        }
    }

    private async Task<bool> WaitToRetryAsync(CancellationToken cancellation)
    {
        try
        {
            await Task.Delay(_host.Options.ClaimRetryInterval, _host.Time, cancellation);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private void GiveUp()
    {
        lock (_gate)
        {
            if (_phase != Phase.Resolving)
            {
                return;
            }

            Log.NoOwner(_host.Logger, _id.Value, _waiting.Count);
            _phase = Phase.Unknown;
            while (_waiting.TryTake(out var waiting))
            {
                _host.Drop(waiting.Delivery, DropReason.Unreachable);
            }
        }
    }

    private void Flush()
    {
        while (_waiting.TryTake(out var waiting))
        {
            var reason = _phase == Phase.Owned
                ? _entities.Post(waiting.Target, waiting.Delivery)
                : SendOn(WayElsewhere(), waiting);
            if (reason is { } drop)
            {
                _host.Drop(waiting.Delivery, drop);
            }
        }
    }

    private Task BeginYield(ShardClaim? release)
    {
        _phase = Phase.Resolving;
        _heardEpoch = 0;
        var closing = new List<Task>();
        foreach (var (address, cell) in _entities.All)
        {
            var (waiting, closed) = cell.Yield();
            closing.Add(closed);
            foreach (var delivery in waiting)
            {
                if (_waiting.Add(new WaitingMessage(address, delivery)) is { } reason)
                {
                    _host.Drop(delivery, reason);
                }
            }
        }

        _entities.Clear();
        var done = _host.Dispatcher.CreateSignal();
        _host.Dispatcher.Start(_ => YieldAsync(closing, release, done), this);
        return done.Task;
    }

    private async Task YieldAsync(List<Task> closing, ShardClaim? release, TaskCompletionSource done)
    {
        if (closing.Count > 0)
        {
            Log.Yielding(_host.Logger, _id.Value, closing.Count);
        }

        try
        {
            await Task.WhenAll(closing).WaitAsync(_host.Options.ActorStopDeadline, _host.Time);
        }
        catch (TimeoutException)
        {
            // They cannot write any more: the store refuses their epoch.
            Log.YieldedWithRunning(_host.Logger, _id.Value, closing.Count(task => !task.IsCompleted));
        }

        if (release is not null && await _host.TryReleaseAsync(release))
        {
            NoteReleased(release);
        }

        done.TrySetResult();
        await HandWaitingOnAsync();
    }

    private void NoteReleased(ShardClaim claim)
    {
        lock (_gate)
        {
            _isClaimOver |= _claim == claim;
        }
    }

    private async Task HoldAsync()
    {
        await Task.Delay(_host.Options.HoldTime, _host.Time);
        await HandWaitingOnAsync();
    }

    private async Task HandWaitingOnAsync()
    {
        if (!TryHandWaitingOn())
        {
            await ResolveAsync();
        }
    }

    /// <summary>True unless the store has to be asked again.</summary>
    private bool TryHandWaitingOn()
    {
        lock (_gate)
        {
            if (_phase != Phase.Resolving)
            {
                return true;
            }

            if (_waiting.Count > 0 && _host.Placement.PreferredOwner(_id) == _host.Node.Node)
            {
                return false;
            }

            _phase = _claim is { } claim && IsElsewhere(claim) ? Phase.Remote : Phase.Unknown;
            Flush();
            return true;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(20, LogLevel.Warning, "The store did not say who owns shard {Shard}")]
        public static partial void ClaimFailed(ILogger logger, int shard, Exception exception);

        [LoggerMessage(21, LogLevel.Warning, "No owner of shard {Shard} was found in time; {Count} messages are dropped")]
        public static partial void NoOwner(ILogger logger, int shard, int count);

        [LoggerMessage(22, LogLevel.Information, "Shard {Shard} goes elsewhere; {Count} entities stop")]
        public static partial void Yielding(ILogger logger, int shard, int count);

        [LoggerMessage(23, LogLevel.Warning, "Shard {Shard} was given up while {Count} entities had not stopped")]
        public static partial void YieldedWithRunning(ILogger logger, int shard, int count);

        [LoggerMessage(24, LogLevel.Warning, "Not every node was told of shard {Shard} at epoch {Epoch}")]
        public static partial void AnnounceFailed(ILogger logger, int shard, long epoch, Exception exception);
    }
}
