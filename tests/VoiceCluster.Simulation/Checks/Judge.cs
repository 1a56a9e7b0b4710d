using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Cluster.Messages;
using VoiceCluster.Cluster.Messages.Wire;
using VoiceCluster.Cluster.Store;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Domain.Media;
using VoiceCluster.Simulation.Machinery;
using VoiceCluster.Simulation.Nodes;

namespace VoiceCluster.Simulation.Checks;

/// <summary>Watches what has to hold at every moment. Keeps the first thing that did not.</summary>
internal sealed class Judge
{
    /// <summary>How long a node has to be a member before it counts as one that others know.</summary>
    private static readonly TimeSpan Settled = TimeSpan.FromSeconds(3);

    /// <summary>How long a node that stood still has to look at its clock.</summary>
    private static readonly TimeSpan Awake = TimeSpan.FromSeconds(1);

    private readonly World _world;
    private readonly Dictionary<(NodeIncarnation Life, ChannelKey Channel), long> _obeyed = [];
    private readonly Dictionary<(NodeIncarnation From, NodeId To, ShardId Shard), long> _announced = [];
    private readonly Dictionary<(ShardId Shard, long Epoch), TimeSpan> _claimed = [];

    public Judge(World world)
    {
        _world = world;
        world.Store.Ledger.Broken = Find;
        world.Store.Ledger.Claimed = claim => _claimed.TryAdd((claim.Shard, claim.Epoch), world.Agenda.Now);
        world.Store.Ledger.Expired = CheckLease;
        world.Network.Sending = OnSending;
        world.Network.Delivered = OnDelivered;
    }

    /// <summary>What should never have happened, first.</summary>
    public string? Finding { get; private set; }

    public void Find(string what) => Finding ??= $"at {_world.Agenda.Now}: {what}";

    /// <summary>A worker has put a plan in force.</summary>
    public void OnObeyed(SimulatedNode node, ForwardingPlan plan)
    {
        var key = (node.Life, plan.Channel);
        if (plan.Epoch < _obeyed.GetValueOrDefault(key))
        {
            Find($"{node.Life} obeys epoch {plan.Epoch} of {plan.Channel} after epoch {_obeyed[key]}");
        }

        _obeyed[key] = plan.Epoch;
        var owner = _world.Nodes.FirstOrDefault(other => other.Host.FindKnownClaim(EntityAddress.Of(plan.Channel).Shard) is { } claim
            && claim.Epoch == plan.Epoch && claim.Owner == other.Host.Node);
        if (owner == node)
        {
            CheckAnnounced(node, plan);
        }
    }

    private void OnSending(SimulatedTransport from, NodeId to, ReadOnlyMemory<byte> frame)
    {
        if (!RemoteEnvelopeCodec.TryDecode(frame, out var envelope))
        {
            Find($"{from.Node} sends {to} what nobody can read");
            return;
        }

        if (envelope is RemoteEnvelope.Owner { Claim: var claim })
        {
            var key = (from.Node, to, claim.Shard);
            _announced[key] = Math.Max(_announced.GetValueOrDefault(key), claim.Epoch);
        }
        else if (envelope is RemoteEnvelope.ToLocal local
            && ClusterMessages.Codec.TryDecode(local.Message.Span, out var message) && message is PublishPlan publish
            && _world.Nodes.FirstOrDefault(node => node.Life == from.Node) is { } owner)
        {
            CheckAnnounced(owner, publish.Plan);
        }
    }

    /// <summary>Whoever publishes plans has told everybody who can hear it of the epoch before.</summary>
    private void CheckAnnounced(SimulatedNode owner, ForwardingPlan plan)
    {
        var shard = EntityAddress.Of(plan.Channel).Shard;
        if (!_claimed.TryGetValue((shard, plan.Epoch), out var claimedAt))
        {
            return;
        }

        foreach (var other in _world.Nodes.Where(node => node != owner && node.ServingSince + Settled < claimedAt))
        {
            var known = _announced.GetValueOrDefault((owner.Life, other.Life.Node, shard));
            if (_world.Network.LinkedSince(owner.Life.Node, other.Life.Node) + Settled < claimedAt && known < plan.Epoch)
            {
                Find($"{owner.Life} plans {plan.Channel} in epoch {plan.Epoch} and has not told {other.Life} of it");
            }
        }
    }

    private void OnDelivered(SimulatedTransport receiver, ReadOnlyMemory<byte> frame)
    {
        if (RemoteEnvelopeCodec.TryDecode(frame, out var envelope)
            && envelope is RemoteEnvelope.Owner { Claim: var claim }
            && _world.Nodes.FirstOrDefault(node => node.Life == receiver.Node) is { } node
            && node.Host.FindKnownClaim(claim.Shard) is { } known
            && known.Epoch < claim.Epoch)
        {
            Find($"{node.Life} heard of {claim} and goes on with {known}");
        }
    }

    /// <summary>Whoever is buried because its row expired must have known that its lease was over.</summary>
    private void CheckLease(NodeIncarnation life)
    {
        var node = _world.Nodes.FirstOrDefault(node => node.Host.Node == life && node.IsServing);
        if (node is { IsFrozen: false, Membership.IsProvisional: false } && node.AwakeSince + Awake < _world.Agenda.Now)
        {
            Find($"{life} was buried and believed that its lease was good");
        }
    }
}
