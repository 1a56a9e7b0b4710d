using System.Collections.Immutable;
using System.Text.Json;
using VoiceCluster.Cluster.Credentials;
using VoiceCluster.Cluster.Directory;
using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Cluster.Limits;
using VoiceCluster.Cluster.Lvsp;
using VoiceCluster.Cluster.Messages;
using VoiceCluster.Cluster.Placement;
using VoiceCluster.Cluster.Store;
using VoiceCluster.Cluster.UdpIngress;
using VoiceCluster.Domain.Channels;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Domain.Media;
using VoiceCluster.Domain.Requests;
using VoiceCluster.Domain.VoiceStates;
using VoiceCluster.Protocol.Gateway;
using VoiceCluster.Protocol.Lvsp;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Cluster.VoiceChannels;

/// <summary>Hosts a <see cref="VoiceChannel"/>: stores its definition, publishes its plans, tells its sessions of one another.</summary>
public sealed partial class VoiceChannelActor(
    IEntityStore store,
    IPlanStore plans,
    VoiceSettings settings,
    RealmQuota quota,
    CredentialMinter minter,
    LvspNotifier notifier,
    IVoicePlacement placement) : StoredEntityActor<VoiceChannel>(store)
{
    /// <summary>How long a channel that was loaded anew waits for its sessions before it publishes a plan without the missing ones.</summary>
    private static readonly TimeSpan AnnouncementDeadline = TimeSpan.FromMilliseconds(500);

    private readonly RealmSeat _seat = new(quota, EntityKind.VoiceChannel);
    private readonly ToldVideoCodecs _videoCodecs = new();
    private readonly HashSet<Guid> _unannounced = [];

    /// <summary>A channel with sessions stays: only they know what they send.</summary>
    protected internal override bool MayPassivate => base.MayPassivate && State is null or { Sessions.IsEmpty: true };

    /// <inheritdoc />
    protected internal override async ValueTask StartAsync(CancellationToken cancellation)
    {
        if (await LoadAsync(EntityJson.Default.StoredChannel, cancellation) is not { } stored)
        {
            return;
        }

        State = new VoiceChannel
        {
            Key = stored.Key,
            Definition = stored.Definition,
            IdleUntil = Now + settings.ChannelIdleTimeout,
        };
        _seat.Take(stored.Key.Realm);
        foreach (var entity in await Store.LoadGroupAsync(EntityKind.VoiceState, Address.Key, cancellation))
        {
            Admit(JsonSerializer.Deserialize(entity.State.Span, EntityJson.Default.VoiceState)!);
        }

        SetDeadline();
    }

    /// <inheritdoc />
    protected internal override ValueTask StopAsync()
    {
        _keeper?.Dispose();
        _seat.Return();
        return base.StopAsync();
    }

    /// <inheritdoc />
    protected internal override async ValueTask ReceiveAsync(IActorMessage message, CancellationToken cancellation)
    {
        switch (message)
        {
            case VoiceChannelRequest request:
                State ??= new VoiceChannel { Key = request.Channel };
                if (request.Command is VoiceChannelCommand.ConfirmSession session)
                {
                    Confirm(State, session);
                    break;
                }

                FindHome(request.Command);
                await HandleAsync(State, request.Command, cancellation);
                break;
            case GetVoiceChannel get:
                State ??= new VoiceChannel { Key = get.Channel };
                Reply(command: null, events: [], limitReached: false);
                break;
            case ListParticipants list when State is not null:
                TellParticipants(list.ClaimId);
                break;
            case SummariesDue:
                TellSummaries();
                break;
            case NodeLost lost:
                LoseNode(lost.Process);
                break;
            case FlushPlans flush:
                PublishPlans(flush.IsRepetition);
                break;
            case StoreDue:
                await CatchUpAsync(cancellation);
                break;
            case AnnouncementsDue:
                _unannounced.Clear();
                PublishPlans();
                break;
        }

        // One that has published plans stays until it is put away for idleness: a channel made again must go on above their versions.
        if (State is { Definition: null } && _due == PlansDue.No && _planVersion == 0)
        {
            Context.Stop();
        }
    }

    /// <inheritdoc />
    protected override EntityCommit CommitOf(VoiceChannel state)
    {
        if (state.Definition is not { } definition)
        {
            return new EntityCommit(Address, Group: null, State: null, []);
        }

        var bytes = JsonSerializer.SerializeToUtf8Bytes(new StoredChannel(state.Key, definition), EntityJson.Default.StoredChannel);
        ImmutableArray<DirectoryEntry> directory =
        [
            DirectoryKeys.EntryOf(state.Key),
            DirectoryKeys.EntryOfToken(DirectoryKeys.Token(minter.TokenOf(state.Key, definition.TokenSalt)), state.Key),
        ];
        return new EntityCommit(Address, Group: null, bytes, directory);
    }

    /// <summary>A channel that is there already only takes the bitrate.</summary>
    protected override IActorMessage? HandOver(VoiceChannel unstored) => unstored.Definition is { } definition
        ? new VoiceChannelRequest(unstored.Key, new VoiceChannelCommand.Ensure(definition.BitrateBps, definition.Origin, definition.TokenSalt))
        : null;

    /// <inheritdoc />
    protected override DateTimeOffset? DeadlineOf(VoiceChannel state) => state.NextDeadline;

    /// <inheritdoc />
    protected override IActorMessage ExpiryOf(VoiceChannel state) => new VoiceChannelRequest(state.Key, new VoiceChannelCommand.Expire());

    /// <summary>A state and a node agree on a session that may be missing here, because what told of it was lost.</summary>
    private void Confirm(VoiceChannel channel, VoiceChannelCommand.ConfirmSession session)
    {
        if (channel.Definition is not null && !channel.Sessions.ContainsKey(session.ClaimId) && !_unannounced.Contains(session.ClaimId))
        {
            Telemetry.Repaired("session_missing");
            Context.Host.Tell(session.Gateway, new AnnounceSession(session.ClaimId, channel.Key));
        }
    }

    /// <summary>Takes a stored voice state in as a member, and asks the holder of its websocket to attach it again.</summary>
    private void Admit(VoiceState state)
    {
        if (state.Membership is not { } membership)
        {
            return;
        }

        Fold(State!.Decide(
            new VoiceChannelCommand.ProjectMember(state.Key.UserId, state.Revision, membership.Flags, membership.Node),
            settings.ChannelIdleTimeout,
            Now));
        State = State with { AskedAt = Overtaking.Latest(State.AskedAt, membership.AskedAt) };
        if (membership.Claim is { } lost ? placement.IsLost(new NodeIncarnation(lost.Gateway.Node, lost.Process)) : IsGone(membership.Node))
        {
            Lose(state.Key.UserId, membership.Node ?? membership.Claim!.Gateway.Node, membership.Claim?.ClaimId);
        }
        else if (membership.Claim is { } claim)
        {
            _unannounced.Add(claim.ClaimId);
            _awaited[claim.ClaimId] = (state.Key.UserId, new NodeIncarnation(claim.Gateway.Node, claim.Process));
            Context.Host.Tell(claim.Gateway, new AnnounceSession(claim.ClaimId, membership.Channel));
            Context.SetTimer(nameof(AnnouncementsDue), AnnouncementDeadline, new AnnouncementsDue());
        }
    }

    private async ValueTask HandleAsync(VoiceChannel before, VoiceChannelCommand command, CancellationToken cancellation)
    {
        if (before.IsOvertaken(command, Now))
        {
            Telemetry.Overtaken(command.GetType().Name);
        }

        var events = before.Decide(command, settings.ChannelIdleTimeout, Now);
        var created = events.Any(change => change is VoiceChannelEvent.Created);
        if (created && !_seat.TryTake(before.Key.Realm))
        {
            Reply(command, events: [], limitReached: true);
            return;
        }

        var after = events.Aggregate(before, (channel, change) => channel.Apply(change));
        try
        {
            if (before.Definition != after.Definition)
            {
                // The end of a channel waits for the store.
                await KeepAsync(after, isObeyedUnstored: after.Definition is not null, cancellation);
            }
        }
        catch (Exception) when (created)
        {
            _seat.Return();
            throw;
        }

        State = after;
        SetDeadline();
        foreach (var change in events)
        {
            await TellAsync(before, change, cancellation);
        }

        Reply(command, events, limitReached: false);
        if (events.Any(change => change is VoiceChannelEvent.SessionEntered or VoiceChannelEvent.SessionDetached or VoiceChannelEvent.CodecsChanged))
        {
            TellVideoCodecs();
        }
    }

    private async ValueTask TellAsync(VoiceChannel before, VoiceChannelEvent change, CancellationToken cancellation)
    {
        switch (change)
        {
            case VoiceChannelEvent.Redefined:
                PlanSoon();
                break;
            case VoiceChannelEvent.MemberChanged changed when State!.IsInCall(changed.UserId):
                PlanMember(before.Members[changed.UserId], changed.Member);
                break;
            case VoiceChannelEvent.SessionAttached attached:
                _awaited.Remove(attached.Session.ClaimId);
                if (_unannounced.Remove(attached.Session.ClaimId) || attached.Session.InCall)
                {
                    // What it was told in an earlier life of this entity is not known.
                    _videoCodecs.Doubt();
                    PlanSoon();
                }

                if (attached.Session.InCall)
                {
                    SummarizeSoon();
                }

                break;
            case VoiceChannelEvent.SessionEntered entered:
                PlanSoon();
                SummarizeChange();
                if (entered.UserIsNew)
                {
                    TellOthers(entered.Session, new ParticipantEntered(entered.Session));
                }

                break;
            case VoiceChannelEvent.SpeakingChanged { Session: { InCall: true } session } speaking:
                TellOthers(session, new ParticipantSpeaking(session.UserId, session.Ssrc, speaking.Told));
                break;
            case VoiceChannelEvent.VideoChanged { Session: { InCall: true } session }:
                TellOthers(session, new ParticipantVideo(session));
                break;
            case VoiceChannelEvent.CodecsChanged:
                // Its new list may be that of others, for whom nothing changes.
                _videoCodecs.Doubt();
                break;
            case VoiceChannelEvent.SessionDetached { Session.InCall: true } detached:
                PlanNext();
                _videoCodecs.Forget(detached.Session.ClaimId);
                if (detached.UserLeft)
                {
                    SummarizeChange();
                    TellOthers(detached.Session, new ParticipantLeft(detached.Session.UserId));
                }

                break;
            case VoiceChannelEvent.Destroyed destroyed:
                await TellDestroyedAsync(before, destroyed, cancellation);
                break;
        }
    }

    private async ValueTask TellDestroyedAsync(VoiceChannel before, VoiceChannelEvent.Destroyed destroyed, CancellationToken cancellation)
    {
        _seat.Return();
        PlanNext();
        foreach (var userId in before.Members.Keys)
        {
            var state = new VoiceStateKey(before.Key.Realm, before.Key.ScopeId, userId);
            Context.Host.Tell(new VoiceStateRequest(state, new VoiceStateCommand.LoseChannel(before.Key)));
        }

        if (destroyed.Forgotten)
        {
            var notice = new ChannelDestroyed(before.Key.ChannelId, before.Key.GuildId, LvspReason.Expired);
            await notifier.NotifyAsync(before.Key.Realm, destroyed.Definition.Origin, notice, cancellation);
        }
    }

    /// <summary>Tells every session whose video codec is another one now; who enters has it in the answer.</summary>
    private void TellVideoCodecs()
    {
        foreach (var (session, codec) in _videoCodecs.Choose(State!))
        {
            Context.Host.Tell(session.Gateway, new VideoCodecChosen(session.ClaimId, codec));
        }
    }

    private void Fold(ImmutableArray<VoiceChannelEvent> events) =>
        State = events.Aggregate(State!, (channel, change) => channel.Apply(change));

    private void Reply(VoiceChannelCommand? command, ImmutableArray<VoiceChannelEvent> events, bool limitReached)
    {
        if (!Context.IsAsked)
        {
            return;
        }

        var channel = State!;
        var token = channel.Definition is { } definition ? minter.TokenOf(channel.Key, definition.TokenSalt) : null;
        var refusal = events.OfType<VoiceChannelEvent.SessionRefused>().FirstOrDefault()?.Reason;
        var created = events.Any(change => change is VoiceChannelEvent.Created);
        var codec = VideoCodecFor(command, channel);
        Context.Reply(new VoiceChannelReply(channel.Definition, token, created, refusal, limitReached, OthersFor(command, channel), codec, ServingFor(command, channel)));
    }

    private string VideoCodecFor(VoiceChannelCommand? command, VoiceChannel channel) =>
        command is VoiceChannelCommand.EnterCall enter && channel.Sessions.TryGetValue(enter.ClaimId, out var entered)
            ? _videoCodecs.Tell(entered, channel)
            : VideoCodecChoice.Default;

    private static ImmutableArray<ChannelSession> OthersFor(VoiceChannelCommand? command, VoiceChannel channel) =>
        command is VoiceChannelCommand.EnterCall enter && channel.Sessions.TryGetValue(enter.ClaimId, out var entered)
            ? OthersOf(entered, channel)
            : [];

    private static ImmutableArray<ChannelSession> OthersOf(ChannelSession session, VoiceChannel channel) =>
        [.. channel.InCall.Where(other => other.UserId != session.UserId)];

    private sealed record AnnouncementsDue : IActorMessage;
}
