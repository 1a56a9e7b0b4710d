using System.Collections.Immutable;
using System.Diagnostics;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Domain.Requests;
using VoiceCluster.Protocol.Lvsp;

namespace VoiceCluster.Domain.VoiceStates;

/// <summary>One user in one guild or private call: in which channel, with which flags, claimed by which websocket.</summary>
/// <remarks>
/// The one authority on join, move, leave and claim. Immutable: <see cref="Decide"/> says what a command causes,
/// <see cref="Apply"/> folds it in. Times are wall clock. Source: LVSP "Channels and voice states", "Scenarios".
/// </remarks>
public sealed record VoiceState
{
    /// <summary>The user and scope.</summary>
    public required VoiceStateKey Key { get; init; }

    /// <summary>Raised by every join, move, relocation and end; projections ignore what has a lower one.</summary>
    public long Revision { get; init; }

    /// <summary>The channel the user is in, or null.</summary>
    public VoiceMembership? Membership { get; init; }

    /// <summary>An earlier claim whose websocket is still open during a move.</summary>
    public LeavingClaim? Leaving { get; init; }

    /// <summary>When <see cref="VoiceStateCommand.Expire"/> is due.</summary>
    public DateTimeOffset? NextDeadline => Earlier(Membership?.ExpiresAt, Leaving?.ClosesAt);

    /// <summary>The claims that count: the current one and the one that a move has overtaken.</summary>
    public ImmutableArray<VoiceClaim> ListClaims() => (Membership?.Claim, Leaving?.Claim) switch
    {
        ({ } current, { } leaving) => [current, leaving],
        ({ } current, null) => [current],
        (null, { } leaving) => [leaving],
        _ => [],
    };

    /// <summary>What a command causes now; no events when it changes nothing.</summary>
    public ImmutableArray<VoiceStateEvent> Decide(VoiceStateCommand command, VoiceStateTimeouts timeouts, DateTimeOffset now) => command switch
    {
        VoiceStateCommand.Join join => DecideJoin(join, timeouts, now),
        VoiceStateCommand.UpdateFlags update => DecideFlags(update, now),
        VoiceStateCommand.Leave leave => DecideLeave(leave, now),
        VoiceStateCommand.LoseChannel lose => IsIn(lose.Channel) ? End(VoiceStateEnd.ChannelDestroyed, ClaimEnd.CallTerminated, now) : [],
        VoiceStateCommand.Relocate relocate => DecideRelocate(relocate, timeouts, now),
        VoiceStateCommand.LoseNode lose => DecideLoseNode(lose, timeouts, now),
        VoiceStateCommand.Remain remain => DecideRemain(remain.ClaimId),
        VoiceStateCommand.Claim claim => DecideClaim(claim),
        VoiceStateCommand.ClaimReady ready => DecideClaimReady(ready),
        VoiceStateCommand.Detach detach => DecideDetach(detach.ClaimId, timeouts, now),
        VoiceStateCommand.Reattach reattach => DecideReattach(reattach.ClaimId),
        VoiceStateCommand.Release release => DecideRelease(release.ClaimId, timeouts, now),
        VoiceStateCommand.Expire => DecideExpire(now),
        _ => throw new UnreachableException(),
    };

    /// <summary>Whether a command changes nothing because it is late, and the backend has asked for something else since.</summary>
    public bool IsOvertaken(VoiceStateCommand command, DateTimeOffset now) => Membership is { } membership && command switch
    {
        VoiceStateCommand.Leave leave => Overtaking.IsOvertaken(leave.AskedAt, membership.AskedAt, now),
        VoiceStateCommand.UpdateFlags { Flags.IsEmpty: false } update => membership.NewIn(update.Flags, update.AskedAt, now).IsEmpty,
        _ => false,
    };

    /// <summary>The state after an event.</summary>
    public VoiceState Apply(VoiceStateEvent change) => change switch
    {
        VoiceStateEvent.Joined joined => this with { Revision = joined.Revision, Membership = joined.Membership, Leaving = joined.Leaving },
        VoiceStateEvent.JoinRepeated repeated => this with { Membership = repeated.Membership },
        VoiceStateEvent.FlagsChanged flags => WithMembership(membership => membership with
        {
            Flags = flags.Flags,
            FlagTimes = flags.Times ?? membership.FlagTimes,
        }),
        VoiceStateEvent.FlagsRepeated repeated => WithMembership(membership => membership with { FlagTimes = repeated.Times }),
        VoiceStateEvent.Relocated relocated => this with
        {
            Revision = relocated.Revision,
            Membership = relocated.Membership,
            Leaving = relocated.Leaving,
        },
        VoiceStateEvent.Remained remained => (this with { Leaving = null }).WithMembership(membership => membership with
        {
            Claim = remained.Claim,
            Node = remained.Claim.Gateway.Node,
            ExpiresAt = null,
        }),
        VoiceStateEvent.Claimed claimed => WithMembership(membership => membership with
        {
            Claim = claimed.Claim,
            SessionId = claimed.SessionId,
            Node = claimed.Claim.Gateway.Node,
            EverClaimed = true,
            ExpiresAt = null,
        }),
        VoiceStateEvent.ClaimEnded ended => WithoutClaim(ended.Claim.ClaimId),
        VoiceStateEvent.AttachmentChanged attachment => WithMembership(membership => membership with { ExpiresAt = attachment.ExpiresAt }),
        VoiceStateEvent.ClaimReleased released => WithMembership(membership => membership with { Claim = null, ExpiresAt = released.ExpiresAt }),
        VoiceStateEvent.Ended ended => this with { Revision = ended.Revision, Membership = null },
        _ => throw new UnreachableException(),
    };

