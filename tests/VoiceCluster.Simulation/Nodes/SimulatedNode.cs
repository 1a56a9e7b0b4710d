using Microsoft.Extensions.Logging;
using VoiceCluster.Cluster;
using VoiceCluster.Cluster.Credentials;
using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Cluster.Limits;
using VoiceCluster.Cluster.Lvsp;
using VoiceCluster.Cluster.Membership;
using VoiceCluster.Cluster.Messages.Wire;
using VoiceCluster.Cluster.Placement;
using VoiceCluster.Cluster.Reconciliation;
using VoiceCluster.Cluster.Store;
using VoiceCluster.Cluster.VoiceChannels;
using VoiceCluster.Cluster.VoiceStates;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Domain.Media;
using VoiceCluster.Domain.Membership;
using VoiceCluster.Simulation.Machinery;

namespace VoiceCluster.Simulation.Nodes;

/// <summary>One life of a node: the real host, the real membership and the real voice entities on simulated ports.</summary>
internal sealed class SimulatedNode
{
    private static readonly MembershipTimes Times = new();

    private readonly SimulatedNetwork _network;
    private readonly SimulatedStore _store;
    private readonly StoreAccess _access;
    private readonly SimulatedTransport _transport;
    private readonly RealmQuota _quota;
    private readonly MembershipPlacement _placement;
    private readonly ILoggerFactory _loggers;
    private readonly Agenda _agenda;
    private readonly Queue<Action> _held = new();
    private readonly List<SimulatedSession> _sessions = [];
    private readonly BelievedClaims _believed = new();

    public SimulatedNode(NodeIncarnation life, SimulatedClock clock, World world)
    {
        var (network, store, chance, parts, loggers) = (world.Network, world.Store, world.Chance, world.Parts, world.LogsOf(life));
        (Life, Clock, _network, _store, _agenda, _loggers) = (life, clock, network, store, world.Agenda, loggers);
        clock.Run = Run;
        _transport = network.Join(life, Run, (node, isReachable) => ClusterNodeActor.TellReachability(Host!, node, isReachable));
        _access = parts.Store(store, life.Node, Run);
        store.Connect(_access);
        _placement = new MembershipPlacement(life.Node);
        var options = new EntityHostOptions { Scheduler = Scheduler, Jitter = chance.Share };
        Host = new EntityHost(
            life, _access, _transport, ClusterMessages.Codec, clock, loggers.CreateLogger<EntityHost>(), options, parts.Placement(_placement));
        Membership = new ClusterMembership(_access, Times, static () => string.Empty, clock, chance.Positive);
        var settings = new VoiceSettings
        {
            Endpoint = () => life.Node.Value,
            UnclaimedTimeout = TimeSpan.FromDays(10_000),
            ResumeWindow = TimeSpan.FromSeconds(10),
            ChannelIdleTimeout = TimeSpan.FromDays(10_000),
        };
        _quota = new RealmQuota(settings);
        Register(settings);
        Worker = new SimulatedWorker(parts, plan => Obeyed(plan));
    }

    /// <summary>The life that the process began with.</summary>
    public NodeIncarnation Life { get; }

    public SimulatedClock Clock { get; }

    public EntityHost Host { get; }

    public ClusterMembership Membership { get; }

    public SimulatedWorker Worker { get; }

    public SimulatedScheduler Scheduler { get; } = new();

    /// <summary>Called with every plan that the worker obeys.</summary>
    public Action<ForwardingPlan> Obeyed { get; set; } = static _ => { };

    /// <summary>The connections as its parts know them.</summary>
    public LocalSessions Held { get; } = new();

    /// <summary>The connections that it holds.</summary>
    public IReadOnlyCollection<SimulatedSession> Sessions => _sessions;

    /// <summary>Since when it is a member and takes users; null before.</summary>
    public TimeSpan? ServingSince { get; private set; }

    public bool IsServing => ServingSince is not null && !IsOver;

