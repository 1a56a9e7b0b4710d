using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using VoiceCluster.Cluster.Clocks;
using VoiceCluster.Gateways.Edge;
using VoiceCluster.Gateways.Sockets;
using VoiceCluster.Node.Admin;
using VoiceCluster.Node.Configuration;
using VoiceCluster.Node.Health;
using VoiceCluster.Node.Metrics;
using VoiceCluster.Node.Startup;
using VoiceCluster.Node.Tls;

namespace VoiceCluster.Node.Composition;

/// <summary>The one place where the parts of a node are put together.</summary>
/// <remarks>Hosted services start in the order in which they are added, all before the listeners open, and stop in reverse after they closed.</remarks>
internal static class NodeServices
{
    public static void Add(IServiceCollection services, NodeOptions options)
    {
        services.AddSingleton(options);
        AddTime(services, options);
        services.AddSingleton<NodeReadiness>();
        services.AddSingleton<StartupFacts>();
        services.AddRouting();
        AddEdge(services, options);
        AddTls(services, options);
        AddAdmin(services, options);
        AddTelemetry(services, options);
        VoiceServices.Add(services, options);
    }

    private static void AddTime(IServiceCollection services, NodeOptions options)
    {
        services.AddSingleton(_ => new ClusterClock(options.TestClock is { } file ? new TestClock(file) : TimeProvider.System));
        services.AddSingleton<TimeProvider>(provider => provider.GetRequiredService<ClusterClock>());
    }

    private static void AddEdge(IServiceCollection services, NodeOptions options)
    {
        services.AddSingleton(new EdgeOptions(options.Http.TrustedProxies, options.Http.ProxyProtocol, options.Limits.Connections));
        services.AddSingleton(new ConnectionLimits(options.Limits.SocketsBeforeIdentify, options.Limits.SocketsBeforeIdentifyPerAddress));
        services.AddSingleton<RequestHeartbeats>();
        services.AddSingleton<EdgeTelemetry>();
        services.AddSingleton<ConnectionLimiter>();
        services.AddSingleton<EdgeConnections>();
    }

    private static void AddTls(IServiceCollection services, NodeOptions options)
    {
        if (options.Https is { CertificatePath: { } certificate, KeyPath: { } key })
        {
            services.AddSingleton(provider => new ServerCertificate(
                certificate,
                key,
                provider.GetRequiredService<TimeProvider>(),
                provider.GetRequiredService<IMeterFactory>(),
                provider.GetRequiredService<ILogger<ServerCertificate>>()));
        }
    }

    private static void AddAdmin(IServiceCollection services, NodeOptions options)
    {
        if (options.Admin is { Listen: { } listen, Token: { } token })
        {
            services.AddSingleton(provider => new AdminAccess(
                token,
                listen.Address,
                options.Admin.Hosts,
                provider.GetRequiredService<IMeterFactory>(),
                provider.GetRequiredService<ILogger<AdminAccess>>()));
        }
    }

    private static void AddTelemetry(IServiceCollection services, NodeOptions options)
    {
        services.AddMetrics();
        services.AddSingleton(provider => new PrometheusText(provider.GetRequiredService<IMeterFactory>(), NodeTelemetry.Meters));
        if (options.Telemetry.OtlpEndpoint is not null)
        {
            services.AddHostedService<OtlpExport>();
        }
    }
}
