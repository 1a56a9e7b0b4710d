using System.Collections.Immutable;
using System.Diagnostics;
using System.Runtime.InteropServices;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Domain.Media;
using VoiceCluster.Domain.Requests;
using VoiceCluster.Domain.VoiceStates;
using VoiceCluster.Protocol.Gateway;
using VoiceCluster.Protocol.Lvsp;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Domain.Channels;

/// <summary>A voice channel: its definition, who is in it, whose sessions are in the call.</summary>
/// <remarks>
/// Members are a projection of voice states: an older revision never undoes a newer one. Sessions belong to claims of those
/// states; only their order of arrival counts. Immutable: <see cref="Decide"/> says what a command causes, <see cref="Apply"/> folds it in.
/// </remarks>
public sealed record VoiceChannel
{
    /// <summary>The bitrate of a channel nobody gave one.</summary>
    public const int DefaultBitrateBps = LvspBitrate.Default;

    /// <summary>Its name.</summary>
    public required ChannelKey Key { get; init; }

    /// <summary>Null while the channel does not exist.</summary>
    public ChannelDefinition? Definition { get; init; }

    /// <summary>When an empty channel is forgotten.</summary>
    public DateTimeOffset? IdleUntil { get; init; }

    /// <summary>Who is in the channel.</summary>
    public ImmutableDictionary<Snowflake, ChannelMember> Members { get; init; } = ImmutableDictionary<Snowflake, ChannelMember>.Empty;

    /// <summary>Claimed voice sessions, by claim.</summary>
    public ImmutableDictionary<Guid, ChannelSession> Sessions { get; init; } = ImmutableDictionary<Guid, ChannelSession>.Empty;

    /// <summary>The codec lists of the sessions in the call, each with how many gave it; clients of one kind give the same.</summary>
    public ImmutableDictionary<ValueArray<VoiceCodec>, int> CodecLists { get; init; } = ImmutableDictionary<ValueArray<VoiceCodec>, int>.Empty;

    /// <summary>The nodes that members are on or were sent to, each with how many.</summary>
    public ImmutableDictionary<NodeId, int> Nodes { get; init; } = ImmutableDictionary<NodeId, int>.Empty;

    /// <summary>
    /// When a backend last asked for the channel, or for somebody in it to be there, by the clock that nodes have in common; null when nobody has said. Not stored: the
    /// members' states say most of it.
    /// </summary>
    public DateTimeOffset? AskedAt { get; init; }

    private DateTimeOffset? BitrateAskedAt { get; init; }

    private Departures Departed { get; init; } = Departures.None;

    private ImmutableDictionary<Ssrc, Guid> Sources { get; init; } = ImmutableDictionary<Ssrc, Guid>.Empty;

    /// <summary>Nearly always one for each user: two while he relocates. A join must not search a crowd.</summary>
    private ImmutableDictionary<Snowflake, ImmutableArray<Guid>> Claims { get; init; } = ImmutableDictionary<Snowflake, ImmutableArray<Guid>>.Empty;

    /// <summary>When <see cref="VoiceChannelCommand.Expire"/> is due.</summary>
    public DateTimeOffset? NextDeadline => Members.IsEmpty ? IdleUntil : null;

    /// <summary>What a command causes now; no events when it changes nothing.</summary>
    public ImmutableArray<VoiceChannelEvent> Decide(VoiceChannelCommand command, TimeSpan idleTimeout, DateTimeOffset now) => command switch
    {
        VoiceChannelCommand.Ensure ensure => NoteAsked(ensure, DecideEnsure(ensure, now, now + idleTimeout)),
        VoiceChannelCommand.Update update => DecideUpdate(update, now),
        VoiceChannelCommand.Destroy destroy => DecideDestroy(destroy, now),
        VoiceChannelCommand.ProjectMember member => DecideMember(member),
        VoiceChannelCommand.RemoveMember member => DecideRemoval(member, now, now + idleTimeout),
        VoiceChannelCommand.AttachSession attach => DecideAttach(attach.Session),
        VoiceChannelCommand.EnterCall enter => DecideEnter(enter),
        VoiceChannelCommand.SetCodecs codecs => DecideCodecs(codecs),
        VoiceChannelCommand.SetSpeaking speaking => DecideSpeaking(speaking),
        VoiceChannelCommand.AnnounceSource announce => DecideAnnounce(announce.ClaimId),
        VoiceChannelCommand.SetVideo video => DecideVideo(video),
        VoiceChannelCommand.ConfirmSession => [],
        VoiceChannelCommand.DetachSession detach => DecideDetach(detach.ClaimId),
        VoiceChannelCommand.Expire => DecideExpire(now),
        _ => throw new UnreachableException(),
    };

