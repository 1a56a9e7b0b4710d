using VoiceCluster.Domain.Identities;
using VoiceCluster.Domain.Media;
using VoiceCluster.Media.Forwarding;
using VoiceCluster.Media.Limits;
using VoiceCluster.Media.Sessions;

namespace VoiceCluster.Media.Control;

/// <summary>One channel on one worker, as control knows it: sessions, the plan in force, and who was silenced how often.</summary>
internal sealed class ChannelState(ChannelKey key, int slot, int maximumSpeakers)
{
    private readonly List<Member> _members = [];
    private Dictionary<MediaSessionId, PlannedSession> _plannedById = [];
    private ForwardingPlan? _plan;
    private SpeakerSelection? _speakers;

    public ChannelKey Key { get; } = key;

    /// <summary>Its place in the forwarding table.</summary>
    public int Slot { get; } = slot;

    public int Sessions { get; private set; }

    /// <summary>Whether the channel keeps its worker: there are sessions, or a plan speaks of some.</summary>
    public bool IsInUse => Sessions > 0 || _plan is { Sessions.IsDefaultOrEmpty: false };

    /// <summary>The place that the next session gets; places are used again, with the silencing count of their own.</summary>
    public int FreeMemberIndex()
    {
        var index = _members.FindIndex(member => member.Session is null);
        return index < 0 ? _members.Count : index;
    }

    public void Add(MediaSession session)
    {
        if (session.MemberIndex == _members.Count)
        {
            _members.Add(new Member());
        }

        _members[session.MemberIndex].Session = session;
        Sessions++;
        Obey(_members[session.MemberIndex]);
    }

    public void Remove(MediaSession session)
    {
        _members[session.MemberIndex].Session = null;
        Sessions--;
    }

    /// <summary>Puts a plan in force.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="newReceivers">Who is sent to by it and was not before.</param>
    /// <returns>False if it is older than the one that is.</returns>
    public bool TryObey(ForwardingPlan plan, out IReadOnlyList<MediaSession> newReceivers)
    {
        newReceivers = [];
        if (_plan is not null && (plan.Epoch, plan.Version).CompareTo((_plan.Epoch, _plan.Version)) < 0)
        {
            return false;
        }

        _plan = plan;
        _plannedById = plan.Sessions.IsDefaultOrEmpty ? [] : plan.Sessions.DistinctBy(session => session.Session).ToDictionary(session => session.Session);
        var deaf = _members.Where(member => member.Planned is not { Receives: true }).ToList();
        _members.ForEach(Obey);
        newReceivers = [.. deaf.Where(member => member is { Session: not null, Planned.Receives: true }).Select(member => member.Session!)];
        return true;
    }

    /// <summary>Makes the snapshot that the worker reads.</summary>
    public ChannelRoute BuildRoute(double headroom, TimeSpan burst)
    {
        if (_plan is null)
        {
            return ChannelRoute.Silent;
        }

        _speakers ??= maximumSpeakers > 0 && _members.Count > maximumSpeakers ? new SpeakerSelection(maximumSpeakers) : null;
        var bytesPerSecond = Math.Max(1, (long)(_plan.BitrateBps / 8.0 * headroom));
        return new ChannelRoute(
            [.. _members.Select(member => member.ToRoute())],
            [.. _members.Where(member => member is { Session: not null, Planned.Receives: true }).Select(member => member.Session!)],
            new Rate(bytesPerSecond, burst),
            _speakers);
    }

    private void Obey(Member member)
    {
        PlannedSession? planned = member.Session is { } session && _plannedById.TryGetValue(session.Id, out var found) ? found : null;
        if (member.Planned is { Sends: true } && planned is not { Sends: true })
        {
            member.MuteGeneration++;
        }

        member.Planned = planned;
    }

    private sealed class Member
    {
        public MediaSession? Session { get; set; }

        public PlannedSession? Planned { get; set; }

        public int MuteGeneration { get; set; }

        public RouteMember ToRoute() =>
            new(Session, Planned is not null, Planned is { Sends: true }, Planned is { Receives: true }, MuteGeneration);
    }
}
