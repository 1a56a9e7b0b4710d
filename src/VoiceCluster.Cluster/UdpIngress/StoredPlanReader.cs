using System.Text.Json;
using Microsoft.Extensions.Logging;
using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Cluster.Messages;
using VoiceCluster.Cluster.Messages.Wire;
using VoiceCluster.Cluster.Store;
using VoiceCluster.Domain.Identities;

namespace VoiceCluster.Cluster.UdpIngress;

/// <summary>Reads from the store, every second, what owners of channels on other nodes planned for this node's workers.</summary>
/// <remarks>
/// It reads whether or not links stand: one that is cut looks sound for seconds, and a mute must not wait for them. A worker that has heard of a plan by a link ignores what is
/// not newer.
/// </remarks>
/// <param name="store">Where plans are kept.</param>
/// <param name="host">Passes them on to the workers.</param>
/// <param name="node">This node, in the life in which its workers were started.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Told of plans that cannot be read.</param>
public sealed partial class StoredPlanReader(IPlanStore store, IEntityHost host, NodeIncarnation node, TimeProvider time, ILogger<StoredPlanReader> logger)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private const int ReadingsPerSweep = 60;

    private readonly SemaphoreSlim _oneAtATime = new(1, 1);
    private long _readBefore;
    private long _readLast;

    /// <summary>Reads until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        for (var reading = 0; !cancellation.IsCancellationRequested; reading++)
        {
            try
            {
                await ReadAsync(cancellation);
                if (reading % ReadingsPerSweep == 0)
                {
                    await store.SweepPlansAsync(node, cancellation);
                }
            }
            catch (StoreUnavailableException)
            {
                // The next reading takes in what this one could not.
            }
            catch (OperationCanceledException)
            {
                return;
            }

            await Task.Delay(Interval, time, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Reads all there is now.</summary>
    /// <remarks>From before the last reading on: a transaction that was under way then may have committed a lower revision since.</remarks>
    /// <returns>False when a worker's mailbox is full: then it has to be read again.</returns>
    public async Task<bool> ReadAsync(CancellationToken cancellation)
    {
        await _oneAtATime.WaitAsync(cancellation);
        try
        {
            bool hasMore, isTaken;
            do
            {
                (hasMore, isTaken) = await ReadOnceAsync(cancellation);
            }
            while (hasMore && isTaken);

            return isTaken;
        }
        finally
        {
            _oneAtATime.Release();
        }
    }

    /// <summary>As <see cref="ReadAsync"/>: when it returns true, each plan that was kept before the call is in its worker's mailbox, or was there already.</summary>
    /// <returns>False when the store is away, or a worker's mailbox is full: nothing is known then.</returns>
    public async Task<bool> TryReadAllAsync(CancellationToken cancellation)
    {
        try
        {
            return await ReadAsync(cancellation);
        }
        catch (Exception error) when (error is StoreUnavailableException or OperationCanceledException)
        {
            return false;
        }
    }

    private async Task<(bool HasMore, bool IsTaken)> ReadOnceAsync(CancellationToken cancellation)
    {
        var plans = await store.ReadPlansAsync(node, _readBefore, cancellation);
        var isTaken = true;
        foreach (var plan in plans)
        {
            isTaken &= TryObey(plan);
        }

        _readBefore = _readLast;
        _readLast = plans.Select(plan => plan.Revision).Append(_readLast).Max();
        return (plans.Length >= IPlanStore.PlansPerReading, isTaken);
    }

    /// <returns>False when the worker's mailbox is full; the next reading takes the plan in again. What cannot be read is no reason to read it again.</returns>
    private bool TryObey(StoredPlan plan)
    {
        try
        {
            return JsonSerializer.Deserialize(plan.Bytes.Span, MessageJson.Default.PublishPlan) is not { } publish
                || host.Tell(publish.Plan.Worker, publish);
        }
        catch (JsonException)
        {
            Log.Unreadable(logger, plan.Worker);
            return true;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 208, Level = LogLevel.Warning, Message = "A stored plan for worker {Worker} cannot be read; another release may have written it.")]
        public static partial void Unreadable(ILogger logger, int worker);
    }
}