    /// <summary>Whether a command changes nothing because it is late, and the backend has asked for something else since.</summary>
    public bool IsOvertaken(VoiceChannelCommand command, DateTimeOffset now) => Definition is not null && command switch
    {
        VoiceChannelCommand.Update update => Overtaking.IsOvertaken(update.AskedAt, BitrateAskedAt, now),
        VoiceChannelCommand.Destroy destroy => Overtaking.IsOvertaken(destroy.AskedAt, AskedAt, now),
        _ => false,
    };

    /// <summary>The channel after an event.</summary>
    public VoiceChannel Apply(VoiceChannelEvent change) => change switch
    {
        VoiceChannelEvent.Created created => this with { Definition = created.Definition, IdleUntil = created.IdleUntil },
        VoiceChannelEvent.Redefined redefined => this with { Definition = redefined.Definition },
        VoiceChannelEvent.Kept kept => this with { IdleUntil = kept.IdleUntil },
        VoiceChannelEvent.AskedFor asked => this with
        {
            AskedAt = Overtaking.Latest(AskedAt, asked.ChannelAt),
            BitrateAskedAt = Overtaking.Latest(BitrateAskedAt, asked.BitrateAt),
        },
        VoiceChannelEvent.Destroyed => new VoiceChannel { Key = Key },
        VoiceChannelEvent.MemberChanged member => this with
        {
            Members = Members.SetItem(member.UserId, member.Member),
            Nodes = Count(member.Member, 1, Count(Members.GetValueOrDefault(member.UserId), -1, Nodes)),
            IdleUntil = null,
        },
        VoiceChannelEvent.MemberRemoved member => this with
        {
            Members = Members.Remove(member.UserId),
            Nodes = Count(Members.GetValueOrDefault(member.UserId), -1, Nodes),
            Departed = Departed.Add(member.UserId, member.Revision, member.At),
            IdleUntil = member.IdleUntil,
        },
        VoiceChannelEvent.SessionAttached attached => WithSession(attached.Session),
        VoiceChannelEvent.SessionRefused => this,
        VoiceChannelEvent.SessionEntered entered => WithSession(entered.Session),
        VoiceChannelEvent.CodecsChanged codecs => WithSession(codecs.Session),
        VoiceChannelEvent.SpeakingChanged speaking => WithSession(speaking.Session),
        VoiceChannelEvent.VideoChanged video => WithSession(video.Session),
        VoiceChannelEvent.SessionDetached detached => WithoutSession(detached.Session),
        _ => throw new UnreachableException(),
    };

    /// <summary>The sessions in the call.</summary>
    public IEnumerable<ChannelSession> InCall => Sessions.Values.Where(session => session.InCall);

    /// <summary>Whether the user has a session here, in the call or on the way to it.</summary>
    public bool HasSession(Snowflake userId) => Claims.ContainsKey(userId);

    /// <summary>Whether one of the user's sessions is in the call.</summary>
    public bool IsInCall(Snowflake userId) => SessionsOf(userId).Any(session => session.InCall);

