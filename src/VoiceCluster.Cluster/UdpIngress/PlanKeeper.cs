using System.Collections.Immutable;
using System.Text.Json;
using VoiceCluster.Cluster.Messages;
using VoiceCluster.Cluster.Messages.Wire;
using VoiceCluster.Cluster.Store;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Domain.Media;

namespace VoiceCluster.Cluster.UdpIngress;

/// <summary>Keeps one channel's plans in the store beside the mailbox: the first at once, those that follow soon together, each worker's newest only.</summary>
/// <remarks>What the store does not take waits for it, at most one plan for each worker. Calls come from one thread at a time.</remarks>
internal sealed class PlanKeeper(IPlanStore store, TimeProvider time) : IDisposable
{
    /// <summary>With a second between two readings, a mute is read within a second and a half.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    private static readonly TimeSpan WriteDeadline = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Dictionary<WorkerId, ForwardingPlan> _waiting = [];
    private bool _isWriting;

    /// <summary>Keeps plans of the channel.</summary>
    public void Keep(ShardClaim claim, IEnumerable<ForwardingPlan> plans)
    {
        lock (_gate)
        {
            foreach (var plan in plans)
            {
                _waiting[plan.Worker] = plan;
            }

            if (_waiting.Count > 0 && !_isWriting)
            {
                _isWriting = true;
                _ = WriteAsync(claim);
            }
        }
    }

    /// <summary>What waits is written at once, and tried no second time: what the store does not take then is swept when the shard has had another owner.</summary>
    public void Dispose()
    {
        _stop.Cancel();
        _stop.Dispose();
    }

    private async Task WriteAsync(ShardClaim claim)
    {
        var stopped = _stop.Token;
        await Task.Yield();
        while (Take() is { IsEmpty: false } plans)
        {
            var isLast = stopped.IsCancellationRequested;
            try
            {
                using var deadline = new CancellationTokenSource(WriteDeadline, time);
                if (!await store.StorePlansAsync(claim, plans[0].Channel.ToString(), [.. plans.Select(Encode)], deadline.Token))
                {
                    // Another owner makes the plans by now.
                    return;
                }
            }
            catch (Exception error) when (error is StoreUnavailableException or OperationCanceledException)
            {
                PutBack(plans);
            }

            if (isLast)
            {
                return;
            }

            await Task.Delay(Interval, time, stopped).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        }
    }

    private ImmutableArray<ForwardingPlan> Take()
    {
        lock (_gate)
        {
            ImmutableArray<ForwardingPlan> plans = [.. _waiting.Values];
            _waiting.Clear();
            _isWriting = !plans.IsEmpty;
            return plans;
        }
    }

    private void PutBack(ImmutableArray<ForwardingPlan> plans)
    {
        lock (_gate)
        {
            foreach (var plan in plans)
            {
                _waiting.TryAdd(plan.Worker, plan);
            }
        }
    }

    private static PlanToStore Encode(ForwardingPlan plan) => new(
        plan.Worker,
        plan.Version,
        plan.Sessions.IsEmpty,
        JsonSerializer.SerializeToUtf8Bytes(new PublishPlan(plan), MessageJson.Default.PublishPlan));
}
