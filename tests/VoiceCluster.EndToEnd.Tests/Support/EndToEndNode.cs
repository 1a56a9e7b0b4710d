using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using VoiceCluster.Gateways.Lvsp;
using VoiceCluster.Node.Composition;
using VoiceCluster.Node.Configuration;
using VoiceCluster.TestKit;

namespace VoiceCluster.EndToEnd.Tests.Support;

/// <summary>A whole development node in this process, on loopback ports of the system's choice.</summary>
public sealed class EndToEndNode : IAsyncDisposable
{
    /// <summary>The secret of the realm <c>default</c> that every development node knows.</summary>
    public const string Secret = "dev-secret";

    // What happens to a user or a channel is told to the session that made it, or to any of the realm once that is gone: it would be another test's, which expects
    // no such thing. So no session goes before the process does.
    private static readonly string[] SharedFlags = ["--Lvsp:ResumeWindow=1h", "--Limits:LvspSessionsPerRealm=10000"];

    private static readonly Lock Building = new();
    private static readonly Lazy<string> StateDirectory = new(MakeStateDirectory);
    private static readonly Lazy<Task<EndToEndNode>> SharedNode = new(() => StartAsync(SharedFlags));

    private readonly Func<LogEntry, bool> _expectedErrors;

    private EndToEndNode(NodeHost host, NodeLog log, EndToEndSetup setup) =>
        (Host, Log, Time, _expectedErrors) = (host, log, setup.Time, setup.ExpectedErrors);

    /// <summary>The node.</summary>
    public NodeHost Host { get; }

    /// <summary>What it has logged.</summary>
    public NodeLog Log { get; }

    /// <summary>Its clock; null when it runs by the system's.</summary>
    public ManualTimeProvider? Time { get; }

    public Uri Http => new($"http://{Host.Listeners.Http}/");

    public Uri Https => new($"https://localhost:{Host.Listeners.Https!.Port}/");

    public Uri Lvsp => new($"ws://{Host.Listeners.Http}/lvsp");

    public Uri Voice => new($"ws://{Host.Listeners.Http}/");

    public Uri Admin => new($"http://{Host.Listeners.Admin}/");

    /// <summary>Its admin port, opened.</summary>
    internal AdminPort AdminPort => new(Admin, Host.Options.Admin.Token!);

    /// <summary>The PEM file of the certificate.</summary>
    public string CertificatePath => Host.Options.Https.CertificatePath!;

    /// <summary>The node that tests without wishes of their own share; it lives as long as the process. Give channels and users ids of their own.</summary>
    public static Task<EndToEndNode> SharedAsync() => SharedNode.Value;

    /// <summary>Starts a node of the test's own.</summary>
    public static Task<EndToEndNode> StartAsync(params string[] flags) => StartAsync(new EndToEndSetup { Flags = flags });

    /// <summary>Starts a node of the test's own.</summary>
    public static async Task<EndToEndNode> StartAsync(EndToEndSetup setup)
    {
        var log = new NodeLog();
        var host = Build(setup, log);
        await host.StartAsync(CancellationToken.None);
        return new EndToEndNode(host, log, setup);
    }

    /// <summary>A part of the node.</summary>
    public T Part<T>()
        where T : notnull => Host.Services.GetRequiredService<T>();

    /// <summary>What the admin port says at <c>/metrics</c>.</summary>
    public Task<string> MetricsAsync() => AdminPort.MetricsAsync();

    /// <summary>Moves the node's made time.</summary>
    public void Advance(TimeSpan duration) => Time!.Advance(duration);

    /// <summary>Stops the node; fails when it had logged an error.</summary>
    public async ValueTask DisposeAsync()
    {
        await Host.StopAsync(CancellationToken.None);
        await Host.DisposeAsync();
        Log.Entries.Where(entry => entry.Level >= LogLevel.Error && !_expectedErrors(entry)).ShouldBeEmpty();
    }

    private static NodeHost Build(EndToEndSetup setup, NodeLog log)
    {
        // Nodes share a state directory, whose files the first one makes.
        lock (Building)
        {
            return NodeHost.Build(Options(setup.Flags), logging => logging.AddProvider(log), services =>
            {
                if (setup.Time is { } time)
                {
                    services.AddSingleton<TimeProvider>(time);
                }

                if (setup.Lvsp is { } change)
                {
                    services.AddSingleton(change(Registered<LvspGatewayOptions>(services)));
                }

                setup.Services?.Invoke(services);
            });
        }
    }

    private static T Registered<T>(IServiceCollection services) =>
        (T)services.Last(service => service.ServiceType == typeof(T)).ImplementationInstance!;

    private static NodeOptions Options(string[] flags)
    {
        string[] arguments =
        [
            "--dev", "--Http:Listen=127.0.0.1:0", "--Https:Listen=127.0.0.1:0", "--Admin:Listen=127.0.0.1:0", "--Media:Listen=127.0.0.1:0",
            "--Media:Workers=1", $"--Node:StateDirectory={StateDirectory.Value}", .. flags,
        ];
        var loaded = NodeConfiguration.Load(arguments, [], [AppContext.BaseDirectory]);
        loaded.Problems.ShouldBeEmpty();
        return loaded.Options;
    }

    [SuppressMessage("Design", "MA0055", Justification = "The process ends.")]
    private static string MakeStateDirectory()
    {
        var path = Directory.CreateTempSubdirectory("voicecluster-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(path, recursive: true);
        return path;
    }
}

/// <summary>What is special about a test's node.</summary>
public sealed record EndToEndSetup
{
    /// <summary>Settings, as on a command line.</summary>
    public string[] Flags { get; init; } = [];

    /// <summary>A clock that only the test moves.</summary>
    public ManualTimeProvider? Time { get; init; }

    /// <summary>Changes what cannot be configured about LVSP.</summary>
    public Func<LvspGatewayOptions, LvspGatewayOptions>? Lvsp { get; init; }

    /// <summary>Errors in the log that the test itself causes.</summary>
    public Func<LogEntry, bool> ExpectedErrors { get; init; } = _ => false;

    /// <summary>Replaces parts.</summary>
    public Action<IServiceCollection>? Services { get; init; }
}