    /// <summary>What each worker that serves a session of the call does for the channel. Walks once through all sessions.</summary>
    public ImmutableArray<ForwardingPlan> PlanForwarding(long epoch, long version)
    {
        var planned = new Dictionary<WorkerId, WorkerPlan>();
        foreach (var (_, session) in Sessions)
        {
            if (!session.InCall)
            {
                continue;
            }

            ref var plan = ref CollectionsMarshal.GetValueRefOrAddDefault(planned, session.Worker, out _);
            plan ??= new WorkerPlan(session.Worker);
            plan.Add(session.Ssrc, Plan(session));
        }

        var relays = planned.Count > 1 ? [.. planned.Values.Select(plan => plan.ToRelay())] : ImmutableArray<PlannedRelay>.Empty;
        return
        [
            .. planned.Values.Select(plan => PlanFor(plan.Worker, plan.TakeSessions(), epoch, version) with
            {
                Relays = relays.RemoveAll(relay => relay.Worker == plan.Worker),
            }),
        ];
    }

    /// <summary>The plan by which a worker stops serving the channel.</summary>
    public ForwardingPlan PlanWithdrawal(WorkerId worker, long epoch, long version) => PlanFor(worker, [], epoch, version);

    private ForwardingPlan PlanFor(WorkerId worker, ImmutableArray<PlannedSession> sessions, long epoch, long version) =>
        new(Key, epoch, version, worker, Definition?.BitrateBps ?? DefaultBitrateBps, sessions);

    private PlannedSession Plan(ChannelSession session)
    {
        var flags = Members.TryGetValue(session.UserId, out var member) ? member.Flags : default;
        return new PlannedSession(session.MediaSession, member is not null && flags.MaySend(), member is not null && flags.MayReceive());
    }

    private ImmutableArray<VoiceChannelEvent> DecideEnsure(VoiceChannelCommand.Ensure ensure, DateTimeOffset now, DateTimeOffset idleUntil)
    {
        if (Definition is null)
        {
            var bitrate = LvspBitrate.Clamp(ensure.BitrateBps ?? DefaultBitrateBps);
            return [new VoiceChannelEvent.Created(new ChannelDefinition(bitrate, ensure.FreshTokenSalt, ensure.Origin), idleUntil)];
        }

        var redefined = Definition with
        {
            BitrateBps = ensure.BitrateBps is { } asked && !Overtaking.IsOvertaken(ensure.AskedAt, BitrateAskedAt, now)
                ? LvspBitrate.Clamp(asked)
                : Definition.BitrateBps,
            Origin = ensure.Origin,
        };
        ImmutableArray<VoiceChannelEvent> events = redefined == Definition ? [] : [new VoiceChannelEvent.Redefined(redefined)];
        return Members.IsEmpty && idleUntil > IdleUntil ? [.. events, new VoiceChannelEvent.Kept(idleUntil)] : events;
    }

    /// <summary>Who makes a channel asks for its bitrate, too.</summary>
    private ImmutableArray<VoiceChannelEvent> NoteAsked(VoiceChannelCommand.Ensure ensure, ImmutableArray<VoiceChannelEvent> events) =>
        ensure.AskedAt is { } at
            ? events.Add(new VoiceChannelEvent.AskedFor(at, Definition is null || ensure.BitrateBps is not null ? at : null))
            : events;

    private ImmutableArray<VoiceChannelEvent> DecideUpdate(VoiceChannelCommand.Update update, DateTimeOffset now)
    {
        if (Definition is null || IsOvertaken(update, now))
        {
            return [];
        }

        var redefined = Definition with { BitrateBps = LvspBitrate.Clamp(update.BitrateBps) };
        ImmutableArray<VoiceChannelEvent> events = redefined == Definition ? [] : [new VoiceChannelEvent.Redefined(redefined)];
        return update.AskedAt is { } at ? events.Add(new VoiceChannelEvent.AskedFor(ChannelAt: null, BitrateAt: at)) : events;
    }

    private ImmutableArray<VoiceChannelEvent> DecideDestroy(VoiceChannelCommand.Destroy destroy, DateTimeOffset now) =>
        Definition is { } definition && !IsOvertaken(destroy, now) ? [new VoiceChannelEvent.Destroyed(definition, Forgotten: false)] : [];

