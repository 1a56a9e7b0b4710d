using System.Collections.Immutable;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using VoiceCluster.Cluster;
using VoiceCluster.Cluster.Clocks;
using VoiceCluster.Cluster.Credentials;
using VoiceCluster.Cluster.Directory;
using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Cluster.Limits;
using VoiceCluster.Cluster.Lvsp;
using VoiceCluster.Cluster.Membership;
using VoiceCluster.Cluster.Messages.Wire;
using VoiceCluster.Cluster.Placement;
using VoiceCluster.Cluster.Reconciliation;
using VoiceCluster.Cluster.Store;
using VoiceCluster.Cluster.Store.Postgres;
using VoiceCluster.Cluster.Transport;
using VoiceCluster.Cluster.UdpIngress;
using VoiceCluster.Cluster.VoiceChannels;
using VoiceCluster.Cluster.VoiceStates;
using VoiceCluster.Domain.Directory;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Domain.Media;
using VoiceCluster.Domain.Membership;
using VoiceCluster.Domain.Placement;
using VoiceCluster.Gateways;
using VoiceCluster.Gateways.Lvsp;
using VoiceCluster.Gateways.Splices;
using VoiceCluster.Gateways.Voice;
using VoiceCluster.Media;
using VoiceCluster.Media.Relay;
using VoiceCluster.Media.Telemetry;
using VoiceCluster.Node.Configuration;
using VoiceCluster.Node.Drain;
using VoiceCluster.Node.Health;
using VoiceCluster.Protocol.Gateway;
using VoiceCluster.Protocol.Lvsp;
using VoiceCluster.Udp;

namespace VoiceCluster.Node.Composition;

/// <summary>Puts the voice parts of a node together: media plane, actors, gateways.</summary>
internal static class VoiceServices
{
    public static void Add(IServiceCollection services, NodeOptions options)
    {
        var node = new NodeIncarnation(new NodeId(options.Node.Id), RandomNumberGenerator.GetInt32(1, int.MaxValue));
        AddCluster(services, options, node);
        AddMedia(services, options, node);
        AddGateways(services, options);
        services.AddSingleton<SessionTurnover>();
        services.AddSingleton<NodeHealth>();
        services.AddSingleton<INodeHealth>(provider => provider.GetRequiredService<NodeHealth>());
        services.AddHostedService<VoiceNode>();
        services.AddSingleton<NodeDraining>();
        services.AddHostedService(provider => provider.GetRequiredService<NodeDraining>());
    }

