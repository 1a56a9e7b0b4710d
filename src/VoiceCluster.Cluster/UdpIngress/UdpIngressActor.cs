using Microsoft.Extensions.Logging;
using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Cluster.Messages;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Domain.Media;

namespace VoiceCluster.Cluster.UdpIngress;

/// <summary>Starts, stops and restarts one packet loop, hands it its plans, and passes on what it tells. It sees no packet.</summary>
/// <param name="media">The media plane.</param>
/// <param name="worker">Which of its loops.</param>
/// <param name="confirmOwnership">Asks whether this node still has the shards it believes to own; false when nobody can say.</param>
/// <param name="logger">For failures of the loop.</param>
public sealed partial class UdpIngressActor(
    IMediaPlane media,
    int worker,
    Func<CancellationToken, Task<bool>> confirmOwnership,
    ILogger<UdpIngressActor> logger) : Actor
{
    private static readonly TimeSpan RestartDelay = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan MaxRestartDelay = TimeSpan.FromSeconds(5);

    private readonly Dictionary<MediaSessionId, GatewayAddress> _sessions = [];
    private readonly CancellationTokenSource _stopped = new();
    private TimeSpan _restartDelay = RestartDelay;

    /// <inheritdoc />
    protected internal override ValueTask StartAsync(CancellationToken cancellation)
    {
        media.StartWorker(worker);
        _ = PassOnEdgesAsync(_stopped.Token);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc />
    protected internal override async ValueTask ReceiveAsync(IActorMessage message, CancellationToken cancellation)
    {
        switch (message)
        {
            case PublishPlan publish:
                media.Publish(publish.Plan);
                break;
            case BindMediaSession bind:
                _sessions[bind.Session] = bind.Gateway;
                break;
            case UnbindMediaSession unbind:
                _sessions.Remove(unbind.Session);
                break;
            case EdgeSeen { Edge: MediaEdge.SourceStarted started } when _sessions.TryGetValue(started.Session, out var gateway):
                Context.Host.Tell(gateway, new SourceStarted(started.Ssrc));
                break;
            case EdgeSeen { Edge: MediaEdge.KeyExhausted exhausted } when _sessions.TryGetValue(exhausted.Session, out var gateway):
                Context.Host.Tell(gateway, new KeyExhausted());
                break;
            case EdgeSeen { Edge: MediaEdge.WorkerStalled }:
                await ConfirmAsync(cancellation);
                break;
            case EdgeSeen { Edge: MediaEdge.WorkerFailed failed }:
                Log.WorkerFailed(logger, worker, failed.Reason, _restartDelay);
                Context.SetTimer("restart", _restartDelay, new RestartWorker());
                break;
            case RestartWorker:
                Restart();
                break;
            case WorkerHealthy:
                _restartDelay = RestartDelay;
                break;
        }
    }

    /// <inheritdoc />
    protected internal override async ValueTask StopAsync()
    {
        await _stopped.CancelAsync();
        _stopped.Dispose();
        media.StopWorker(worker);
    }

    private async ValueTask ConfirmAsync(CancellationToken cancellation)
    {
        var confirmed = await confirmOwnership(cancellation);
        Log.WorkerStalled(logger, worker, confirmed);
        if (confirmed)
        {
            media.ConfirmPlans(worker);
        }
    }

    private void Restart()
    {
        media.StartWorker(worker);
        _restartDelay = _restartDelay * 2 < MaxRestartDelay ? _restartDelay * 2 : MaxRestartDelay;
        Context.SetTimer("healthy", TimeSpan.FromMinutes(1), new WorkerHealthy());
    }

    private async Task PassOnEdgesAsync(CancellationToken stopped)
    {
        try
        {
            await foreach (var edge in media.Edges(worker).ReadAllAsync(stopped))
            {
                Context.Host.Tell(Context.Self, new EdgeSeen(edge));
            }
        }
        catch (OperationCanceledException)
        {
            // The actor stops; the edges left are nobody's any more.
        }
    }

    private sealed record EdgeSeen(MediaEdge Edge) : IActorMessage;

    private sealed record RestartWorker : IActorMessage;

    private sealed record WorkerHealthy : IActorMessage;

    private static partial class Log
    {
        [LoggerMessage(EventId = 203, Level = LogLevel.Warning, Message = "Media worker {Worker} stood still for over a second. Its plans are confirmed: {Confirmed}.")]
        public static partial void WorkerStalled(ILogger logger, int worker, bool confirmed);

        [LoggerMessage(EventId = 201, Level = LogLevel.Error, Message = "Media worker {Worker} failed: {Reason}. It starts again in {Delay}.")]
        public static partial void WorkerFailed(ILogger logger, int worker, string reason, TimeSpan delay);
    }
}
