using VoiceCluster.Domain.Identities;

namespace VoiceCluster.Domain.Membership;

/// <summary>One node's part in membership: when to renew its row, whom to vote against, whom to declare dead. Pure; fed the time.</summary>
/// <remarks>
/// <para>
/// A row that is not renewed for <see cref="MembershipTimes.Expiry"/> has expired; whoever sees it declares the node dead. A node that no
/// link reaches is voted against, with each renewal anew: two votes (one where only two live) that are younger than the expiry end its life sooner.
/// </para>
/// <para>
/// A life begins without shards and is given them once links lead to it; until then nobody votes against it, and it votes against nobody. So a node that
/// starts slowly, or is cut off and comes back as a member time and again, takes nothing away from the others, and its row keeps its users.
/// </para>
/// <para>
/// Nobody judges others before its own row has been fresh without a gap for one expiry time. When the store comes back after an outage every
/// row is old, and each node gives the others that long to renew theirs; so an outage kills nobody.
/// </para>
/// <para>
/// A renewal counts from when it was sent, by this node's monotonic clock: whatever the store's clock says, the store cannot have written it
/// earlier. Not thread safe.
/// </para>
/// </remarks>
/// <param name="times">The cluster's times.</param>
public sealed class NodeMembership(MembershipTimes times)
{
    private readonly Queue<MembershipOutput> _outputs = new();
    private readonly LinkViews _links = new(times);
    private readonly HashSet<NodeIncarnation> _voted = [];
    private MembershipTable _table = new([]);
    private NodeIncarnation? _self;
    private TimeSpan _lastRenewal;
    private TimeSpan _freshSince;
    private TimeSpan _nextRenewal;
    private TimeSpan _joinedAt;
    private TimeSpan? _linkedSince;
    private TimeSpan _returnDelay;
    private int _shortLives;
    private bool _renewing;
    private bool _noticed;
    private bool _provisional;

    /// <summary>The life that this node has at the moment; null while it has not joined.</summary>
    public NodeIncarnation? Self => _self;

    /// <summary>The table as it was read last.</summary>
    public MembershipTable Table => _table;

    /// <summary>Whether links lead to this life, which the next renewal says. Once they did it stays so: others judge what becomes of them.</summary>
    public bool IsReached { get; private set; }

    /// <summary>When <see cref="HandleTimeout"/> is to be called next; null while there is nothing to wait for.</summary>
    public TimeSpan? NextTimeout
    {
        get
        {
            if (_self is null)
            {
                return null;
            }

            var expiry = _provisional ? (TimeSpan?)null : _lastRenewal + times.Expiry;
            var renewal = _renewing ? (TimeSpan?)null : _nextRenewal;
            return renewal is { } next && (expiry is null || next < expiry) ? next : expiry;
        }
    }

    /// <summary>The next thing to do, if there is one.</summary>
    public bool TryPoll(out MembershipOutput? output) => _outputs.TryDequeue(out output);

    /// <summary>The store has taken this node in.</summary>
    /// <param name="self">Node and incarnation.</param>
    /// <param name="sentAt">When it was asked to.</param>
    /// <param name="now">Monotonic time.</param>
    public void HandleJoined(NodeIncarnation self, TimeSpan sentAt, TimeSpan now)
    {
        _self = self;
        _voted.Clear();
        _renewing = _noticed = false;
        IsReached = false;
        _linkedSince = null;
        _lastRenewal = _freshSince = _joinedAt = sentAt;
        _nextRenewal = now;
        SetProvisional(false);
        HandleTimeout(now);
    }

    /// <summary>The row was renewed, and this is the table.</summary>
    /// <param name="table">With this node's own row.</param>
    /// <param name="sentAt">When the renewal was sent.</param>
    /// <param name="now">Monotonic time.</param>
    public void HandleRenewed(MembershipTable table, TimeSpan sentAt, TimeSpan now)
    {
        EndRenewal(sentAt);
        if (sentAt - _lastRenewal > times.MaxGap)
        {
            _freshSince = sentAt;
        }

        _lastRenewal = sentAt;
        SetProvisional(now - sentAt >= times.Expiry);
        TakeTable(table, now);
        NoteReached(now);
        if (CanJudge(now))
        {
            Judge(now);
        }
    }

    /// <summary>The store was away or did not answer in time.</summary>
    /// <param name="sentAt">When the renewal was sent.</param>
    /// <param name="now">Monotonic time.</param>
    public void HandleRenewalFailed(TimeSpan sentAt, TimeSpan now)
    {
        EndRenewal(sentAt);
        HandleTimeout(now);
    }

    /// <summary>The store has this life as dead, or another life of this node instead.</summary>
    public void HandleDeclaredDead()
    {
        if (_self is not null)
        {
            _self = null;
            _renewing = false;
            SetProvisional(true);
            _returnDelay = NextReturnDelay();
            _outputs.Enqueue(new MembershipOutput.Rejoin());
        }
    }

