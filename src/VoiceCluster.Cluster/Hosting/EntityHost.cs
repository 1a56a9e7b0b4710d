using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using VoiceCluster.Cluster.Clocks;
using VoiceCluster.Cluster.Store;
using VoiceCluster.Cluster.Transport;
using VoiceCluster.Domain.Identities;

namespace VoiceCluster.Cluster.Hosting;

/// <summary>The actor host of one node.</summary>
/// <remarks>
/// <para>Order of use: construct, <see cref="Register"/> the kinds, <see cref="Start"/>, then anything, <see cref="StopAsync"/>.</para>
/// <para>
/// A sharded entity runs where its shard is owned. The first message to a shard asks the placement and then the store for the owner;
/// messages wait meanwhile. One that reaches the wrong node is passed on, and its sender is told the owner.
/// </para>
/// <para>
/// A failed actor is stopped and, after a growing wait, replaced by what its factory makes next; its mailbox stays. That holds for local
/// actors too: one whose socket is gone calls <see cref="IActorContext.Stop"/> from <see cref="Actor.StartAsync"/> to end instead.
/// A request that is neither answered nor taken with <see cref="IActorContext.TakeReply"/> fails as soon as it is handled.
/// </para>
/// <para>An entity without messages for a time is put away; a set timer keeps it awake.</para>
/// </remarks>
public sealed partial class EntityHost : IEntityHost, IAsyncDisposable
{
    private readonly IShardStore _store;
    private readonly Dictionary<EntityKind, Func<ActorAddress, Actor>> _factories = [];
    private readonly Shard[] _shards;
    private readonly LocalActors _locals;
    private readonly PendingAsks _asks;
    private readonly CancellationTokenSource _abort = new();
    private readonly CancellationToken _aborted;
    private readonly Lock _gate = new();
    private volatile StrongBox<NodeIncarnation> _node;
    private ITimer? _passivation;
    private Task? _stopped;
    private bool _started;

    /// <summary>Makes a host that does nothing before <see cref="Start"/>.</summary>
    public EntityHost(
        NodeIncarnation node,
        IShardStore store,
        INodeTransport transport,
        IMessageCodec codec,
        TimeProvider time,
        ILogger<EntityHost> logger,
        EntityHostOptions? options = null,
        IShardPlacement? placement = null)
    {
        _node = new StrongBox<NodeIncarnation>(node);
        Process = node;
        _store = store;
        Time = time;
        Timers = new TimerSlots(time);
        Logger = logger;
        Options = options ?? new EntityHostOptions();
        Placement = placement ?? new RendezvousPlacement(node.Node);
        Dispatcher = new Dispatcher(Options);
        _aborted = _abort.Token;
        HandlingLimits = new DeadlinePool(Options.HandlingDeadline, (time as ClusterClock)?.Machine ?? time, _aborted);
        _asks = new PendingAsks(node, time, Counters, Options.MaxPendingAsks);
        Traffic = new RemoteTraffic(this, transport, codec, _asks);
        _locals = new LocalActors(this);
        _shards = [.. Enumerable.Range(0, ShardId.Count).Select(value => new Shard(new ShardId(value), this))];
    }

    /// <summary>Called with each shard that this node has come to own, before its first entity has started. Must not wait.</summary>
    public event Action<ShardClaim>? ShardOwned;

    /// <inheritdoc />
    public NodeIncarnation Node => _node.Value;

    /// <summary>This process: the incarnation that the node began with, whatever membership has given it since.</summary>
    public NodeIncarnation Process { get; }

    internal TimeProvider Time { get; }

    internal TimerSlots Timers { get; }

    internal ILogger Logger { get; }

    internal EntityHostOptions Options { get; }

    internal IShardPlacement Placement { get; }

    /// <summary>How long one message may take.</summary>
    internal DeadlinePool HandlingLimits { get; }

    internal Dispatcher Dispatcher { get; }

    internal HostCounters Counters { get; } = new();

    internal RemoteTraffic Traffic { get; }

