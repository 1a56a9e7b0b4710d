using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Cluster.Messages;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Domain.Membership;
using VoiceCluster.Domain.VoiceStates;

namespace VoiceCluster.Cluster.Reconciliation;

/// <summary>Compares, over and over, which voice connections this node holds with what their states believe, on whichever nodes those are.</summary>
/// <remarks>
/// The node that holds a connection is the truth. So each node has its connections tell their states that they are there, and asks the holders whether
/// they hold what the states here believe in. A holder that is no member any more and that no link reaches is gone, with its connections; one of these
/// alone proves nothing. In a state of rest nothing is written.
/// <para>On a node that is alone everything is in one process, where nothing gets lost uncounted: a round is done when something did, and every five minutes.</para>
/// </remarks>
/// <param name="sessions">The connections that end here.</param>
/// <param name="believed">What the states on this node believe.</param>
/// <param name="members">The table of members, as it was read last; null for a node that is always alone.</param>
/// <param name="losses">How often something was lost on this node.</param>
/// <param name="logger">For repairs.</param>
public sealed partial class ReconciliationActor(
    LocalSessions sessions, BelievedClaims believed, Func<MembershipTable>? members, Func<long> losses, ILogger<ReconciliationActor> logger) : Actor
{
    /// <summary>The actor's local name, the same on every node.</summary>
    public const string Name = "reconciliation";

    /// <summary>In how many parts a round is done, so that a crowd is not looked at all at once.</summary>
    private const int Parts = 10;

    /// <summary>How many claims are asked about in one message.</summary>
    private const int ClaimsAtOnce = 256;

    /// <summary>For how many rounds a holder must have been gone before its connections are: a table or a link may lag behind the other.</summary>
    private const int RoundsGone = 2;

    /// <summary>How many rounds in a row a node that is alone may leave out.</summary>
    private const int RoundsLeftOut = 29;

    private static readonly TimeSpan PartInterval = TimeSpan.FromSeconds(1);

    private readonly Dictionary<NodeId, int> _gone = [];
    private int _part;
    private int _leftOut;
    private long _losses;

    /// <inheritdoc />
    protected internal override ValueTask StartAsync(CancellationToken cancellation)
    {
        Context.SetTimer(nameof(PartDue), PartInterval, new PartDue());
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc />
    protected internal override ValueTask ReceiveAsync(IActorMessage message, CancellationToken cancellation)
    {
        switch (message)
        {
            case PartDue:
                DoPart();
                break;
            case ConfirmClaims confirm:
                Deny(confirm);
                break;
        }

        return ValueTask.CompletedTask;
    }

    private void DoPart()
    {
        _part = (_part + 1) % Parts;
        var isLeftOut = _part == 0 && !IsRoundNeeded();
        if (isLeftOut)
        {
            _part = Parts - 1;
        }
        else
        {
            ReportHeld();
            AskHolders();
        }

        Context.SetTimer(nameof(PartDue), isLeftOut ? PartInterval * Parts : PartInterval, new PartDue());
    }

    /// <summary>Whether there is to be a round. What is lost while one is done counts for the next.</summary>
    private bool IsRoundNeeded()
    {
        var lost = losses();
        var isNeeded = members is not null || lost != _losses || _leftOut == RoundsLeftOut;
        _losses = lost;
        _leftOut = isNeeded ? 0 : _leftOut + 1;
        return isNeeded;
    }

    private void ReportHeld()
    {
        // By way of those who hold them, whose own word must not overtake what they have told their states.
        foreach (var session in sessions.Walk().Where(session => IsInPart(session.ClaimId)))
        {
            Context.Host.Tell(session.Gateway, new ReportSession(session.ClaimId));
        }
    }

    private void AskHolders()
    {
        if (_part == 0)
        {
            CountRounds();
        }

        // What this node holds itself it need not ask. Ordered, because a simulation has to do the same again.
        var asked = believed.Walk().Where(belief => IsInPart(belief.Claim.ClaimId) && !IsHeldHere(belief.Claim)).OrderBy(belief => belief.Claim.ClaimId);
        foreach (var holder in asked.GroupBy(belief => belief.Claim.Gateway.Node))
        {
            foreach (var some in holder.Chunk(ClaimsAtOnce))
            {
                Ask(holder.Key, some);
            }
        }
    }

    private void Ask(NodeId holder, (VoiceStateKey State, VoiceClaim Claim)[] some)
    {
        var question = new ConfirmClaims([.. some.Select(belief => new BelievedClaim(belief.State, belief.Claim.ClaimId))]);
        if (Context.Host.Tell(new LocalAddress(holder, Name), question) || _gone.GetValueOrDefault(holder) < RoundsGone)
        {
            return;
        }

        Log.HolderGone(logger, holder, some.Length);
        foreach (var (state, claim) in some)
        {
            Telemetry.Repaired("holder_gone");
            Context.Host.Tell(new VoiceStateRequest(state, new VoiceStateCommand.Release(claim.ClaimId)));
        }
    }

    /// <summary>Counts for how many rounds holders have been no members.</summary>
    private void CountRounds()
    {
        var live = (members?.Invoke() ?? new MembershipTable([])).Live.Select(row => row.Node.Node).ToHashSet();
        var holders = believed.Walk().Select(belief => belief.Claim.Gateway.Node).Where(node => node != Context.Host.Node.Node).ToHashSet();
        foreach (var back in _gone.Keys.Where(node => !holders.Contains(node) || live.Contains(node)).ToArray())
        {
            _gone.Remove(back);
        }

        // Without a table nobody can say who is gone.
        foreach (var holder in holders.Where(node => live.Count > 0 && !live.Contains(node)))
        {
            _gone[holder] = _gone.GetValueOrDefault(holder) + 1;
        }
    }

    /// <summary>Another node, or this one, believes that connections end here; those that do not are given back.</summary>
    private void Deny(ConfirmClaims confirm)
    {
        foreach (var claim in confirm.Claims.Where(claim => !sessions.Contains(claim.ClaimId)))
        {
            Telemetry.Repaired("state_without_connection");
            Log.NotHeld(logger, claim.State);
            Context.Host.Tell(new VoiceStateRequest(claim.State, new VoiceStateCommand.Release(claim.ClaimId)));
        }
    }

    private bool IsHeldHere(VoiceClaim claim) => claim.Gateway.Node == Context.Host.Node.Node && sessions.Contains(claim.ClaimId);

    private bool IsInPart(Guid claimId) => (uint)claimId.GetHashCode() % Parts == (uint)_part;

    private sealed record PartDue : IActorMessage;

    private static partial class Log
    {
        [LoggerMessage(80, LogLevel.Warning, "{Node} is no member and cannot be reached; {Count} users who were connected to it may connect again")]
        public static partial void HolderGone(ILogger logger, NodeId node, int count);

        [LoggerMessage(81, LogLevel.Information, "{State} was taken for connected to this node and is not")]
        public static partial void NotHeld(ILogger logger, VoiceStateKey state);
    }
}
