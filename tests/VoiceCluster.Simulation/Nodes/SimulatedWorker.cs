using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Cluster.Messages;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Domain.Media;

namespace VoiceCluster.Simulation.Nodes;

/// <summary>What a worker forwards by. It has no packets: who may be heard and who is sent to is all there is.</summary>
internal sealed class SimulatedWorker(Parts parts, Action<ForwardingPlan> obeyed)
{
    private readonly Dictionary<ChannelKey, ForwardingPlan> _plans = [];

    public IReadOnlyDictionary<ChannelKey, ForwardingPlan> Plans => _plans;

    public Actor CreateActor() => new WorkerActor(this);

    private void Publish(ForwardingPlan plan)
    {
        if (_plans.TryGetValue(plan.Channel, out var inForce) && parts.IsOutdated(plan, inForce))
        {
            return;
        }

        _plans[plan.Channel] = plan;
        obeyed(plan);
    }

    private sealed class WorkerActor(SimulatedWorker worker) : Actor
    {
        protected internal override ValueTask ReceiveAsync(IActorMessage message, CancellationToken cancellation)
        {
            if (message is PublishPlan publish)
            {
                worker.Publish(publish.Plan);
            }

            return ValueTask.CompletedTask;
        }
    }
}