    /// <summary>Sets what makes the entities of a kind; before <see cref="Start"/>.</summary>
    public void Register(EntityKind kind, Func<EntityAddress, Actor> factory)
    {
        if (_started)
        {
            throw new InvalidOperationException("Kinds are registered before the host starts.");
        }

        _factories.Add(kind, address => factory((EntityAddress)address));
    }

    /// <summary>Begins to take messages of other nodes.</summary>
    public void Start()
    {
        _started = true;
        Telemetry.Observe(this);
        if (Options.PassivationIdleTime > TimeSpan.Zero)
        {
            var period = Options.PassivationIdleTime / 4;
            _passivation = Time.CreateTimer(static host => ((EntityHost)host!).PassivateIdle(), this, period, period);
        }

        Traffic.Start();
    }

    /// <inheritdoc />
    public bool Tell(ActorAddress target, IActorMessage message) => Deliver(target, new Delivery(message));

    /// <inheritdoc />
    public async Task<TReply> AskAsync<TReply>(
        ActorAddress target,
        IRequest<TReply> request,
        TimeSpan deadline,
        CancellationToken cancellation = default)
        where TReply : IActorMessage
    {
        var ask = _asks.TryOpen(request, target, deadline, cancellation);
        if (ask is null)
        {
            Counters.Dropped(DropReason.TooManyAsks);
            HostCounters.AskFailed(AskFailure.Overloaded);
            throw new AskException(AskFailure.Overloaded, "Too many requests wait for answers on this node.");
        }

        Deliver(target, new Delivery(request, ask));
        var answer = await ask.Result;
        var isReadable = !Options.EncodesOwnMessages || target is not EntityAddress || Traffic.TryCopy(answer, out answer);
        return isReadable && answer is TReply reply
            ? reply
            : throw new AskException(AskFailure.Faulted, $"{request.GetType().Name} was answered with something else than a {typeof(TReply).Name}.");
    }

    /// <inheritdoc />
    /// <exception cref="InvalidOperationException">The name is taken, or the host is stopping.</exception>
    public LocalAddress Spawn(string name, Func<Actor> factory) => _locals.Spawn(name, factory);

    /// <summary>Takes notice of a claim that membership or another node told of.</summary>
    public void Learn(ShardClaim claim) => _shards[claim.Shard.Value].Learn(claim);

    /// <summary>Hands a shard in, if it is this node's: its entities stop, then the store is told.</summary>
    public Task ReleaseShardAsync(ShardId shard) => _shards[shard.Value].ReleaseAsync();

    /// <summary>As <see cref="ReleaseShardAsync(ShardId)"/>, and gives back what the store has as this node's without its knowing: an answer may get lost.</summary>
    public Task ReleaseShardAsync(ShardClaim stored) => _shards[stored.Shard.Value].ReleaseAsync(stored);

    /// <summary>Takes notice that an owner has given a shard back.</summary>
    public void LearnReleased(ShardClaim claim) => _shards[claim.Shard.Value].LearnReleased(claim);

    /// <summary>Begins to claim a shard, if it should be this node's and nobody living owns it.</summary>
    public void AcquireShard(ShardId shard) => _shards[shard.Value].Acquire();

    /// <summary>Starts a stored entity of an owned shard without a message, so that its timers run.</summary>
    public void Wake(EntityAddress entity) => _shards[entity.Shard.Value].Wake(entity);

    /// <summary>Tells every entity of a kind that is awake here.</summary>
    public void TellAll(EntityKind kind, IActorMessage message)
    {
        foreach (var entity in _shards.SelectMany(shard => shard.SnapshotEntities()).Select(cell => cell.Self).OfType<EntityAddress>())
        {
            // Not by way of the codec: such a message never leaves its node and has no name on the wire.
            if (entity.Kind == kind && _shards[entity.Shard.Value].Post(entity, new Delivery(message)) is { } reason)
            {
                Counters.Dropped(reason);
            }
        }
    }