    /// <summary>Whether a session id opens the state: its own, or any at first if the operator allows that.</summary>
    public bool AcceptsSessionId(string sessionId, bool acceptAnyFirst) =>
        Membership is { } membership
        && (membership.SessionId == sessionId || (acceptAnyFirst && !membership.EverClaimed));

    private ImmutableArray<VoiceStateEvent> DecideJoin(VoiceStateCommand.Join join, VoiceStateTimeouts timeouts, DateTimeOffset now) =>
        IsIn(join.Channel) ? RepeatJoin(join, timeouts, now) : BeginJoin(join, timeouts, now);

    private ImmutableArray<VoiceStateEvent> RepeatJoin(VoiceStateCommand.Join join, VoiceStateTimeouts timeouts, DateTimeOffset now)
    {
        var current = Membership!;
        var patch = current.NewIn(join.Flags, join.AskedAt, now);
        var repeated = current with
        {
            SessionId = NonEmpty(join.SessionId) ?? current.SessionId,
            FlagTimes = TimesAfter(patch, join.AskedAt),
            Origin = join.Origin,
            AskedAt = Overtaking.Latest(current.AskedAt, join.AskedAt),
            Node = join.Node ?? current.Node,
            ExpiresAt = current.Claim is null ? now + timeouts.Unclaimed : current.ExpiresAt,
        };
        var flags = patch.ApplyTo(current.Flags);
        return flags == current.Flags
            ? [new VoiceStateEvent.JoinRepeated(repeated)]
            : [new VoiceStateEvent.JoinRepeated(repeated), new VoiceStateEvent.FlagsChanged(flags)];
    }

    private ImmutableArray<VoiceStateEvent> BeginJoin(VoiceStateCommand.Join join, VoiceStateTimeouts timeouts, DateTimeOffset now)
    {
        var patch = Membership?.NewIn(join.Flags, join.AskedAt, now) ?? join.Flags;
        var membership = new VoiceMembership
        {
            Channel = join.Channel,
            SessionId = NonEmpty(join.SessionId) ?? join.Fresh.SessionId,
            TokenSalt = join.Fresh.TokenSalt,
            Flags = patch.ApplyTo(Membership?.Flags ?? default),
            FlagTimes = TimesAfter(patch, join.AskedAt),
            Origin = join.Origin,
            AskedAt = Overtaking.Latest(Membership?.AskedAt, join.AskedAt),
            Node = join.Node,
            ExpiresAt = now + timeouts.Unclaimed,
        };
        var leaving = Membership?.Claim is { } claim ? new LeavingClaim(claim, UntilReady: false, now + timeouts.LeavingClaim) : null;
        var joined = new VoiceStateEvent.Joined(NextRevision(now), membership, Membership?.Channel, leaving ?? Leaving);
        return leaving is not null && Leaving is { } older
            ? [new VoiceStateEvent.ClaimEnded(older.Claim, ClaimEnd.Removed), joined]
            : [joined];
    }

    private ImmutableArray<VoiceStateEvent> DecideFlags(VoiceStateCommand.UpdateFlags update, DateTimeOffset now)
    {
        if (Membership is not { } membership || !IsMeant(update.Channel, update.SessionId))
        {
            return [];
        }

        var patch = membership.NewIn(update.Flags, update.AskedAt, now);
        var flags = patch.ApplyTo(membership.Flags);
        var times = TimesAfter(patch, update.AskedAt);
        if (flags != membership.Flags)
        {
            return [new VoiceStateEvent.FlagsChanged(flags, times)];
        }

        return times == membership.FlagTimes ? [] : [new VoiceStateEvent.FlagsRepeated(times!)];
    }

    private ImmutableArray<VoiceStateEvent> DecideLeave(VoiceStateCommand.Leave leave, DateTimeOffset now) =>
        IsMeant(leave.Channel, leave.SessionId) && !IsOvertaken(leave, now) ? End(VoiceStateEnd.Left, ClaimEnd.Removed, now) : [];