    private ImmutableArray<VoiceChannelEvent> DecideMember(VoiceChannelCommand.ProjectMember member)
    {
        var known = Members.GetValueOrDefault(member.UserId);
        var departed = Departed.RevisionOf(member.UserId);
        var changed = new ChannelMember(member.Revision, member.Flags, member.Node);
        if (Definition is null || member.Revision <= departed || member.Revision < known?.Revision || changed == known)
        {
            return [];
        }

        return [new VoiceChannelEvent.MemberChanged(member.UserId, changed)];
    }

    private ImmutableArray<VoiceChannelEvent> DecideRemoval(VoiceChannelCommand.RemoveMember member, DateTimeOffset now, DateTimeOffset idleUntil)
    {
        if (!Members.TryGetValue(member.UserId, out var known) || member.Revision < known.Revision)
        {
            return [];
        }

        var sessions = SessionsOf(member.UserId).ToList();
        var detached = sessions.Select((session, index) =>
            (VoiceChannelEvent)new VoiceChannelEvent.SessionDetached(session, IsLastInCall(sessions, index)));
        DateTimeOffset? idle = Members.Count == 1 ? idleUntil : null;
        return [.. detached, new VoiceChannelEvent.MemberRemoved(member.UserId, member.Revision, now, idle)];
    }

    private ImmutableArray<VoiceChannelEvent> DecideAttach(ChannelSession session)
    {
        if (Definition is null)
        {
            return [new VoiceChannelEvent.SessionRefused(session, AttachRefusal.NoChannel)];
        }

        if (!Members.ContainsKey(session.UserId))
        {
            return [new VoiceChannelEvent.SessionRefused(session, AttachRefusal.NotMember)];
        }

        if (Sources.TryGetValue(session.Ssrc, out var holder) && holder != session.ClaimId)
        {
            return [new VoiceChannelEvent.SessionRefused(session, AttachRefusal.SourceTaken)];
        }

        return [new VoiceChannelEvent.SessionAttached(session)];
    }

    private ImmutableArray<VoiceChannelEvent> DecideEnter(VoiceChannelCommand.EnterCall enter)
    {
        if (!Sessions.TryGetValue(enter.ClaimId, out var session) || session.InCall)
        {
            return [];
        }

        // During a relocation the user is in the call already: the others only learn the new source.
        var earlier = SessionsOf(session.UserId).FirstOrDefault(other => other.InCall);
        // Video is not taken over, for it names the earlier session's sources.
        var speaking = session.Speaking == SpeakingFlags.None && earlier is not null ? earlier.Speaking : session.Speaking;
        var entered = session with { InCall = true, Speaking = speaking, Codecs = enter.Codecs };
        var events = ImmutableArray.Create<VoiceChannelEvent>(new VoiceChannelEvent.SessionEntered(entered, UserIsNew: earlier is null));
        events = speaking == SpeakingFlags.None ? events : events.Add(new VoiceChannelEvent.SpeakingChanged(entered, speaking));
        return entered.Video is { IsActive: true } ? events.Add(new VoiceChannelEvent.VideoChanged(entered)) : events;
    }

    private ImmutableArray<VoiceChannelEvent> DecideCodecs(VoiceChannelCommand.SetCodecs command) =>
        Sessions.TryGetValue(command.ClaimId, out var session) && session.Codecs != command.Codecs
            ? [new VoiceChannelEvent.CodecsChanged(session with { Codecs = command.Codecs })]
            : [];

    private ImmutableArray<VoiceChannelEvent> DecideSpeaking(VoiceChannelCommand.SetSpeaking command)
    {
        if (!Sessions.TryGetValue(command.ClaimId, out var session))
        {
            return [];
        }

        // The last mask that was not 0 is kept for newcomers: receivers make the user's stream only for such a one.
        var kept = command.Speaking == SpeakingFlags.None ? session.Speaking : command.Speaking;
        return [new VoiceChannelEvent.SpeakingChanged(session with { Speaking = kept }, command.Speaking)];
    }

    private ImmutableArray<VoiceChannelEvent> DecideAnnounce(Guid claimId)
    {
        if (!Sessions.TryGetValue(claimId, out var session) || session.Speaking != SpeakingFlags.None)
        {
            return [];
        }

        var speaking = session with { Speaking = SpeakingFlags.Voice };
        return [new VoiceChannelEvent.SpeakingChanged(speaking, SpeakingFlags.Voice)];
    }