    /// <summary>Tells another node whose a shard is; it may not arrive.</summary>
    public void TellOwner(NodeId node, ShardClaim claim) => Traffic.Send(node, new RemoteEnvelope.Owner(claim));

    /// <summary>Goes on with another incarnation, because membership has ended the last one: gives up every shard, keeps everything else.</summary>
    /// <returns>Done when the entities have stopped.</returns>
    public Task RejoinAsync(NodeIncarnation node)
    {
        _node = new StrongBox<NodeIncarnation>(node);
        return Task.WhenAll(_shards.Select(shard => shard.ForsakeAsync()));
    }

    /// <summary>The shards that this node owns at the moment.</summary>
    public IReadOnlyList<ShardId> GetOwnedShards() =>
        [.. Enumerable.Range(0, ShardId.Count).Where(value => _shards[value].IsOwned).Select(value => new ShardId(value))];

    /// <summary>Whose the shard is, as far as this node knows; null when it would have to ask.</summary>
    public ShardClaim? FindKnownClaim(ShardId shard) => _shards[shard.Value].KnownClaim;

    /// <summary>Whose the shard is, as far as this node knows, or else who should come to own it.</summary>
    public NodeId FindOwner(ShardId shard) => FindKnownClaim(shard)?.Owner.Node ?? Placement.PreferredOwner(shard);

    /// <summary>Asks the store about every shard this node believes to own, and gives up those that are another's by now.</summary>
    /// <returns>False when the store did not answer: nothing is known then.</returns>
    public async Task<bool> ConfirmOwnershipAsync(CancellationToken cancellation)
    {
        try
        {
            foreach (var shard in GetOwnedShards())
            {
                Learn(await _store.ClaimShardAsync(shard, Node, replacing: null, cancellation));
            }

            return true;
        }
        catch (StoreUnavailableException)
        {
            return false;
        }
    }

    /// <summary>How often something went wrong in this process that may have left its parts with different ideas, since the start.</summary>
    public long Losses => Counters.Losses;

    /// <summary>What the host holds and has done.</summary>
    public EntityHostStatus ReadStatus()
    {
        var census = TakeCensus();
        return new EntityHostStatus(
            census.Entities,
            census.LocalActors,
            GetOwnedShards().Count,
            Interlocked.Read(ref Counters.Timers),
            _asks.Count,
            census.Queued,
            census.DeepestMailbox,
            Counters.HandledTotal,
            Counters.DroppedTotal,
            Counters.LateReplies,
            Counters.Restarts,
            Counters.Passivations);
    }

    /// <summary>
    /// Stops: local actors first, then entities, each after what is in its mailbox; then shards are given back. Actors that have not ended
    /// by the deadline are cancelled and left behind.
    /// </summary>
    public Task StopAsync(TimeSpan deadline)
    {
        lock (_gate)
        {
            return _stopped ??= StopOnceAsync(deadline);
        }
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await StopAsync(Options.HostStopDeadline);
        _abort.Dispose();
    }

    internal void TellOwned(ShardClaim claim) => ShardOwned?.Invoke(claim);

    internal Func<ActorAddress, Actor>? FindFactory(EntityKind kind) => _factories.GetValueOrDefault(kind);

    internal ActorCensus TakeCensus() => new(_shards, _locals);

