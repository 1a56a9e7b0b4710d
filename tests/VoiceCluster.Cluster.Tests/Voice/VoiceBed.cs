using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.Extensions.Logging.Abstractions;
using VoiceCluster.Cluster.Credentials;
using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Cluster.Limits;
using VoiceCluster.Cluster.Lvsp;
using VoiceCluster.Cluster.Messages;
using VoiceCluster.Cluster.Messages.Wire;
using VoiceCluster.Cluster.Reconciliation;
using VoiceCluster.Cluster.Store;
using VoiceCluster.Cluster.Tests.Specification;
using VoiceCluster.Cluster.Transport;
using VoiceCluster.Cluster.VoiceChannels;
using VoiceCluster.Cluster.VoiceStates;
using VoiceCluster.Domain.Channels;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Domain.Media;
using VoiceCluster.Domain.VoiceStates;
using VoiceCluster.Protocol.Gateway;
using VoiceCluster.Protocol.Primitives;
using VoiceCluster.TestKit;

namespace VoiceCluster.Cluster.Tests.Voice;

/// <summary>The voice entities on a real host with ports in memory, and probes in place of gateways and packet loops.</summary>
internal sealed class VoiceBed : IAsyncDisposable
{
    public static readonly Realm Realm = new("default");
    public static readonly ChannelKey Channel = new(Realm, new Snowflake(20), new Snowflake(30));
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private readonly NodeIncarnation _node = new(new NodeId("node-1"), 7);

    public VoiceBed(int maxChannels = 100, int maxStates = 100)
    {
        Store = new InMemoryClusterStore(Time);
        Faults = new FaultyStore(Store);
        Settings = new VoiceSettings { Endpoint = () => "voice.test:443", MaxChannelsPerRealm = maxChannels, MaxVoiceStatesPerRealm = maxStates };
        Quota = new RealmQuota(Settings);
        // Everything is written and read as if the entities lived on other nodes.
        var options = new EntityHostOptions { EncodesOwnMessages = true };
        var links = new InProcessNetwork().Join(_node);
        Host = new EntityHost(_node, Faults, links, ClusterMessages.Codec, Time, NullLogger<EntityHost>.Instance, options);
        var minter = new CredentialMinter(new byte[32]);
        var ended = new EndedRevisions();
        var notifier = new LvspNotifier(Faults, links, new Lazy<IEntityHost>(() => Host), Time, NullLogger<LvspNotifier>.Instance);
        Host.Register(EntityKind.VoiceChannel, _ => new VoiceChannelActor(Faults, Faults, Settings, Quota, minter, notifier, Placement));
        Host.Register(EntityKind.VoiceState, _ => new VoiceStateActor(
            Faults, Settings, Quota, minter, notifier, Placement, ended, new BelievedClaims(), NullLogger<VoiceStateActor>.Instance));
        Host.Start();
        Worker = new WorkerId(_node, 0);
        Host.Spawn(LocalAddress.WorkerName(0), () => new Probe(Plans.Writer));
    }

    public ManualTimeProvider Time { get; } = new();

    public InMemoryClusterStore Store { get; }

    /// <summary>What each realm has.</summary>
    public RealmQuota Quota { get; }

    /// <summary>What the host sees of the store.</summary>
    public FaultyStore Faults { get; }

    public EntityHost Host { get; }

    public VoiceSettings Settings { get; }

    public WorkerId Worker { get; }

    public FakePlacement Placement { get; } = new();

    public Channel<IActorMessage> Plans { get; } = System.Threading.Channels.Channel.CreateUnbounded<IActorMessage>();

    public (GatewayAddress Address, ChannelReader<IActorMessage> Messages) NewGateway(string name)
    {
        var messages = System.Threading.Channels.Channel.CreateUnbounded<IActorMessage>();
        Host.Spawn(name, () => new Probe(messages.Writer));
        return (new GatewayAddress(_node.Node, name), messages.Reader);
    }