    /// <summary>A link says whether it reaches a node; false only after it was reset and has not come back for a while. May be repeated.</summary>
    /// <param name="node">The other node.</param>
    /// <param name="isReachable">Whether a link stands.</param>
    /// <param name="now">Monotonic time.</param>
    public void HandleReachability(NodeId node, bool isReachable, TimeSpan now)
    {
        if (!_links.Set(node, isReachable))
        {
            return;
        }

        if (!isReachable)
        {
            if (CanJudge(now))
            {
                Judge(now);
            }

            return;
        }

        WithdrawVotes(node);
        NoteReached(now);
    }

    /// <summary>Membership was heard to have changed: the table is read at once.</summary>
    public void HandleNotice(TimeSpan now)
    {
        _noticed = _renewing;
        _nextRenewal = now;
        HandleTimeout(now);
    }

    /// <summary>Time has passed.</summary>
    public void HandleTimeout(TimeSpan now)
    {
        if (_self is null)
        {
            return;
        }

        if (now - _lastRenewal >= times.Expiry)
        {
            SetProvisional(true);
        }

        if (!_renewing && now >= _nextRenewal)
        {
            _renewing = true;
            _outputs.Enqueue(new MembershipOutput.Renew());
        }
    }

    /// <summary>Whether this node may judge others: its own row has been fresh for one expiry time, and is.</summary>
    public bool CanJudge(TimeSpan now) =>
        _self is not null && now - _lastRenewal <= times.MaxGap && _lastRenewal - _freshSince >= times.Expiry;

    private TimeSpan NextReturnDelay()
    {
        _shortLives = _lastRenewal - _joinedAt < times.Steady ? _shortLives + 1 : 0;
        if (_shortLives <= 1)
        {
            return TimeSpan.Zero;
        }

        var delay = times.ReturnDelay * (1L << Math.Min(_shortLives - 2, 16));
        return delay < times.MaxReturnDelay ? delay : times.MaxReturnDelay;
    }

    private void EndRenewal(TimeSpan sentAt)
    {
        // What came after it was sent, it may not have said or read.
        _nextRenewal = _noticed ? sentAt : sentAt + times.RenewInterval;
        _renewing = _noticed = false;
    }

    private void TakeTable(MembershipTable table, TimeSpan now)
    {
        var before = _table;
        _table = table;
        var live = table.Live.Select(row => row.Node).ToHashSet();
        _voted.IntersectWith(live);
        _links.TakeLives(table.Live.Where(row => row.Reached).Select(row => row.Node).ToHashSet(), now);
        foreach (var ended in table.Rows.Where(row => row.MayReturn(times)))
        {
            // Until it is known whether the node comes back, nobody can say what became of its users.
            var known = now + times.ReturnLimit - ended.Age;
            _nextRenewal = known < _nextRenewal ? known : _nextRenewal;
        }

        if (!KeyOf(before).SetEquals(KeyOf(table)))
        {
            _outputs.Enqueue(new MembershipOutput.Changed(table));
        }
    }

    /// <summary>Not what nodes say of themselves: their load is another one each second.</summary>
    private static HashSet<(NodeIncarnation Node, MemberStanding Standing, bool Draining, bool Reached)> KeyOf(MembershipTable table) =>
        [.. table.Rows.Select(row => (row.Node, row.Standing, row.Draining, row.Reached))];

    private void NoteReached(TimeSpan now)
    {
        if (_self is { } self && !IsReached && now - _joinedAt >= _returnDelay && IsReachedNow(self, now))
        {
            IsReached = true;
            HandleNotice(now);
        }
    }

    /// <summary>
    /// By those that others reach, if there are any: two nodes that only reach each other are cut off together. By all of them, or by one for some time: an owner
    /// without a link to a node does not know who is there, and plans without them.
    /// </summary>
    private bool IsReachedNow(NodeIncarnation self, TimeSpan now)
    {
        var others = _table.Live.Where(row => row.Node.Node != self.Node && row.Age <= times.Expiry).ToArray();
        var able = Array.Exists(others, row => row.Reached) ? Array.FindAll(others, row => row.Reached) : others;
        var linked = able.Count(row => _links.Reach(row.Node.Node));
        _linkedSince = linked == 0 ? null : _linkedSince ?? now;
        return HasOwnRow(self) && (linked == able.Length || now - _linkedSince >= times.Expiry);
    }

    private bool HasOwnRow(NodeIncarnation self) => _table.Rows.Any(row => row.Node == self);

    private void WithdrawVotes(NodeId node)
    {
        foreach (var suspect in _voted.Where(suspect => suspect.Node == node).ToArray())
        {
            _voted.Remove(suspect);
            if (_self is not null)
            {
                _outputs.Enqueue(new MembershipOutput.WithdrawVote(suspect));
            }
        }
    }

    private void Judge(TimeSpan now)
    {
        foreach (var row in _table.Live.Where(row => row.Node != _self))
        {
            if (row.Age > times.Expiry)
            {
                _outputs.Enqueue(new MembershipOutput.Bury(row.Node));
            }
            else if (IsReached && row.Reached && _links.Miss(row.Node, now))
            {
                _outputs.Enqueue(new MembershipOutput.Vote(row.Node, IsRepeated: !_voted.Add(row.Node)));
            }
        }
    }

    private void SetProvisional(bool isProvisional)
    {
        if (_provisional != isProvisional)
        {
            _provisional = isProvisional;
            _outputs.Enqueue(new MembershipOutput.Provisional(isProvisional));
        }
    }
}