    /// <summary>Since when it has not stood still.</summary>
    public TimeSpan AwakeSince { get; private set; }

    /// <summary>Whether the process is gone.</summary>
    public bool IsOver { get; private set; }

    public bool IsFrozen { get; private set; }

    public bool CanRun => !IsFrozen && Scheduler.HasWork;

    public WorkerId WorkerId => new(Life, 0);

    /// <summary>Begins, as a node's composition does.</summary>
    public void Start(Action gaveUp) => Scheduler.Post(async () =>
    {
        try
        {
            var (life, joinedAt) = await Membership.EnterAsync(Life, _placement, CancellationToken.None);
            if (IsOver)
            {
                return;
            }

            if (life != Life)
            {
                await Host.RejoinAsync(life);
            }

            Host.Start();
            Host.Spawn(LocalAddress.WorkerName(0), Worker.CreateActor);
            var settings = new ClusterNodeSettings { JoinedAt = () => joinedAt };
            var logger = _loggers.CreateLogger<ClusterNodeActor>();
            Host.Spawn(ClusterNodeActor.Name, () => new ClusterNodeActor(_access, Host, _transport, Membership, _placement, settings, logger));
            Host.Spawn(ReconciliationActor.Name, () =>
                new ReconciliationActor(Held, _believed, () => _placement.Table, () => Host.Losses, _loggers.CreateLogger<ReconciliationActor>()));
            ServingSince = _agenda.Now;
        }
        catch (Exception error) when (error is StoreUnavailableException or NodeNameTakenException)
        {
            gaveUp();
        }
    });

    /// <summary>A client connects.</summary>
    public void Open(string name, SimulatedSession session)
    {
        _sessions.RemoveAll(other => other.IsOver);
        _sessions.Add(session);
        Scheduler.Post(() => Host.Spawn(name, () => session.CreateActor(Held)));
    }

    /// <summary>The process ends without a word.</summary>
    public void Crash()
    {
        IsOver = true;
        _network.Leave(_transport);
        _store.Disconnect(_access);
        Scheduler.Close();
        Telemetry.Forget(Host);
        _quota.Dispose();
    }

    /// <summary>The process stands still, as after SIGSTOP: its clocks go on.</summary>
    public void Freeze() => IsFrozen = _transport.IsHeld = true;

    public void Continue()
    {
        IsFrozen = _transport.IsHeld = false;
        AwakeSince = _agenda.Now;
        while (_held.TryDequeue(out var action))
        {
            Scheduler.Post(action);
        }
    }

    private void Register(VoiceSettings settings)
    {
        var minter = new CredentialMinter(new byte[32]);
        var notifier = new LvspNotifier(_access, _transport, new Lazy<IEntityHost>(() => Host), Clock, _loggers.CreateLogger<LvspNotifier>());
        var ended = new EndedRevisions();
        Host.Register(EntityKind.VoiceChannel, _ => new VoiceChannelActor(_access, _access, settings, _quota, minter, notifier, new Unplaced()));
        Host.Register(EntityKind.VoiceState, _ => new VoiceStateActor(
            _access, settings, _quota, minter, notifier, new Unplaced(), ended, _believed, _loggers.CreateLogger<VoiceStateActor>()));
    }

    private void Run(Action action)
    {
        if (IsOver)
        {
            return;
        }

        if (IsFrozen)
        {
            _held.Enqueue(action);
        }
        else
        {
            Scheduler.Post(action);
        }
    }

    /// <summary>Users of a simulation go where they like.</summary>
    private sealed class Unplaced : IVoicePlacement
    {
        public NodeId? Find(ChannelKey channel, IEnumerable<NodeId> serving) => null;

        public void Count(ChannelKey channel, NodeId node)
        {
        }

        public bool TakesElsewhere => true;

        public bool Takes(NodeId node) => true;

        public bool IsLost(NodeIncarnation process) => false;

        public string EndpointOf(NodeId? node) => string.Empty;
    }
}