    public static VoiceStateKey State(ulong user) => new(Realm, Channel.ScopeId, new Snowflake(user));

    /// <summary>A user's state as it is in the store.</summary>
    public VoiceState? ReadStored(ulong user)
    {
        var address = EntityAddress.Of(State(user));
        var row = Store.LoadAsync(address.Kind, address.Key, CancellationToken.None).GetAwaiter().GetResult();
        return row is null ? null : JsonSerializer.Deserialize(row.State.Span, EntityJson.Default.VoiceState);
    }

    public Task<VoiceChannelReply> AskAsync(VoiceChannelCommand command) => Host.AskChannelAsync(new VoiceChannelRequest(Channel, command), Deadline);

    public Task<VoiceStateReply> AskAsync(ulong user, VoiceStateCommand command) =>
        Host.AskStateAsync(new VoiceStateRequest(State(user), command), Deadline);

    public Task<VoiceChannelReply> EnsureAsync() => AskAsync(new VoiceChannelCommand.Ensure(null, "lvsp-1", CredentialMinter.NewSalt()));

    public Task<VoiceStateReply> JoinAsync(ulong user) =>
        AskAsync(user, new VoiceStateCommand.Join(Channel, null, default, "lvsp-1", CredentialMinter.NewCredentials()));

    /// <summary>Joins, claims and enters the call, as a gateway does.</summary>
    public async Task<ChannelSession> EnterAsync(ulong user, GatewayAddress gateway, ValueArray<VoiceCodec> codecs = default, WorkerId? worker = null)
    {
        var joined = await JoinAsync(user);
        var claim = new VoiceStateCommand.Claim(Guid.NewGuid(), gateway, joined.Membership!.SessionId, AcceptAnyFirstSessionId: false);
        (await Host.AskStateAsync(new ClaimVoiceState(State(user), claim, joined.Token, null), Deadline)).Changed.ShouldBeTrue();
        var session = new ChannelSession
        {
            ClaimId = claim.ClaimId,
            UserId = new Snowflake(user),
            Gateway = gateway,
            Worker = worker ?? Worker,
            MediaSession = new MediaSessionId(user),
            Ssrc = new Ssrc((uint)user * 16),
        };
        (await AskAsync(new VoiceChannelCommand.AttachSession(session))).Refusal.ShouldBeNull();
        await AskAsync(new VoiceChannelCommand.EnterCall(claim.ClaimId, codecs));
        return session with { InCall = true };
    }

    /// <summary>Lets time pass until a plan fits.</summary>
    public async Task<ForwardingPlan> NextPlanAsync(Func<ForwardingPlan, bool> fits)
    {
        var next = NextAsync<PublishPlan>(Plans.Reader, publish => fits(publish.Plan));
        await Time.AdvanceUntilAsync(next, TimeSpan.FromMilliseconds(5));
        return (await next).Plan;
    }

    /// <summary>Waits until the host holds what is wanted.</summary>
    public Task UntilAsync(Func<EntityHostStatus, bool> condition, [CallerArgumentExpression(nameof(condition))] string text = "") =>
        Eventually.HoldsAsync(() => condition(Host.ReadStatus()), text);

    /// <summary>Reads messages until one fits.</summary>
    public static async Task<TMessage> NextAsync<TMessage>(ChannelReader<IActorMessage> messages, Func<TMessage, bool>? fits = null)
    {
        using var deadline = new CancellationTokenSource(Deadline);
        while (true)
        {
            if (await messages.ReadAsync(deadline.Token) is TMessage message && fits?.Invoke(message) != false)
            {
                return message;
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Host.DisposeAsync();
        Quota.Dispose();
    }

    private sealed class Probe(ChannelWriter<IActorMessage> messages) : Actor
    {
        protected internal override ValueTask ReceiveAsync(IActorMessage message, CancellationToken cancellation) =>
            messages.WriteAsync(message, cancellation);
    }
}