    /// <summary>Lets the end of the stop deadline cancel what an actor is doing.</summary>
    internal CancellationTokenRegistration LinkAbort(CancellationTokenSource source) =>
        _aborted.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), source);

    /// <summary>Claims a shard that is free or whose owner is known to be gone, this node's earlier lives among them.</summary>
    internal async Task<ShardClaim> ClaimAsync(ShardId shard, CancellationToken cancellation)
    {
        var claim = await _store.ClaimShardAsync(shard, Node, replacing: null, cancellation);
        var isOver = claim.Owner != Node && (claim.Owner.Node == Node.Node || Placement.IsDead(claim.Owner));
        return isOver ? await _store.ClaimShardAsync(shard, Node, claim.Owner, cancellation) : claim;
    }

    /// <summary>False when it may still be in force.</summary>
    internal async Task<bool> TryReleaseAsync(ShardClaim claim)
    {
        if (claim.Owner != Node)
        {
            return false;
        }

        // Best effort: a claim that stays behind is taken over as a dead node's.
        try
        {
            using var limit = new CancellationTokenSource(Options.ClaimDeadline, Time);
            await _store.ReleaseShardAsync(claim, limit.Token);
            return true;
        }
        catch (Exception exception)
        {
            Log.ReleaseFailed(Logger, claim.Shard.Value, exception);
            return false;
        }
    }

    /// <summary>Brings a message of another node on its way.</summary>
    internal void Deliver(NodeId from, RemoteEnvelope.ToEntity envelope, Delivery delivery)
    {
        if (_shards[envelope.Target.Shard.Value].Post(from, envelope, delivery) is { } reason)
        {
            Drop(delivery, reason);
        }
    }

    /// <summary>As the other, to a local actor.</summary>
    internal void Deliver(RemoteEnvelope.ToLocal envelope, Delivery delivery)
    {
        if (_locals.Post(envelope.Name, delivery) is { } reason)
        {
            Drop(delivery, reason);
        }
    }

    internal void Drop(Delivery delivery, DropReason reason)
    {
        Counters.Dropped(reason);
        delivery.Reply?.Fail(reason.ToFailure());
    }

    private bool Deliver(ActorAddress target, Delivery delivery)
    {
        if (Post(target, delivery) is not { } reason)
        {
            return true;
        }

        Drop(delivery, reason);
        return false;
    }

    private DropReason? Post(ActorAddress target, Delivery delivery) => target switch
    {
        EntityAddress entity when Options.EncodesOwnMessages => PostEncoded(entity, delivery),
        EntityAddress entity => _shards[entity.Shard.Value].Post(entity, delivery),
        LocalAddress local when local.Node == Node.Node => _locals.Post(local.Name, delivery),
        LocalAddress local => Traffic.SendToLocal(local, delivery),
        _ => DropReason.ActorGone,
    };

    private DropReason? PostEncoded(EntityAddress target, Delivery delivery) =>
        Traffic.TryCopy(delivery.Message, out var copy)
            ? _shards[target.Shard.Value].Post(target, new Delivery(copy, delivery.Reply))
            : DropReason.NotEncodable;

    private void PassivateIdle()
    {
        foreach (var shard in _shards)
        {
            shard.PassivateIdle(Options.PassivationIdleTime);
        }
    }

    private async Task StopOnceAsync(TimeSpan deadline)
    {
        await Task.Yield();
        _passivation?.Dispose();
        using var limit = new CancellationTokenSource(deadline, Time);
        await WaitOrAbandonAsync(_locals.CloseAsync(), limit.Token);
        var closing = _shards.Select(shard => shard.Close()).ToArray();
        await WaitOrAbandonAsync(Task.WhenAll(closing.Select(shard => shard.Drained)), limit.Token);
        await _abort.CancelAsync();
        await Task.WhenAll(closing.Where(shard => shard.Claim is not null).Select(shard => TryReleaseAsync(shard.Claim!)));
        _asks.FailAll(AskFailure.Unreachable);
        Telemetry.Forget(this);
    }

    private async Task WaitOrAbandonAsync(Task actors, CancellationToken deadline)
    {
        try
        {
            await actors.WaitAsync(deadline);
            return;
        }
        catch (OperationCanceledException)
        {
            await _abort.CancelAsync();
        }

        try
        {
            await actors.WaitAsync(Options.ActorStopDeadline, Time, CancellationToken.None);
        }
        catch (TimeoutException)
        {
            Log.Abandoned(Logger, Node);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(40, LogLevel.Warning, "Shard {Shard} could not be given back")]
        public static partial void ReleaseFailed(ILogger logger, int shard, Exception exception);

        [LoggerMessage(42, LogLevel.Warning, "{Node} stops while some actors have not")]
        public static partial void Abandoned(ILogger logger, NodeIncarnation node);
    }
}
