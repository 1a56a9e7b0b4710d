using VoiceCluster.Cluster.Store;
using VoiceCluster.Domain.Identities;

namespace VoiceCluster.Cluster.Hosting;

/// <summary>One shard as this node sees it: who owns it, the messages that wait to know, and the entities that run here.</summary>
/// <remarks>
/// <code>
/// Unknown  --first message-->   Resolving --the store says--> Owned | Remote
/// Owned    --lost, released-->  Resolving (entities stop first; what was in their mailboxes waits here)
/// Remote   --owner dead, unreached, outdated--> Unknown
/// </code>
/// Under the lock only things are called that neither wait nor call back.
/// </remarks>
internal sealed partial class Shard : IActorCellOwner
{
    /// <summary>How often a message is passed on at once: for a sender who knew an old owner, and for a move meanwhile.</summary>
    private const byte MaxHopsAtOnce = 2;

    /// <summary>How often at all. Nodes that take each other for the owner agree within moments; until then the message rests before each hop.</summary>
    private const byte MaxHops = 8;

    private readonly Lock _gate = new();
    private readonly ShardId _id;
    private readonly EntityHost _host;
    private readonly ShardEntities _entities;
    private readonly ShardQueue _waiting;
    private Phase _phase;
    private ShardClaim? _claim;
    private bool _isClaimOver;
    private long _heardEpoch;
    private long _unreachedSince;
    private bool _unreached;

    public Shard(ShardId id, EntityHost host)
    {
        _id = id;
        _host = host;
        _entities = new ShardEntities(host, this);
        _waiting = new ShardQueue(host.Options.ShardQueueCapacity);
    }

    private enum Phase : byte
    {
        Unknown,
        Resolving,
        Owned,
        Remote,
        Closed,
    }

    public long Epoch => _claim?.Epoch ?? 0;

    public bool IsSharded => true;

    public bool IsOwned
    {
        get
        {
            lock (_gate)
            {
                return _phase == Phase.Owned;
            }
        }
    }

    /// <summary>The newest claim that this node knows and acts on.</summary>
    public ShardClaim? KnownClaim
    {
        get
        {
            lock (_gate)
            {
                return _phase is Phase.Owned or Phase.Remote ? _claim : null;
            }
        }
    }

    /// <summary>Brings a message on its way. Null when it was taken.</summary>
    /// <param name="target">An entity of this shard.</param>
    /// <param name="delivery">The message.</param>
    public DropReason? Post(EntityAddress target, Delivery delivery) => Post(new WaitingMessage(target, delivery));

    /// <summary>Brings another node's message on its way. Null when it was taken.</summary>
    /// <param name="from">The node that sent it here.</param>
    /// <param name="envelope">What it came in.</param>
    /// <param name="delivery">The message.</param>
    public DropReason? Post(NodeId from, RemoteEnvelope.ToEntity envelope, Delivery delivery)
    {
        var hops = (byte)Math.Min(envelope.Hops + 1, byte.MaxValue);
        lock (_gate)
        {
            HearEpoch(envelope.Epoch);
        }

        return Post(new WaitingMessage(envelope.Target, delivery, from, hops));
    }

    /// <summary>Hears from another node who owns the shard; an owner that learns of a newer epoch stops at once.</summary>
    public void Learn(ShardClaim claim)
    {
        lock (_gate)
        {
            if (claim.Epoch <= Epoch || _phase == Phase.Closed)
            {
                return;
            }

            switch (_phase)
            {
                case Phase.Owned:
                    Take(claim);
                    _ = BeginYield(release: null);
                    break;
                case Phase.Resolving:
                    _heardEpoch = Math.Max(_heardEpoch, claim.Epoch);
                    break;
                default:
                    Take(claim);
                    _phase = IsElsewhere(claim) ? Phase.Remote : Phase.Unknown;
                    break;
            }
        }
    }