    private static void AddCluster(IServiceCollection services, NodeOptions options, NodeIncarnation node)
    {
        AddStore(services, options, node);
        services.AddSingleton<IEntityStore>(provider => provider.GetRequiredService<IClusterStore>());
        services.AddSingleton<IPlanStore>(provider => provider.GetRequiredService<IClusterStore>());
        services.AddSingleton<ILvspSessionStore>(provider => provider.GetRequiredService<IClusterStore>());
        services.AddSingleton<IVoiceDirectory, VoiceDirectory>();
        services.AddSingleton(new CredentialMinter(SecretOf(options.Cluster)));
        services.AddSingleton<EndedRevisions>();
        services.AddSingleton(provider => SettingsOf(options, provider.GetRequiredService<NodeListeners>()));
        services.AddSingleton(new PlacementOptions { RegionGroups = options.Node.RegionGroups });
        services.AddSingleton<NodeLiveness>();
        services.AddSingleton(provider => CreatePlacement(provider, node.Node, options.Node.Region));
        services.AddSingleton<IVoicePlacement>(provider => provider.GetRequiredService<VoicePlacement>());
        services.AddSingleton<RealmQuota>();
        services.AddSingleton<LvspNotifier>();
        services.AddSingleton<LocalSessions>();
        services.AddSingleton<BelievedClaims>();
        services.AddSingleton(provider => CreateHost(provider, node));
        services.AddSingleton(provider => new PlanConfirmation(
            provider.GetRequiredService<EntityHost>(), provider.GetService<StoredPlanReader>(), provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<IEntityHost>(provider => provider.GetRequiredService<EntityHost>());
        services.AddSingleton(provider => new Lazy<IEntityHost>(provider.GetRequiredService<IEntityHost>));
    }

    private static void AddStore(IServiceCollection services, NodeOptions options, NodeIncarnation node)
    {
        if (options.Cluster.Store == ClusterStoreKind.InMemory)
        {
            services.AddSingleton<IClusterStore, InMemoryClusterStore>();
            services.AddSingleton<IShardPlacement>(new RendezvousPlacement(node.Node));
            services.AddSingleton<INodeTransport>(_ => new InProcessNetwork().Join(node));
            return;
        }

        services.AddSingleton(new PostgresStoreOptions { ConnectionString = options.Cluster.PostgresConnectionString! });
        services.AddSingleton<PostgresClusterStore>();
        services.AddSingleton<IClusterStore>(provider => provider.GetRequiredService<PostgresClusterStore>());
        services.AddHostedService<PostgresStart>();
        NodeLinkServices.Add(services, options.Cluster, node);
        AddMembership(services, node);
    }

    private static void AddMembership(IServiceCollection services, NodeIncarnation node)
    {
        var placement = new MembershipPlacement(node.Node);
        services.AddSingleton(placement);
        services.AddSingleton<IShardPlacement>(placement);
        services.AddSingleton<NodeDescription>();
        services.AddSingleton(provider => new ClusterMembership(
            provider.GetRequiredService<IClusterStore>(),
            new MembershipTimes(),
            provider.GetRequiredService<NodeDescription>().Write,
            provider.GetRequiredService<TimeProvider>(),
            clock: provider.GetRequiredService<ClusterClock>()));
        services.AddHostedService<PlacementFeed>();
        services.AddHostedService<MembershipNode>();
        services.AddSingleton(provider => ActivatorUtilities.CreateInstance<StoredPlanReader>(provider, node));
        services.AddHostedService<StoredPlans>();
    }

    private static VoicePlacement CreatePlacement(IServiceProvider provider, NodeId self, string region) => new(
        self,
        region,
        provider.GetRequiredService<PlacementOptions>(),
        () => provider.GetRequiredService<NodeHealth>().Report,
        provider.GetRequiredService<VoiceSettings>().Endpoint,
        provider.GetRequiredService<NodeLiveness>(),
        provider.GetRequiredService<TimeProvider>());

    private static EntityHost CreateHost(IServiceProvider provider, NodeIncarnation node)
    {
        var host = new EntityHost(
            node,
            provider.GetRequiredService<IClusterStore>(),
            provider.GetRequiredService<INodeTransport>(),
            ClusterMessages.Codec,
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<EntityHost>>(),
            placement: provider.GetRequiredService<IShardPlacement>());
        var newChannel = ActivatorUtilities.CreateFactory<VoiceChannelActor>([]);
        var newState = ActivatorUtilities.CreateFactory<VoiceStateActor>([]);
        host.Register(EntityKind.VoiceChannel, _ => newChannel(provider, arguments: null));
        host.Register(EntityKind.VoiceState, _ => newState(provider, arguments: null));
        return host;
    }

    /// <summary>A node alone makes its own secret: what it signs does not outlive it either.</summary>
    private static byte[] SecretOf(ClusterOptions options) => options.Secret is { } secret
        ? SHA256.HashData(Encoding.UTF8.GetBytes(secret))
        : RandomNumberGenerator.GetBytes(SHA256.HashSizeInBytes);

    private static VoiceSettings SettingsOf(NodeOptions options, NodeListeners listeners) => new()
    {
        Endpoint = () => listeners.PublicEndpoint(options.Voice).ToString(),
        UnclaimedTimeout = options.Voice.UnclaimedTimeout,
        ResumeWindow = options.Voice.ResumeWindow,
        ChannelIdleTimeout = options.Voice.ChannelIdleTimeout,
        AcceptChannelToken = options.Lvsp.AcceptChannelToken,
        AcceptAnyFirstSessionId = options.Lvsp.SessionIdCheck == SessionIdCheck.FirstUse,
        MaxChannelsPerRealm = options.Limits.ChannelsPerRealm,
        MaxVoiceStatesPerRealm = options.Limits.VoiceStatesPerRealm,
    };

    private static void AddMedia(IServiceCollection services, NodeOptions options, NodeIncarnation node)
    {
        services.AddSingleton(_ => new LinkLayer(options.Media.LinkLayer));
        services.AddSingleton<OpenDatagramSocket>(provider =>
        {
            var linkLayer = provider.GetRequiredService<LinkLayer>();
            return socket => DatagramSockets.Open(socket, linkLayer: linkLayer);
        });
        services.AddSingleton(provider => CreateMediaPlane(provider, options, node));
        services.AddSingleton<IMediaPlane>(provider => provider.GetRequiredService<MediaPlane>());
        services.AddSingleton<MediaTelemetry>();
    }

    private static MediaPlane CreateMediaPlane(IServiceProvider provider, NodeOptions options, NodeIncarnation node)
    {
        // Packets bear the time at which the kernel took them, by the machine's own wall clock.
        var time = provider.GetRequiredService<TimeProvider>() is var clock and not ClusterClock ? clock : TimeProvider.System;
        var openSocket = provider.GetRequiredService<OpenDatagramSocket>();
        if (options.Cluster.Listen is not { } listen)
        {
            return new MediaPlane(node, MediaOptionsOf(options), time, openSocket);
        }

        var placement = provider.GetRequiredService<MembershipPlacement>();
        var relay = RelayOptionsOf(options, listen, placement);
        var media = new MediaPlane(node, MediaOptionsOf(options) with { Relay = relay }, time, openSocket);
        placement.Updated += _ => media.LocateRelays();
        return media;
    }

    /// <summary>Relay ports follow the port for links; only nodes that take links relay.</summary>
    private static RelayOptions RelayOptionsOf(NodeOptions options, IPEndPoint listen, MembershipPlacement placement) => new()
    {
        ListenAddress = listen.Address,
        Port = listen.Port == 0 ? 0 : listen.Port + 1,
        Secret = Encoding.UTF8.GetBytes(options.Cluster.Secret!),
        Find = new RelayAddresses(placement).Find,
    };

    private static VoiceCluster.Media.MediaOptions MediaOptionsOf(NodeOptions options) => new()
    {
        ListenAddress = options.Media.Listen.Address,
        Port = options.Media.Listen.Port,
        Workers = options.Media.Workers,
        AdvertisedAddress = options.Media.AdvertisedAddress ?? IPAddress.Loopback,
        Modes = options.Media.Modes,
        Dscp = options.Media.Dscp,
        MaximumSpeakers = options.Media.MaximumSpeakers,
        Urgency = options.Media.Urgency,
        Cores = options.Media.Cores,
        SocketBufferBytes = options.Media.SocketBuffer,
        MaximumAge = options.Media.MaximumAge,
        RoundInterval = options.Media.RoundInterval,
        PacketsPerSecond = options.Limits.PacketsPerSecondPerSession,
        VideoPacketsPerSecond = options.Limits.VideoPacketsPerSecondPerSession,
        AnswersPerSecond = options.Limits.AnswersPerSecondPerAddress,
        MaximumSessionsPerWorker = options.Limits.SessionsPerWorker,
        FailedOpensPerSecond = options.Limits.FailedOpensPerSecondPerAddress,
    };

    private static void AddGateways(IServiceCollection services, NodeOptions options)
    {
        services.AddSingleton(LvspOptionsOf(options));
        services.AddSingleton<LvspEndpoint>();
        services.AddSingleton(new VoiceGatewayOptions
        {
            HeartbeatInterval = options.Voice.HeartbeatInterval,
            MaxMessageBytes = options.Limits.VoiceMessageSize,
            MessagesPerMinute = options.Limits.VoiceMessagesPerMinute,
            MessagesPerSecond = options.Limits.VoiceMessagesPerSecond,
            VoiceBackendVersion = NodeVersion.Text,
            RtcWorkerVersion = NodeVersion.Text,
        });
        services.AddSingleton(new SpliceOptions(options.Limits.Splices));
        services.AddSingleton<VoiceEndpoint>();
    }

    private static LvspGatewayOptions LvspOptionsOf(NodeOptions options) => new()
    {
        Connection = new LvspConnectionOptions
        {
            Secrets = new LvspSecrets(options.Lvsp.Secrets.Select(secret => new LvspSecret(secret.Realm, secret.Secret)).ToImmutableArray()),
            HeartbeatInterval = options.Lvsp.HeartbeatInterval,
            RequireHeartbeat = options.Lvsp.RequireHeartbeat,
            MaxFrameBytes = options.Limits.LvspMessageSize,
            MaxBadMessagesPerMinute = options.Limits.LvspBadMessagesPerMinute,
            MaxWaitingMessages = options.Limits.LvspOutboxMessages,
            MaxWaitingBytes = options.Limits.LvspOutboxSize,
        },
        ResumeWindow = options.Lvsp.ResumeWindow,
        MaxSessionsPerRealm = options.Limits.LvspSessionsPerRealm,
    };
}