    private ImmutableArray<VoiceChannelEvent> DecideVideo(VoiceChannelCommand.SetVideo command) =>
        Sessions.TryGetValue(command.ClaimId, out var session) && session.Video != command.Video
            ? [new VoiceChannelEvent.VideoChanged(session with { Video = command.Video })]
            : [];

    private ImmutableArray<VoiceChannelEvent> DecideDetach(Guid claimId)
    {
        if (!Sessions.TryGetValue(claimId, out var session))
        {
            return [];
        }

        var others = SessionsOf(session.UserId).Any(other => other.ClaimId != claimId && other.InCall);
        return [new VoiceChannelEvent.SessionDetached(session, session.InCall && !others)];
    }

    private ImmutableArray<VoiceChannelEvent> DecideExpire(DateTimeOffset now) =>
        Definition is { } definition && Members.IsEmpty && IdleUntil <= now
            ? [new VoiceChannelEvent.Destroyed(definition, Forgotten: true)]
            : [];

    private static bool IsLastInCall(List<ChannelSession> sessions, int index) =>
        sessions[index].InCall && !sessions.Skip(index + 1).Any(later => later.InCall);

    private IEnumerable<ChannelSession> SessionsOf(Snowflake userId) => Claims.GetValueOrDefault(userId, []).Select(claim => Sessions[claim]);

    private VoiceChannel WithSession(ChannelSession session) => this with
    {
        Sessions = Sessions.SetItem(session.ClaimId, session),
        Sources = Sources.SetItem(session.Ssrc, session.ClaimId),
        Claims = Sessions.ContainsKey(session.ClaimId)
            ? Claims
            : Claims.SetItem(session.UserId, Claims.GetValueOrDefault(session.UserId, []).Add(session.ClaimId)),
        CodecLists = Count(session, 1, Count(Sessions.GetValueOrDefault(session.ClaimId), -1, CodecLists)),
    };

    private VoiceChannel WithoutSession(ChannelSession session)
    {
        var claims = Claims.GetValueOrDefault(session.UserId, []).Remove(session.ClaimId);
        return this with
        {
            Sessions = Sessions.Remove(session.ClaimId),
            Sources = Sources.Remove(session.Ssrc),
            CodecLists = Count(session, -1, CodecLists),
            Claims = claims.IsEmpty ? Claims.Remove(session.UserId) : Claims.SetItem(session.UserId, claims),
        };
    }

    private static ImmutableDictionary<NodeId, int> Count(ChannelMember? member, int change, ImmutableDictionary<NodeId, int> nodes)
    {
        if (member?.Node is not { } node)
        {
            return nodes;
        }

        var count = nodes.GetValueOrDefault(node) + change;
        return count == 0 ? nodes.Remove(node) : nodes.SetItem(node, count);
    }

    private static ImmutableDictionary<ValueArray<VoiceCodec>, int> Count(
        ChannelSession? session, int change, ImmutableDictionary<ValueArray<VoiceCodec>, int> lists)
    {
        if (session is not { InCall: true })
        {
            return lists;
        }

        var count = lists.GetValueOrDefault(session.Codecs) + change;
        return count == 0 ? lists.Remove(session.Codecs) : lists.SetItem(session.Codecs, count);
    }
}

/// <summary>What a channel is, as its backend made it.</summary>
/// <param name="BitrateBps">What senders are held to, in bit/s.</param>
/// <param name="TokenSalt">What the channel's token is derived from; a channel made again has another.</param>
/// <param name="Origin">The LVSP session that made or last repeated it.</param>
public sealed record ChannelDefinition(int BitrateBps, string TokenSalt, string? Origin);

/// <summary>A user in a channel, as the voice state with this revision said.</summary>
/// <param name="Revision">The state's revision.</param>
/// <param name="Flags">Mute and the like.</param>
/// <param name="Node">The node that the user is on or was sent to; null when it is not known.</param>
public sealed record ChannelMember(long Revision, VoiceFlags Flags, NodeId? Node = null);