    private ImmutableArray<VoiceStateEvent> DecideRelocate(VoiceStateCommand.Relocate relocate, VoiceStateTimeouts timeouts, DateTimeOffset now)
    {
        if (Membership is not { } membership || !IsOn(relocate.From))
        {
            return [];
        }

        var closesAt = relocate.KeepUntil ?? now + timeouts.Unclaimed;

        // With two claims already, the current one moves on and the older one has served its time.
        var leaving = membership.Claim is { } claim ? new LeavingClaim(claim, UntilReady: true, closesAt) : Leaving;
        var moved = membership with
        {
            TokenSalt = relocate.TokenSalt,
            Node = relocate.Node ?? membership.Node,
            Claim = null,
            ExpiresAt = relocate.KeepUntil is null ? closesAt : closesAt + timeouts.Unclaimed,
        };
        var relocated = new VoiceStateEvent.Relocated(NextRevision(now), moved, leaving);
        return membership.Claim is not null && Leaving is { } older
            ? [new VoiceStateEvent.ClaimEnded(older.Claim, ClaimEnd.Removed), relocated]
            : [relocated];
    }

    private ImmutableArray<VoiceStateEvent> DecideLoseNode(VoiceStateCommand.LoseNode lose, VoiceStateTimeouts timeouts, DateTimeOffset now)
    {
        if (Leaving is { } leaving && leaving.Claim.ClaimId == lose.ClaimId)
        {
            return [new VoiceStateEvent.ClaimEnded(leaving.Claim, ClaimEnd.Expired)];
        }

        var isThere = lose.ClaimId is { } claimId ? Holds(claimId) : Membership is { Claim: null } && Membership.Node == lose.Node;
        if (!isThere)
        {
            return [];
        }

        var moved = Membership! with { TokenSalt = lose.TokenSalt, Node = lose.Next, Claim = null, ExpiresAt = now + timeouts.Unclaimed };
        var relocated = new VoiceStateEvent.Relocated(NextRevision(now), moved, Leaving);
        return Membership.Claim is { } claim ? [new VoiceStateEvent.ClaimEnded(claim, ClaimEnd.Expired), relocated] : [relocated];
    }

    private ImmutableArray<VoiceStateEvent> DecideRemain(Guid claimId) =>
        Membership is { Claim: null } && Leaving is { UntilReady: true } leaving && leaving.Claim.ClaimId == claimId
            ? [new VoiceStateEvent.Remained(leaving.Claim)]
            : [];

    private ImmutableArray<VoiceStateEvent> DecideClaim(VoiceStateCommand.Claim command)
    {
        if (!AcceptsSessionId(command.SessionId, command.AcceptAnyFirstSessionId))
        {
            return [];
        }

        var events = ImmutableArray.CreateBuilder<VoiceStateEvent>();
        if (Membership!.Claim is { } earlier)
        {
            events.Add(new VoiceStateEvent.ClaimEnded(earlier, ClaimEnd.Replaced));
        }

        if (Leaving is { UntilReady: false } leaving)
        {
            events.Add(new VoiceStateEvent.ClaimEnded(leaving.Claim, ClaimEnd.Removed));
        }

        events.Add(new VoiceStateEvent.Claimed(new VoiceClaim(command.ClaimId, command.Gateway, command.Process), command.SessionId));
        return events.ToImmutable();
    }

    private ImmutableArray<VoiceStateEvent> DecideClaimReady(VoiceStateCommand.ClaimReady ready) =>
        Holds(ready.ClaimId) && Leaving is { } leaving
            ? [new VoiceStateEvent.ClaimEnded(leaving.Claim, ClaimEnd.Removed)]
            : [];

    private ImmutableArray<VoiceStateEvent> DecideDetach(Guid claimId, VoiceStateTimeouts timeouts, DateTimeOffset now) =>
        Holds(claimId) ? [new VoiceStateEvent.AttachmentChanged(Attached: false, now + timeouts.Resume)] : EndLeaving(claimId);

    private ImmutableArray<VoiceStateEvent> DecideReattach(Guid claimId) =>
        Holds(claimId) ? [new VoiceStateEvent.AttachmentChanged(Attached: true, ExpiresAt: null)] : [];

    private ImmutableArray<VoiceStateEvent> DecideRelease(Guid claimId, VoiceStateTimeouts timeouts, DateTimeOffset now) =>
        Holds(claimId) ? [new VoiceStateEvent.ClaimReleased(Membership!.Claim!, now + timeouts.Resume)] : EndLeaving(claimId);

