using System.Collections.Frozen;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Domain.Media;
using VoiceCluster.Media.Forwarding;
using VoiceCluster.Media.Limits;
using VoiceCluster.Media.Relay;
using VoiceCluster.Media.Sessions;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Media.Control;

/// <summary>One channel on one worker, as control knows it: sessions, the plan in force, and who was silenced how often.</summary>
/// <remarks>
/// A session that comes costs nothing here until a plan names it, and one that goes a copy of the route. Only a plan, which is whole, walks
/// through all sessions; the channel's owner sees to it that there is at most one per batching interval.
/// </remarks>
internal sealed class ChannelState(ChannelKey key, MediaOptions options, RelayLinks? links = null)
{
    /// <summary>Of relayed sessions that left; more than that do not come back before their numbers are forgotten elsewhere too.</summary>
    private const int MaximumGone = 1024;

    private readonly List<Member> _members = [];
    private readonly Stack<int> _freePlaces = [];
    private readonly Dictionary<MediaSessionId, Member> _membersById = [];
    private readonly Dictionary<uint, RelayedSession> _relayed = [];
    private ForwardingPlan? _plan;
    private SpeakerSelection? _speakers;

    public ChannelKey Key { get; } = key;

    /// <summary>Its name between workers.</summary>
    public ulong Digest { get; } = ChannelDigest.Of(key);

    /// <summary>What the worker forwards by.</summary>
    public LiveRoute Route { get; } = new();

    /// <summary>Whether the channel keeps its worker: there are sessions, or a plan speaks of some.</summary>
    public bool IsInUse => _membersById.Count > 0 || _plan is { Sessions.IsDefaultOrEmpty: false };

    /// <summary>The place that the next session gets; places are used again, with the silencing count of their own.</summary>
    public int FreeMemberIndex() => _freePlaces.TryPeek(out var place) ? place : _members.Count;

    public void Add(MediaSession session)
    {
        if (!_freePlaces.TryPop(out _))
        {
            _members.Add(new Member());
        }

        _members[session.MemberIndex].Session = session;
        _membersById.Add(session.Id, _members[session.MemberIndex]);
    }

    public void Remove(MediaSession session)
    {
        _members[session.MemberIndex].Leave();
        _membersById.Remove(session.Id);
        _freePlaces.Push(session.MemberIndex);
        Route.Current = Route.Current.Without(session);
    }

    /// <summary>Puts a plan in force.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="newReceivers">Who is sent to by it and was not before.</param>
    /// <returns>False if it is older than the one that is.</returns>
    public bool TryObey(ForwardingPlan plan, out List<MediaSession> newReceivers)
    {
        newReceivers = [];
        if (_plan is not null && (plan.Epoch, plan.Version).CompareTo((_plan.Epoch, _plan.Version)) < 0)
        {
            return false;
        }

        _plan = plan;
        foreach (var planned in plan.Sessions.IsDefaultOrEmpty ? [] : plan.Sessions)
        {
            if (_membersById.TryGetValue(planned.Session, out var member))
            {
                member.Next ??= planned;
            }
        }

        Route.Current = BuildRoute(plan, newReceivers);
        return true;
    }

    private ChannelRoute BuildRoute(ForwardingPlan plan, List<MediaSession> newReceivers)
    {
        var members = new RouteMember[_members.Count];
        var sinks = new int[_members.Count];
        var receivers = 0;
        for (var place = 0; place < members.Length; place++)
        {
            var member = _members[place];
            var isNewReceiver = member.Obey();
            members[place] = member.ToRoute();
            if (members[place] is { Receives: true, Session: { } session })
            {
                sinks[receivers++] = session.Slot;
                if (isNewReceiver)
                {
                    newReceivers.Add(session);
                }
            }
        }

        // In the order of memory, for the sake of the processor that walks through it.
        Array.Resize(ref sinks, receivers);
        Array.Sort(sinks);
        _speakers ??= options.MaximumSpeakers > 0 && members.Length > options.MaximumSpeakers ? new SpeakerSelection(options.MaximumSpeakers) : null;
        var bytesPerSecond = Math.Max(1, (long)(plan.BitrateBps / 8.0 * options.BitrateHeadroom));
        return new ChannelRoute(members, sinks, new Rate(bytesPerSecond, options.BitrateBurst), _speakers) { Relay = BuildRelay(plan) };
    }

    private RelayRoute BuildRelay(ForwardingPlan plan)
    {
        if (links is null || plan.Relays.IsDefaultOrEmpty)
        {
            ForgetRelayed([]);
            return RelayRoute.None;
        }

        var peers = new List<RelayLink>();
        var listeners = new List<RelayLink>();
        var sources = new Dictionary<uint, RelayedMember>();
        foreach (var relay in plan.Relays)
        {
            if (links.GetOrAdd(plan.Worker, relay.Worker) is not { } link)
            {
                continue;
            }

            peers.Add(link);
            if (relay.Listens)
            {
                listeners.Add(link);
            }

            foreach (var source in relay.Sources.IsDefaultOrEmpty ? [] : relay.Sources)
            {
                sources[source.First.Value] = new RelayedMember(GetOrAddRelayed(link, source.First), source.Sends);
            }
        }

        ForgetRelayed(sources);
        return new RelayRoute(Digest, plan.Epoch, [.. peers], [.. listeners], sources.ToFrozenDictionary());
    }

    private RelayedSession GetOrAddRelayed(RelayLink link, Ssrc first)
    {
        if (!_relayed.TryGetValue(first.Value, out var session) || session.Link != link)
        {
            session = new RelayedSession(link, first);
            _relayed[first.Value] = session;
        }

        return session;
    }

    private void ForgetRelayed(Dictionary<uint, RelayedMember> sources)
    {
        // One that comes back must not send the numbers anew to receivers whose nonce is the header.
        var gone = _relayed.Where(relayed => !sources.ContainsKey(relayed.Key)).ToList();
        foreach (var (source, session) in gone)
        {
            if (!session.HasNonceGuard || gone.Count > MaximumGone)
            {
                _relayed.Remove(source);
            }
        }
    }

    private sealed class Member
    {
        private PlannedSession? _planned;
        private int _muteGeneration;

        public MediaSession? Session { get; set; }

        /// <summary>What the plan that is being put in force says.</summary>
        public PlannedSession? Next { get; set; }

        /// <summary>Makes that what holds.</summary>
        /// <returns>Whether the session is sent to from now on and was not before.</returns>
        public bool Obey()
        {
            var (before, now) = (_planned, Next);
            _muteGeneration += before is { Sends: true } && now is not { Sends: true } ? 1 : 0;
            _planned = now;
            Next = null;
            return now is { Receives: true } && before is not { Receives: true };
        }

        /// <summary>The session is closed.</summary>
        public void Leave()
        {
            Obey();
            Session = null;
        }

        public RouteMember ToRoute() =>
            new(Session, _planned is not null, _planned is { Sends: true }, _planned is { Receives: true }, _muteGeneration);
    }
}