    /// <summary>Hears that an owner has given the shard back.</summary>
    public void LearnReleased(ShardClaim claim)
    {
        lock (_gate)
        {
            if (_claim is null || claim.Epoch < _claim.Epoch)
            {
                return;
            }

            if (_phase == Phase.Remote)
            {
                Take(claim);
                _isClaimOver = true;
                _phase = Phase.Unknown;
            }
            else if (_phase == Phase.Owned)
            {
                // It was given back for this node, without its knowing: what it believes to own is free, and stays so under this epoch.
                _ = BeginYield(release: null);
            }
        }
    }

    /// <summary>Claims the shard, if it should be this node's and nobody living owns it, without waiting for a message.</summary>
    public void Acquire()
    {
        lock (_gate)
        {
            RefreshPhase();
        }
    }

    /// <summary>Starts an entity without a message, if the shard is this node's: what it has to do by its timers it does from then on.</summary>
    public void Wake(EntityAddress target)
    {
        lock (_gate)
        {
            if (_phase == Phase.Owned)
            {
                _entities.Wake(target);
            }
        }
    }

    /// <summary>The node has another incarnation from now on: what an earlier one owned is not owned any more.</summary>
    public Task ForsakeAsync()
    {
        lock (_gate)
        {
            return _phase == Phase.Owned ? BeginYield(release: null) : Task.CompletedTask;
        }
    }

    /// <summary>Stops the shard's entities and gives the shard back; messages that come meanwhile go to whoever is to own it next.</summary>
    public Task ReleaseAsync()
    {
        lock (_gate)
        {
            return _phase == Phase.Owned ? BeginYield(release: _claim) : Task.CompletedTask;
        }
    }

    /// <summary>As <see cref="ReleaseAsync()"/>, and gives back a claim that the store has given this node without its knowing.</summary>
    public Task ReleaseAsync(ShardClaim stored)
    {
        lock (_gate)
        {
            return _phase switch
            {
                Phase.Owned => BeginYield(release: _claim),
                Phase.Unknown or Phase.Remote => BeginYield(release: stored),
                _ => Task.CompletedTask,
            };
        }
    }

    /// <inheritdoc />
    public async Task VerifyAsync()
    {
        using var limit = new CancellationTokenSource(_host.Options.ClaimDeadline, _host.Time);
        using var abort = _host.LinkAbort(limit);
        if (await TryClaimAsync(limit.Token) is { } claim)
        {
            Learn(claim);
        }
    }

    /// <inheritdoc />
    public bool TryRetire(ActorCell cell)
    {
        lock (_gate)
        {
            if (!cell.TryCloseEmpty())
            {
                return false;
            }

            _entities.Remove(cell);
            return true;
        }
    }

    /// <inheritdoc />
    public void TakeBack(ActorCell cell, Delivery delivery)
    {
        var waiting = new WaitingMessage((EntityAddress)cell.Self, delivery);
        lock (_gate)
        {
            if (_phase == Phase.Resolving && _waiting.TryGiveBack(waiting))
            {
                return;
            }
        }

        if (Post(waiting) is { } reason)
        {
            _host.Drop(delivery, reason);
        }
    }

    /// <inheritdoc />
    public void OnClosed(ActorCell cell)
    {
        lock (_gate)
        {
            _entities.Remove(cell);
        }
    }

    public void PassivateIdle(TimeSpan idleTime)
    {
        lock (_gate)
        {
            foreach (var cell in _entities.All.Values)
            {
                cell.PassivateIfIdle(idleTime);
            }
        }
    }

    /// <summary>Counts the entities that are awake.</summary>
    public void CountInto(ActorCensus census)
    {
        lock (_gate)
        {
            foreach (var cell in _entities.All.Values)
            {
                census.AddEntity(cell);
            }
        }
    }

    public ActorCell[] SnapshotEntities()
    {
        lock (_gate)
        {
            return [.. _entities.All.Values];
        }
    }

    /// <summary>Refuses what comes and lets the entities finish.</summary>
    /// <returns>When they have, and the claim to give back.</returns>
    public (Task Drained, ShardClaim? Claim) Close()
    {
        lock (_gate)
        {
            var claim = _phase == Phase.Owned ? _claim : null;
            _phase = Phase.Closed;
            while (_waiting.TryTake(out var waiting))
            {
                _host.Drop(waiting.Delivery, DropReason.HostStopped);
            }

            return (Task.WhenAll(_entities.All.Values.Select(cell => cell.DrainAsync())), claim);
        }
    }

