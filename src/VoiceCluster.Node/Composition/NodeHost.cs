using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using VoiceCluster.Node.Configuration;
using VoiceCluster.Node.Health;
using VoiceCluster.Node.Metrics;
using VoiceCluster.Node.Startup;

namespace VoiceCluster.Node.Composition;

/// <summary>One node in this process. Several can live side by side, as tests do, as long as their ports differ.</summary>
public sealed class NodeHost : IAsyncDisposable
{
    /// <summary>Longer than live sockets take to be closed; afterwards they are cut. The time that moving users takes comes on top.</summary>
    private static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(30);

    private readonly IHost _host;

    private NodeHost(IHost host, NodeOptions options, NodeListeners listeners) => (_host, Options, Listeners) = (host, options, listeners);

    /// <summary>The settings in force, with what a development node made for itself filled in.</summary>
    public NodeOptions Options { get; }

    /// <summary>The addresses really bound.</summary>
    public NodeListeners Listeners { get; }

    public IServiceProvider Services => _host.Services;

    /// <summary>Puts a node together without starting it.</summary>
    /// <param name="options">Settings without problems.</param>
    /// <param name="configureLogging">Where logs go; none by default.</param>
    /// <param name="configureServices">Replaces or adds parts, for tests and for the console's lifetime.</param>
    /// <exception cref="IOException">The state directory of a development node cannot be written.</exception>
    public static NodeHost Build(
        NodeOptions options, Action<ILoggingBuilder>? configureLogging = null, Action<IServiceCollection>? configureServices = null)
    {
        var complete = options.Dev ? DevelopmentState.Complete(options, TimeProvider.System.GetUtcNow()) : options;
        var listeners = new NodeListeners();
        var host = new HostBuilder()
            .ConfigureLogging(logging => configureLogging?.Invoke(logging))
            .ConfigureServices(services =>
            {
                services.AddSingleton(listeners);
                services.Configure<HostOptions>(hosting => hosting.ShutdownTimeout = complete.Cluster.DrainDeadline + ShutdownTimeout);
                NodeServices.Add(services, complete);
                configureServices?.Invoke(services);
            })
            .ConfigureWebHost(
                web => web
                    .UseKestrel()
                    .ConfigureServices(services => services.AddOptions<KestrelServerOptions>()
                        .Configure(kestrel => listeners.Configure(kestrel, complete)))
                    .Configure(NodeEndpoints.Configure),
                web => web.SuppressEnvironmentConfiguration = true)
            .Build();
        // Counts from here on: what parts count while they start would be lost if this began with the first scrape.
        host.Services.GetRequiredService<PrometheusText>();
        return new NodeHost(host, complete, listeners);
    }

    /// <summary>Starts the parts, then opens the ports. When the node stops, the ports close first and the parts stop in reverse.</summary>
    /// <remarks>What has to happen before the ports close (a drain) implements <see cref="IHostedLifecycleService.StoppingAsync"/>.</remarks>
    /// <exception cref="IOException">A port is taken.</exception>
    /// <exception cref="Tls.CertificateException">The certificate cannot be used.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await _host.StartAsync(cancellationToken);
        var readiness = Services.GetRequiredService<NodeReadiness>();
        readiness.Met(NodeReadiness.Listening);
        Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.Register(
            () => readiness.NotMet(NodeReadiness.Listening, "stopping"));
    }

    /// <summary>The block that tells an operator where everything is.</summary>
    public string DescribeStartup() => StartupReport.Describe(Options, Listeners, Services.GetRequiredService<StartupFacts>());

    /// <summary>Completes once the node has been told to stop and has stopped.</summary>
    public Task WaitForShutdownAsync(CancellationToken cancellationToken) => _host.WaitForShutdownAsync(cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken) => _host.StopAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        if (_host is IAsyncDisposable disposable)
        {
            await disposable.DisposeAsync();
        }
        else
        {
            _host.Dispose();
        }
    }
}
