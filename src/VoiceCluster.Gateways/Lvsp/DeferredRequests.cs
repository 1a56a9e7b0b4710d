using Microsoft.Extensions.Logging;
using VoiceCluster.Cluster.Hosting;

namespace VoiceCluster.Gateways.Lvsp;

/// <summary>Requests without an answer whose entity could not be reached: they wait here, in order per shard, and are tried again for a while.</summary>
/// <remarks>
/// LVSP answers no leave and no mute, so a backend never learns that one was lost and does not repeat it. An owner that dies is replaced within seconds;
/// until then what concerns its shards waits, and everything else goes on. One per node. Safe for calls from any thread.
/// </remarks>
internal sealed partial class DeferredRequests(TimeProvider time, ILogger logger)
{
    /// <summary>How many may wait, for all shards together.</summary>
    public const int Capacity = 4096;

    /// <summary>How long one is tried.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan AskDeadline = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(100);

    private readonly Lock _gate = new();
    private readonly Dictionary<ShardId, Line> _lines = [];
    private int _count;

    /// <summary>Carries a request out, at once unless others wait for its shard; if its entity cannot be reached, it waits too.</summary>
    /// <param name="shard">The shard of the entity.</param>
    /// <param name="name">For the log.</param>
    /// <param name="request">Asks the entity, with the given deadline. May be done twice.</param>
    /// <param name="cancellation">Ends the first try; what waits is not cancelled.</param>
    /// <exception cref="AskException">The entity failed: to try again would not help.</exception>
    public async Task RunAsync(ShardId shard, string name, Func<TimeSpan, CancellationToken, Task> request, CancellationToken cancellation)
    {
        var begun = time.GetTimestamp();
        if (FindLine(shard) is null)
        {
            try
            {
                await request(AskDeadline, cancellation);
                return;
            }
            catch (AskException error) when (error.Failure != AskFailure.Faulted)
            {
                Log.Deferred(logger, name, error.Failure);
            }
        }

        Defer(shard, new Deferred(name, request, begun));
    }

    /// <summary>Waits until nothing waits for a shard any more, so that an answered request does not overtake it.</summary>
    /// <exception cref="AskException">That took too long.</exception>
    public async Task WaitAsync(ShardId shard, CancellationToken cancellation)
    {
        if (FindLine(shard) is not { } line)
        {
            return;
        }

        try
        {
            await line.Cleared.Task.WaitAsync(AskDeadline, time, cancellation);
        }
        catch (TimeoutException)
        {
            throw new AskException(AskFailure.Timeout, $"Other requests still wait for shard {shard.Value}.");
        }
    }

    private Line? FindLine(ShardId shard)
    {
        lock (_gate)
        {
            return _lines.GetValueOrDefault(shard);
        }
    }

    private void Defer(ShardId shard, Deferred deferred)
    {
        lock (_gate)
        {
            if (_count < Capacity)
            {
                _count++;
                Enqueue(shard, deferred);
                return;
            }
        }

        GatewaysTelemetry.CountDeferred("too_many");
        Log.TooMany(logger, deferred.Name);
    }

    private void Enqueue(ShardId shard, Deferred deferred)
    {
        if (!_lines.TryGetValue(shard, out var line))
        {
            line = _lines[shard] = new Line();
            _ = Task.Run(() => WorkAsync(shard, line));
        }

        line.Waiting.Enqueue(deferred);
    }

    private async Task WorkAsync(ShardId shard, Line line)
    {
        while (Next(shard, line) is { } next)
        {
            while (!await TryAsync(next))
            {
                await Task.Delay(RetryDelay, time);
            }
        }
    }

    /// <summary>What waits longest; with null the line is closed, and who comes now begins another.</summary>
    private Deferred? Next(ShardId shard, Line line)
    {
        lock (_gate)
        {
            if (line.Waiting.TryDequeue(out var next))
            {
                _count--;
                return next;
            }

            _lines.Remove(shard);
        }

        line.Cleared.SetResult();
        return null;
    }

    /// <summary>True when it is over, one way or the other.</summary>
    private async Task<bool> TryAsync(Deferred deferred)
    {
        var left = Patience - time.GetElapsedTime(deferred.Begun);
        if (left <= TimeSpan.Zero)
        {
            GatewaysTelemetry.CountDeferred("too_late");
            Log.TooLate(logger, deferred.Name, Patience);
            return true;
        }

        try
        {
            await deferred.Request(left < AskDeadline ? left : AskDeadline, CancellationToken.None);
            GatewaysTelemetry.CountDeferred("carried_out");
            return true;
        }
        catch (AskException error) when (error.Failure != AskFailure.Faulted)
        {
            return false;
        }
        catch (Exception error)
        {
            GatewaysTelemetry.CountDeferred("failed");
            Log.Failed(logger, deferred.Name, error);
            return true;
        }
    }

    private sealed record Deferred(string Name, Func<TimeSpan, CancellationToken, Task> Request, long Begun);

    private sealed class Line
    {
        public Queue<Deferred> Waiting { get; } = new();

        public TaskCompletionSource Cleared { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 306, Level = LogLevel.Information, Message = "{Request} waits for its shard to have an owner: {Failure}.")]
        public static partial void Deferred(ILogger logger, string request, AskFailure failure);

        [LoggerMessage(EventId = 307, Level = LogLevel.Warning, Message = "{Request} is dropped: within {Patience} its entity was not reached.")]
        public static partial void TooLate(ILogger logger, string request, TimeSpan patience);

        [LoggerMessage(EventId = 308, Level = LogLevel.Warning, Message = "{Request} is dropped: too many requests wait for shards without an owner.")]
        public static partial void TooMany(ILogger logger, string request);

        [LoggerMessage(EventId = 309, Level = LogLevel.Error, Message = "{Request} had waited for its shard and failed.")]
        public static partial void Failed(ILogger logger, string request, Exception error);
    }
}