    private DropReason? Post(WaitingMessage message)
    {
        Way way;
        lock (_gate)
        {
            switch (RefreshPhase())
            {
                case Phase.Closed:
                    return DropReason.HostStopped;
                case Phase.Owned:
                    return _entities.Post(message.Target, message.Delivery);
                case Phase.Resolving:
                    return _waiting.Add(message);
                case Phase.Unknown or Phase.Remote when message.Hops is > MaxHopsAtOnce and <= MaxHops:
                    return Hold(message);
                default:
                    way = WayElsewhere();
                    break;
            }
        }

        return SendOn(way, message);
    }

    /// <summary>Keeps a message that nodes send to each other until they know more, and those that come meanwhile behind it.</summary>
    private DropReason? Hold(WaitingMessage message)
    {
        _phase = Phase.Resolving;
        _heardEpoch = 0;
        _host.Dispatcher.Start(static shard => ((Shard)shard).HoldAsync(), this);
        return _waiting.Add(message);
    }

    private void Take(ShardClaim claim)
    {
        _claim = claim;
        _isClaimOver = false;
        _unreached = false;
    }

    private void HearEpoch(long epoch)
    {
        if (epoch <= Epoch)
        {
            return;
        }

        switch (_phase)
        {
            case Phase.Owned:
                _ = BeginYield(release: null);
                break;
            case Phase.Remote:
                _phase = Phase.Unknown;
                break;
            default:
                break;
        }

        _heardEpoch = Math.Max(_heardEpoch, epoch);
    }

    private Phase RefreshPhase()
    {
        if (_phase == Phase.Remote && (_host.Placement.IsDead(_claim!.Owner) || IsLongUnreached()))
        {
            _phase = Phase.Unknown;
        }

        if (_phase == Phase.Unknown && _host.Placement.PreferredOwner(_id) == _host.Node.Node)
        {
            _phase = Phase.Resolving;
            _heardEpoch = 0;
            _host.Dispatcher.Start(static shard => ((Shard)shard).ResolveAsync(), this);
        }

        return _phase;
    }

    /// <summary>What an earlier life of this node owned is nobody's.</summary>
    private bool IsElsewhere(ShardClaim claim) => claim.Owner.Node != _host.Node.Node;

    private bool IsLongUnreached() =>
        _unreached && _host.Time.GetElapsedTime(_unreachedSince) >= _host.Options.ClaimRetryInterval;

    /// <summary>Whoever owns the shard next does so at a later epoch than one that is over: the node that is to own it learns by this that it may.</summary>
    private Way WayElsewhere() => new(
        _phase == Phase.Remote ? _claim!.Owner.Node : _host.Placement.PreferredOwner(_id),
        _claim,
        _isClaimOver ? Epoch + 1 : Epoch);

    private DropReason? SendOn(Way way, WaitingMessage message)
    {
        if (message.Hops > MaxHops)
        {
            return DropReason.TooManyHops;
        }

        if (message.From is { } from && way.Claim is { } claim && claim.Owner.Node == way.Node)
        {
            _host.Traffic.Send(from, new RemoteEnvelope.Owner(claim));
        }

        var reason = _host.Traffic.SendToEntity(way.Node, message.Target, way.Epoch, message.Hops, message.Delivery);
        if (reason == DropReason.Unreachable)
        {
            NoteUnreached();
        }

        return reason;
    }

    private void NoteUnreached()
    {
        lock (_gate)
        {
            if (!_unreached)
            {
                _unreached = true;
                _unreachedSince = _host.Time.GetTimestamp();
            }
        }
    }

    /// <summary>Where a message goes on.</summary>
    /// <param name="Node">Who owns the shard, or is to own it.</param>
    /// <param name="Claim">The newest claim that is known.</param>
    /// <param name="Epoch">The lowest epoch at which it can be owned.</param>
    private readonly record struct Way(NodeId Node, ShardClaim? Claim, long Epoch);
}
