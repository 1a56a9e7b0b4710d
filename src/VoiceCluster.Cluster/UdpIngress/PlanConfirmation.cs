using VoiceCluster.Cluster.Hosting;

namespace VoiceCluster.Cluster.UdpIngress;

/// <summary>Finds out what became of this node's plans while it stood still: whether the channels are still its own, and what owners elsewhere have planned since.</summary>
/// <param name="host">Whose shards.</param>
/// <param name="reader">What others planned; null for a node alone.</param>
/// <param name="time">The clock.</param>
public sealed class PlanConfirmation(EntityHost host, StoredPlanReader? reader, TimeProvider time)
{
    /// <summary>A worker waits no longer: after that the plans at hand are the best there is.</summary>
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(1);

    /// <summary>Asks the store for both at once. When it returns true, the plans of others are in the mailboxes of this node's workers.</summary>
    /// <returns>False when nobody can say in time.</returns>
    public async Task<bool> ConfirmAsync(CancellationToken cancellation)
    {
        using var deadline = new CancellationTokenSource(Deadline, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellation);
        try
        {
            var confirmed = await Task.WhenAll(host.ConfirmOwnershipAsync(either.Token), reader?.TryReadAllAsync(either.Token) ?? Task.FromResult(true));
            return Array.TrueForAll(confirmed, isConfirmed => isConfirmed);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return false;
        }
    }
}