    private ImmutableArray<VoiceStateEvent> DecideExpire(DateTimeOffset now)
    {
        ImmutableArray<VoiceStateEvent> events = [];
        if (Leaving is { } leaving && leaving.ClosesAt <= now)
        {
            events = [new VoiceStateEvent.ClaimEnded(leaving.Claim, ClaimEnd.Removed)];
        }

        if (Membership is { ExpiresAt: { } expiresAt } membership && expiresAt <= now)
        {
            var reason = membership.EverClaimed ? VoiceStateEnd.Disconnected : VoiceStateEnd.Unclaimed;
            events = [.. events, .. Apply(events).End(reason, ClaimEnd.Expired, now)];
        }

        return events;
    }

    private ImmutableArray<VoiceStateEvent> End(VoiceStateEnd reason, ClaimEnd claimEnd, DateTimeOffset now)
    {
        if (Membership is not { } membership)
        {
            return [];
        }

        var events = ImmutableArray.CreateBuilder<VoiceStateEvent>();
        if (membership.Claim is { } claim)
        {
            events.Add(new VoiceStateEvent.ClaimEnded(claim, claimEnd));
        }

        if (Leaving is { } leaving)
        {
            events.Add(new VoiceStateEvent.ClaimEnded(leaving.Claim, claimEnd));
        }

        events.Add(new VoiceStateEvent.Ended(NextRevision(now), membership, reason));
        return events.ToImmutable();
    }

    private ImmutableArray<VoiceStateEvent> EndLeaving(Guid claimId) =>
        Leaving is { } leaving && leaving.Claim.ClaimId == claimId
            ? [new VoiceStateEvent.ClaimEnded(leaving.Claim, ClaimEnd.Removed)]
            : [];

    /// <summary>Follows the clock, so that a state whose row was deleted goes on above what its projections remember.</summary>
    private long NextRevision(DateTimeOffset now) => Math.Max(Revision + 1, now.ToUnixTimeMilliseconds() * 1_000);

    private VoiceState Apply(ImmutableArray<VoiceStateEvent> events) => events.Aggregate(this, (state, change) => state.Apply(change));

    /// <summary>Null as long as nobody has said when he asked for flags: most states never have any.</summary>
    private VoiceFlagTimes? TimesAfter(VoiceFlagsPatch patch, DateTimeOffset? askedAt) =>
        patch.IsEmpty || askedAt is null ? Membership?.FlagTimes : (Membership?.FlagTimes ?? VoiceFlagTimes.None).After(patch, askedAt);

    private bool IsIn(ChannelKey channel) => Membership is { } membership && membership.Channel.ChannelId == channel.ChannelId;

    private bool IsMeant(ChannelKey? channel, string? sessionId) =>
        (channel is not { } named || IsIn(named)) && (sessionId is null || sessionId == Membership?.SessionId);

    /// <summary>Whether a connection is the user's, or was before a relocation that he has not followed.</summary>
    private bool IsOn(Guid? claimId) =>
        claimId is not { } claim || Holds(claim) || (Membership is { Claim: null } && Leaving is { UntilReady: true } leaving && leaving.Claim.ClaimId == claim);

    private bool Holds(Guid claimId) => Membership?.Claim?.ClaimId == claimId;

    private VoiceState WithMembership(Func<VoiceMembership, VoiceMembership> change) =>
        Membership is { } membership ? this with { Membership = change(membership) } : this;

    private VoiceState WithoutClaim(Guid claimId)
    {
        var state = Holds(claimId) ? WithMembership(membership => membership with { Claim = null }) : this;
        return state.Leaving?.Claim.ClaimId == claimId ? state with { Leaving = null } : state;
    }

    private static string? NonEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;

    private static DateTimeOffset? Earlier(DateTimeOffset? left, DateTimeOffset? right) =>
        left is null || right < left ? right ?? left : left;
}

/// <summary>A voice websocket's hold on a state.</summary>
/// <param name="ClaimId">Names it.</param>
/// <param name="Gateway">The actor that holds the websocket.</param>
/// <param name="Process">The incarnation that its process began with; 0 when it is not known.</param>
public sealed record VoiceClaim(Guid ClaimId, GatewayAddress Gateway, long Process = 0);

/// <summary>A claim that was overtaken by a move.</summary>
/// <param name="Claim">The claim.</param>
/// <param name="UntilReady">It goes on serving until the next claim is ready (a relocation); else it is only to be closed.</param>
/// <param name="ClosesAt">When it is closed at the latest.</param>
public sealed record LeavingClaim(VoiceClaim Claim, bool UntilReady, DateTimeOffset ClosesAt);

/// <summary>How long a voice state waits.</summary>
/// <param name="Unclaimed">For its first claim, or the claim after a relocation.</param>
/// <param name="Resume">For a lost websocket to come back.</param>
/// <param name="LeavingClaim">For a new claim before the old channel's websocket is closed.</param>
public sealed record VoiceStateTimeouts(TimeSpan Unclaimed, TimeSpan Resume, TimeSpan LeavingClaim);
