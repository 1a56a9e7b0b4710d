using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Cluster.Messages;
using VoiceCluster.Cluster.Store;
using VoiceCluster.Cluster.UdpIngress;
using VoiceCluster.Domain.Channels;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Domain.Media;
using VoiceCluster.Domain.VoiceStates;

namespace VoiceCluster.Cluster.VoiceChannels;

// When plans are made, and how they come to the workers.
public sealed partial class VoiceChannelActor
{
    /// <summary>How soon plans are offered again to a worker that did not take them, the first time; doubled with each further one.</summary>
    private static readonly TimeSpan RepublishDelay = TimeSpan.FromMilliseconds(50);

    /// <summary>The longest such wait: a node that no link reaches reads its plans in the store as often.</summary>
    private static readonly TimeSpan MaxRepublishDelay = TimeSpan.FromSeconds(1);

    /// <summary>How far apart plans are that silence nobody: a plan names every session, so a crowd that joins must not cost one for each.</summary>
    private static readonly TimeSpan PlanInterval = TimeSpan.FromMilliseconds(20);

    private readonly HashSet<WorkerId> _planned = [];
    private PlanKeeper? _keeper;
    private long _planVersion;
    private long? _plannedAt;
    private TimeSpan _republishDelay = RepublishDelay;
    private PlansDue _due;

    private enum PlansDue
    {
        /// <summary>Nothing changed since the last plans.</summary>
        No,

        /// <summary>When the interval is over.</summary>
        Later,

        /// <summary>Behind what waits in the mailbox, which they are made for too.</summary>
        Next,
    }

    /// <summary>Who is taken what he could send or receive must not be heard, or hear, for the rest of an interval.</summary>
    private void PlanMember(ChannelMember before, ChannelMember after)
    {
        if ((before.Flags.MaySend() && !after.Flags.MaySend()) || (before.Flags.MayReceive() && !after.Flags.MayReceive()))
        {
            PlanNext();
        }
        else
        {
            PlanSoon();
        }
    }

    /// <summary>Plans for a change that silences nobody: now if the last are old enough, else with others when they are.</summary>
    private void PlanSoon()
    {
        if (_plannedAt is not { } plannedAt || Context.Time.GetElapsedTime(plannedAt) is var age && age >= PlanInterval)
        {
            PlanNext();
        }
        else if (_due == PlansDue.No)
        {
            _due = PlansDue.Later;
            Context.SetTimer(nameof(FlushPlans), PlanInterval - age, new FlushPlans());
        }
    }

    /// <summary>Plans without delay, but once for all that waits in the mailbox: the message that makes them goes to its end.</summary>
    private void PlanNext()
    {
        if (_due == PlansDue.Next)
        {
            return;
        }

        _due = PlansDue.Next;
        Context.CancelTimer(nameof(FlushPlans));
        if (!Context.Host.Tell(Context.Self, new FlushPlans()))
        {
            PublishPlans();
        }
    }

    private void PublishPlans(bool isRepetition = false)
    {
        _due = PlansDue.No;
        Context.CancelTimer(nameof(FlushPlans));
        if (_unannounced.Count > 0)
        {
            return;
        }

        _plannedAt = Context.Time.GetTimestamp();

        // Above what an earlier life of this entity published under the same epoch, without storing a number for each plan.
        _planVersion = Math.Max(_planVersion + 1, Now.ToUnixTimeMilliseconds() * 1_000);
        var published = State!.PlanForwarding(Context.Epoch, _planVersion);
        var withdrawals = _planned.Except(published.Select(plan => plan.Worker))
            .Select(worker => State.PlanWithdrawal(worker, Context.Epoch, _planVersion))
            .ToList();
        var areAllTold = true;
        foreach (var plan in withdrawals.Concat(published))
        {
            areAllTold &= TryTell(plan);
        }

        if (!isRepetition)
        {
            KeepPlans(withdrawals.Concat(published));
        }

        RepeatUntilTold(areAllTold, isRepetition);
    }

    /// <summary>A mute must not wait for the next change: whole plans are made again until every worker has taken its own.</summary>
    private void RepeatUntilTold(bool areAllTold, bool isRepetition)
    {
        if (areAllTold)
        {
            _republishDelay = RepublishDelay;
            return;
        }

        var longer = isRepetition ? _republishDelay * 2 : RepublishDelay;
        _republishDelay = longer < MaxRepublishDelay ? longer : MaxRepublishDelay;
        Context.SetTimer(nameof(FlushPlans), _republishDelay, new FlushPlans(IsRepetition: true));
    }

    /// <summary>For nodes that this one has no link to, and does not know of it.</summary>
    private void KeepPlans(IEnumerable<ForwardingPlan> published)
    {
        var here = Context.Host.Node;
        var elsewhere = published.Where(plan => plan.Worker.Node.Node != here.Node).ToList();
        if (elsewhere.Count > 0)
        {
            _keeper ??= new PlanKeeper(plans, Context.Time);
            _keeper.Keep(new ShardClaim(Address.Shard, here, Context.Epoch), elsewhere);
        }
    }

    /// <summary>False when the worker has to be told again; one whose process is gone has not.</summary>
    private bool TryTell(ForwardingPlan plan)
    {
        if (!Context.Host.Tell(plan.Worker, new PublishPlan(plan)) && !placement.IsLost(plan.Worker.Node))
        {
            _planned.Add(plan.Worker);
            return false;
        }

        if (plan.Sessions.IsEmpty)
        {
            _planned.Remove(plan.Worker);
        }
        else
        {
            _planned.Add(plan.Worker);
        }

        return true;
    }

    private sealed record FlushPlans(bool IsRepetition = false) : IActorMessage;
}
