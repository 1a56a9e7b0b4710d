using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using VoiceCluster.Cluster.Credentials;
using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Cluster.Limits;
using VoiceCluster.Cluster.Lvsp;
using VoiceCluster.Cluster.Messages;
using VoiceCluster.Cluster.Placement;
using VoiceCluster.Cluster.Reconciliation;
using VoiceCluster.Cluster.Store;
using VoiceCluster.Domain.Channels;
using VoiceCluster.Domain.VoiceStates;
using VoiceCluster.Protocol.Lvsp;

namespace VoiceCluster.Cluster.VoiceStates;

/// <summary>Hosts a <see cref="VoiceState"/>: stores what changes and tells the channel, the websocket's holder and the backend.</summary>
public sealed partial class VoiceStateActor(
    IEntityStore store,
    VoiceSettings settings,
    RealmQuota quota,
    CredentialMinter minter,
    LvspNotifier notifier,
    IVoicePlacement placement,
    EndedRevisions ended,
    BelievedClaims believed,
    ILogger<VoiceStateActor> logger) : StoredEntityActor<VoiceState>(store)
{
    /// <summary>What may wait for a channel with a full mailbox; projections replace one another, so the oldest is the one to lose.</summary>
    private const int MaxUndelivered = 64;

    private static readonly TimeSpan DeliveryRetryDelay = TimeSpan.FromMilliseconds(50);

    private readonly RealmSeat _seat = new(quota, EntityKind.VoiceState);
    private readonly Queue<VoiceChannelRequest> _undelivered = new();

    /// <inheritdoc />
    protected internal override async ValueTask StartAsync(CancellationToken cancellation)
    {
        try
        {
            await MeetStoredAsync(cancellation);
        }
        catch (StoreUnavailableException exception)
        {
            // A join can be taken without knowing what is stored; all else waits.
            Log.NotLoaded(logger, Context.Self, exception.Message);
            StoreSoon();
        }
    }

    /// <inheritdoc />
    protected internal override async ValueTask ReceiveAsync(IActorMessage message, CancellationToken cancellation)
    {
        switch (message)
        {
            case DeliveryDue:
                Deliver();
                break;
            case StoreDue:
                await CatchUpAsync(cancellation);
                break;
            case IVoiceStateMessage forState:
                State ??= new VoiceState { Key = forState.State, Revision = ended.RevisionOf(forState.State) };
                await ReceiveAsync(State, forState, cancellation);
                break;
        }
    }

    private async ValueTask ReceiveAsync(VoiceState state, IVoiceStateMessage message, CancellationToken cancellation)
    {
        switch (message)
        {
            case GetVoiceState:
                RequireLoaded();
                Reply(changed: false, refusal: null);
                break;
            case ClaimVoiceState claim:
                RequireLoaded();
                await ClaimAsync(state, claim, cancellation);
                break;
            case VoiceStateRequest request:
                await HandleAsync(state, Settle(state, request.Command), cancellation);
                break;
            case ReportClaim report:
                await HearAsync(state, report, cancellation);
                break;
            case MergeVoiceState merge:
                await MergeAsync(state, merge.Unstored, cancellation);
                break;
        }

        if (State is { Membership: null, NextDeadline: null } && _undelivered.Count == 0 && _isLoaded && !IsUnstored)
        {
            // Nothing is left to know of a user who is nowhere, and most of those who left do not come back soon.
            Context.Stop();
        }
    }

    private async ValueTask ClaimAsync(VoiceState state, ClaimVoiceState claim, CancellationToken cancellation)
    {
        if (Refuse(state, claim) is { } refusal)
        {
            Reply(changed: false, refusal);
            return;
        }

        await HandleAsync(state, claim.Command, cancellation);
    }

    private VoiceStateRefusal? Refuse(VoiceState state, ClaimVoiceState claim)
    {
        if (state.Membership is not { } membership || !state.AcceptsSessionId(claim.Command.SessionId, claim.Command.AcceptAnyFirstSessionId))
        {
            return VoiceStateRefusal.NoSession;
        }

        var authentic = claim.ChannelToken is { } channel
            ? channel == membership.Channel
            : claim.Token is { } token && minter.IsTokenOf(state.Key, membership.TokenSalt, token);
        return authentic ? null : VoiceStateRefusal.WrongToken;
    }

    /// <summary>A repeated join never sends a user away from where he is, nor from where he was sent while that node can take him.</summary>
    private VoiceStateCommand Settle(VoiceState state, VoiceStateCommand command) =>
        command is VoiceStateCommand.Join join
        && state.Membership is { Node: { } node } membership
        && membership.Channel == join.Channel
        && (membership.Claim is not null || placement.Takes(node))
            ? join with { Node = node }
            : command;

    private async ValueTask HandleAsync(VoiceState before, VoiceStateCommand command, CancellationToken cancellation)
    {
        if (!IsObeyedUnstored(command))
        {
            RequireLoaded();
        }

        var events = before.Decide(command, settings.StateTimeouts, Now);
        if (events is [] or [VoiceStateEvent.FlagsRepeated])
        {
            StayAsItIs(before, command, events);
            return;
        }

        var after = events.Aggregate(before, (state, change) => state.Apply(change));
        var begins = before.Membership is null && after.Membership is not null;
        if (begins && !_seat.TryTake(after.Key.Realm))
        {
            Reply(changed: false, VoiceStateRefusal.LimitReached);
            return;
        }

        try
        {
            await KeepAsync(after, IsObeyedUnstored(command), cancellation);
        }
        catch (Exception) when (begins)
        {
            _seat.Return();
            throw;
        }

        if (IsUnstored)
        {
            Telemetry.ObeyedUnstored();
        }

        State = after;
        Believe(after);
        TakeSeat(after);
        SetDeadline();
        foreach (var change in events)
        {
            await TellAsync(after, change, cancellation);
        }

        Reply(events.Any(change => change is VoiceStateEvent.Joined or VoiceStateEvent.Claimed), refusal: null);
    }

    private void StayAsItIs(VoiceState before, VoiceStateCommand command, ImmutableArray<VoiceStateEvent> repeated)
    {
        if (before.IsOvertaken(command, Now))
        {
            Telemetry.Overtaken(command.GetType().Name);
        }

        State = repeated.Aggregate(before, (state, change) => state.Apply(change));

        // A timer that came before its time, by the wall clock, must come again: nothing else would ever end the state.
        SetDeadline();
        Reply(changed: false, refusal: null);
    }

    private async ValueTask TellAsync(VoiceState state, VoiceStateEvent change, CancellationToken cancellation)
    {
        switch (change)
        {
            case VoiceStateEvent.Joined joined:
                if (joined.Left is { } left)
                {
                    TellChannel(new VoiceChannelRequest(left, new VoiceChannelCommand.RemoveMember(state.Key.UserId, joined.Revision)));
                }

                Project(state, joined.Membership);
                break;
            case VoiceStateEvent.Claimed or VoiceStateEvent.Remained:
                // The channel may have been loaded anew since: it must know the member before the session asks for its place.
                Project(state, state.Membership!);
                break;
            case VoiceStateEvent.FlagsChanged:
                Project(state, state.Membership!);
                break;
            case VoiceStateEvent.Relocated relocated:
                Project(state, relocated.Membership);
                await notifier.NotifyAsync(state.Key.Realm, relocated.Membership.Origin, Done(state, relocated.Membership), cancellation);
                break;
            case VoiceStateEvent.ClaimEnded end:
                EndClaim(state, end);
                break;
            case VoiceStateEvent.Ended end:
                ended.Add(state.Key, end.Revision);
                await TellEndAsync(state, end, cancellation);
                break;
        }
    }

    /// <summary>Tells the channel too: the holder of the websocket may be gone with its node.</summary>
    private void EndClaim(VoiceState state, VoiceStateEvent.ClaimEnded end)
    {
        if (state.Membership is { } membership)
        {
            TellChannel(new VoiceChannelRequest(membership.Channel, new VoiceChannelCommand.DetachSession(end.Claim.ClaimId)));
        }

        Context.Host.Tell(end.Claim.Gateway, new EndClaim(end.Claim.ClaimId, end.Reason));
    }

    private async ValueTask TellEndAsync(VoiceState state, VoiceStateEvent.Ended end, CancellationToken cancellation)
    {
        var membership = end.Membership;
        if (end.Reason != VoiceStateEnd.ChannelDestroyed)
        {
            var removal = new VoiceChannelCommand.RemoveMember(state.Key.UserId, end.Revision);
            TellChannel(new VoiceChannelRequest(membership.Channel, removal));
        }

        var reason = end.Reason switch
        {
            VoiceStateEnd.Unclaimed => LvspReason.Unclaimed,
            VoiceStateEnd.Disconnected => LvspReason.Disconnected,
            _ => null,
        };
        if (reason is not null)
        {
            var notice = new VoiceStateDestroyed(
                state.Key.UserId,
                membership.Channel.ChannelId,
                membership.Channel.GuildId,
                membership.SessionId,
                reason,
                membership.Flags);
            await notifier.NotifyAsync(state.Key.Realm, membership.Origin, notice, cancellation);
        }
    }

    private void Project(VoiceState state, VoiceMembership membership)
    {
        var member = new VoiceChannelCommand.ProjectMember(state.Key.UserId, state.Revision, membership.Flags, membership.Node);
        TellChannel(new VoiceChannelRequest(membership.Channel, member));
    }

    /// <summary>Tells a channel in order, and again until it has room: a removal that got lost would leave a ghost.</summary>
    private void TellChannel(VoiceChannelRequest request)
    {
        if (_undelivered.Count == MaxUndelivered)
        {
            _undelivered.Dequeue();
            Telemetry.ProjectionDropped();
        }

        _undelivered.Enqueue(request);
        Deliver();
    }

    private void Deliver()
    {
        while (_undelivered.TryPeek(out var next))
        {
            if (!Context.Host.Tell(next))
            {
                Context.SetTimer(nameof(DeliveryDue), DeliveryRetryDelay, new DeliveryDue());
                return;
            }

            _undelivered.Dequeue();
        }
    }

    private VoiceStateDone Done(VoiceState state, VoiceMembership membership) => new(
        state.Key.UserId,
        membership.Channel.ChannelId,
        membership.Channel.GuildId,
        membership.SessionId,
        membership.Flags,
        minter.TokenOf(state.Key, membership.TokenSalt),
        placement.EndpointOf(membership.Node));

    private void Reply(bool changed, VoiceStateRefusal? refusal)
    {
        if (!Context.IsAsked)
        {
            return;
        }

        var membership = State?.Membership;
        var token = membership is null ? null : minter.TokenOf(State!.Key, membership.TokenSalt);
        Context.Reply(new VoiceStateReply(membership, token, changed, refusal));
    }

    private sealed record DeliveryDue : IActorMessage;

    private static partial class Log
    {
        [LoggerMessage(248, LogLevel.Warning, "{State} could not be loaded; until it is, only a join is taken: {Reason}")]
        public static partial void NotLoaded(ILogger logger, ActorAddress state, string reason);

        [LoggerMessage(249, LogLevel.Information, "{State} meets revision {Other} of an earlier owner, that did without the store, with its own {Mine}; the other's holds: {IsOthers}")]
        public static partial void Merging(ILogger logger, ActorAddress state, long other, long mine, bool isOthers);
    }
}
