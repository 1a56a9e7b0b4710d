using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Cluster.Store;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Domain.Membership;

namespace VoiceCluster.Cluster.Membership;

/// <content>Work beside the mailbox, and how the actor hears of its end.</content>
public sealed partial class ClusterNodeActor
{
    private bool Tell(IActorMessage message) => host.Tell(new LocalAddress(host.Node.Node, Name), message);

    /// <summary>For what nothing of its kind begins again before: it must get through a mailbox that is full for the moment.</summary>
    private async Task TellAsync(IActorMessage message)
    {
        while (!Tell(message))
        {
            await Task.Delay(RetryDelay, Context.Time, _stopped.Token);
        }
    }

    /// <summary>As <see cref="Run"/>, and tells this actor of the end.</summary>
    private void RunAndTell(Func<Task<IActorMessage>> work, IActorMessage failed) => Run(async () =>
    {
        var end = failed;
        try
        {
            end = await work();
        }
        finally
        {
            await TellAsync(end);
        }
    });

    /// <summary>Runs beside the mailbox. A store that is away is no failure here: what is wanted is wanted again a little later.</summary>
    private void Run(Func<Task> work) => _ = RunAsync(work);

    private async Task RunAsync(Func<Task> work)
    {
        try
        {
            await work();
        }
        catch (Exception error) when (error is StoreUnavailableException or OperationCanceledException or ObjectDisposedException)
        {
            // Away, or this actor stops.
        }
        catch (Exception error)
        {
            Log.Failed(logger, error);
        }
    }

    private sealed record ReachabilityChanged(NodeId Node, bool IsReachable) : IActorMessage;

    private sealed record DrainingChanged : IActorMessage;

    private sealed record Tick : IActorMessage;

    private sealed record Renewed(NodeIncarnation Node, MembershipTable? Table, TimeSpan SentAt) : IActorMessage;

    private sealed record RenewalFailed(TimeSpan SentAt) : IActorMessage;

    private sealed record Joined(NodeIncarnation Node, TimeSpan SentAt) : IActorMessage;

    private sealed record StoreNoticed(StoreNotice Notice) : IActorMessage;

    private sealed record DutiesRead(ShardRow[] Rows) : IActorMessage;

    private sealed record DutiesFailed : IActorMessage;

    private sealed record HandedOver : IActorMessage;
}
