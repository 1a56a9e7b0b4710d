using Microsoft.Extensions.Logging;
using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Cluster.Messages;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Domain.Media;

namespace VoiceCluster.Cluster.UdpIngress;

/// <summary>Starts, stops and restarts one packet loop, hands it its plans, and passes on what it tells. It sees no packet.</summary>
/// <param name="media">The media plane.</param>
/// <param name="worker">Which of its loops.</param>
/// <param name="sessions">Who is to be told of which session; outlives a failure of the actor, which alone uses it.</param>
/// <param name="confirmPlans">
/// Asks what became of the worker's plans while it stood still. When it returns true, those that others have made since are in this actor's mailbox; false when nobody can say.
/// </param>
/// <param name="logger">For failures of the loop.</param>
public sealed partial class UdpIngressActor(
    IMediaPlane media,
    int worker,
    Dictionary<MediaSessionId, GatewayAddress> sessions,
    Func<CancellationToken, Task<bool>> confirmPlans,
    ILogger<UdpIngressActor> logger) : Actor
{
    /// <summary>The first restart is made at once; one that fails again soon waits, and ever longer.</summary>
    private static readonly TimeSpan SecondRestartDelay = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan MaxRestartDelay = TimeSpan.FromSeconds(5);

    /// <summary>A loop that ran for so long is restarted at once again when it fails.</summary>
    private static readonly TimeSpan HealthyAfter = TimeSpan.FromMilliseconds(500);

    /// <summary>An edge may get lost in a full queue; a loop that does not run is noticed by this at the latest.</summary>
    private static readonly TimeSpan WatchInterval = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan EdgeRetryDelay = TimeSpan.FromMilliseconds(20);

    private readonly CancellationTokenSource _stopped = new();
    private TimeSpan _restartDelay = TimeSpan.Zero;
    private bool _isOverloaded;
    private bool _isStuck;

    /// <inheritdoc />
    protected internal override ValueTask StartAsync(CancellationToken cancellation)
    {
        media.StartWorker(worker);
        _ = PassOnEdgesAsync(_stopped.Token);
        Context.SetTimer(nameof(WatchWorker), WatchInterval, new WatchWorker());
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc />
    protected internal override ValueTask ReceiveAsync(IActorMessage message, CancellationToken cancellation)
    {
        switch (message)
        {
            case PublishPlan publish:
                media.Publish(publish.Plan);
                break;
            case BindMediaSession bind:
                sessions[bind.Session] = bind.Gateway;
                break;
            case UnbindMediaSession unbind:
                sessions.Remove(unbind.Session);
                break;
            case EdgeSeen { Edge: MediaEdge.SourceStarted started } when sessions.TryGetValue(started.Session, out var gateway):
                Context.Host.Tell(gateway, new SourceStarted(started.Ssrc));
                break;
            case EdgeSeen { Edge: MediaEdge.SourceHeard heard } when sessions.TryGetValue(heard.Session, out var gateway):
                Context.Host.Tell(gateway, new SourceHeard(heard.Ssrc, heard.IsHeard));
                break;
            case EdgeSeen { Edge: MediaEdge.KeyExhausted exhausted } when sessions.TryGetValue(exhausted.Session, out var gateway):
                Context.Host.Tell(gateway, new KeyExhausted());
                break;
            case EdgeSeen { Edge: MediaEdge.WorkerStalled }:
                _ = ConfirmAsync(_stopped.Token);
                break;
            case PlansConfirmed:
                media.ConfirmPlans(worker);
                break;
            case EdgeSeen { Edge: MediaEdge.WorkerFailed failed }:
                Log.WorkerFailed(logger, worker, failed.Reason, _restartDelay);
                RestartSoon();
                break;
            case WatchWorker:
                Watch();
                break;
            case RestartWorker:
                Restart();
                break;
            case WorkerHealthy:
                _restartDelay = TimeSpan.Zero;
                break;
        }

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc />
    protected internal override async ValueTask StopAsync()
    {
        await _stopped.CancelAsync();
        _stopped.Dispose();
        media.StopWorker(worker);
    }

    /// <summary>Runs beside the mailbox: plans must not wait for a store that is away.</summary>
    private async Task ConfirmAsync(CancellationToken stopped)
    {
        var confirmed = false;
        try
        {
            confirmed = await confirmPlans(stopped);
        }
        catch (OperationCanceledException)
        {
            return;
        }

        Log.WorkerStalled(logger, worker, confirmed);
        if (confirmed)
        {
            // Behind the plans that were read. If the mailbox is full the worker goes on without, a second after it asked.
            Context.Host.Tell(Context.Self, new PlansConfirmed());
        }
    }

    private void Watch()
    {
        Context.SetTimer(nameof(WatchWorker), WatchInterval, new WatchWorker());
        var status = media.Workers[worker];
        if (!status.Running)
        {
            Restart();
        }

        TellChange(ref _isOverloaded, status.Load.IsOverloaded, () => Log.WorkerOverloaded(logger, worker), () => Log.WorkerRecovered(logger, worker));
        TellChange(ref _isStuck, status.Load.IsStuck, () => Log.WorkerStuck(logger, worker), () => Log.WorkerMoves(logger, worker));
    }

    private static void TellChange(ref bool known, bool now, Action begun, Action ended)
    {
        if (known != now)
        {
            known = now;
            (now ? begun : ended)();
        }
    }

    private void RestartSoon()
    {
        Context.CancelTimer(nameof(WorkerHealthy));
        if (_restartDelay == TimeSpan.Zero)
        {
            Restart();
        }
        else
        {
            Context.SetTimer(nameof(RestartWorker), _restartDelay, new RestartWorker());
        }
    }

    private void Restart()
    {
        media.StartWorker(worker);
        var longer = _restartDelay == TimeSpan.Zero ? SecondRestartDelay : _restartDelay * 2;
        _restartDelay = longer < MaxRestartDelay ? longer : MaxRestartDelay;
        Context.SetTimer(nameof(WorkerHealthy), HealthyAfter, new WorkerHealthy());
    }

    private async Task PassOnEdgesAsync(CancellationToken stopped)
    {
        try
        {
            await foreach (var edge in media.Edges(worker).ReadAllAsync(stopped))
            {
                while (!Context.Host.Tell(Context.Self, new EdgeSeen(edge)))
                {
                    await Task.Delay(EdgeRetryDelay, Context.Time, stopped);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The actor stops; the edges left are nobody's any more.
        }
    }

    private sealed record EdgeSeen(MediaEdge Edge) : IActorMessage;

    private sealed record PlansConfirmed : IActorMessage;

    private sealed record RestartWorker : IActorMessage;

    private sealed record WatchWorker : IActorMessage;

    private sealed record WorkerHealthy : IActorMessage;

    private static partial class Log
    {
        [LoggerMessage(EventId = 203, Level = LogLevel.Warning, Message = "Media worker {Worker} stood still for over a second. Its plans are confirmed: {Confirmed}.")]
        public static partial void WorkerStalled(ILogger logger, int worker, bool confirmed);

        [LoggerMessage(EventId = 204, Level = LogLevel.Warning, Message = "Media worker {Worker} has more packets than it can forward and sheds the rest, evenly.")]
        public static partial void WorkerOverloaded(ILogger logger, int worker);

        [LoggerMessage(EventId = 205, Level = LogLevel.Information, Message = "Media worker {Worker} forwards all packets again.")]
        public static partial void WorkerRecovered(ILogger logger, int worker);

        [LoggerMessage(EventId = 206, Level = LogLevel.Error, Message = "Media worker {Worker} has not gone round for seconds: something holds its thread.")]
        public static partial void WorkerStuck(ILogger logger, int worker);

        [LoggerMessage(EventId = 207, Level = LogLevel.Information, Message = "Media worker {Worker} goes round again.")]
        public static partial void WorkerMoves(ILogger logger, int worker);

        [LoggerMessage(EventId = 201, Level = LogLevel.Error, Message = "Media worker {Worker} failed: {Reason}. It starts again in {Delay}.")]
        public static partial void WorkerFailed(ILogger logger, int worker, string reason, TimeSpan delay);
    }
}
