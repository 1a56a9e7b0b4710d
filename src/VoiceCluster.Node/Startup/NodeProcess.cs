using System.Collections;
using System.Collections.Immutable;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using VoiceCluster.Cluster.Membership;
using VoiceCluster.Cluster.Store;
using VoiceCluster.Cluster.Store.Postgres;
using VoiceCluster.Node.Composition;
using VoiceCluster.Node.Configuration;
using VoiceCluster.Node.Health;
using VoiceCluster.Node.Tls;
using VoiceCluster.Udp;

namespace VoiceCluster.Node.Startup;

/// <summary>The process from its arguments to its exit code: 0, or 1 with a list of what to change on the error output.</summary>
internal sealed class NodeProcess(TextWriter output, TextWriter errors, TimeProvider time)
{
    /// <summary>The condition of <c>/readyz</c> that a node which has just started does not meet.</summary>
    private const string CompiledCondition = "compiled";

    private const int Success = 0;
    private const int Failure = 1;

    public async Task<int> RunAsync(IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        var configuration = NodeConfiguration.Load(arguments, ReadEnvironment(), [Environment.CurrentDirectory, AppContext.BaseDirectory]);
        switch (configuration.Action)
        {
            case StartAction.ShowVersion:
                await output.WriteLineAsync($"VoiceCluster {NodeVersion.Text}");
                return Success;
            case StartAction.ShowHelp:
                await output.WriteAsync(HelpText.Describe(configuration.Descriptions));
                return Success;
        }
        if (!configuration.Problems.IsEmpty)
        {
            await errors.WriteAsync(DescribeProblems(configuration.Problems));
            return Failure;
        }
        await WriteWarningsAsync(configuration);
        if (configuration.Action == StartAction.Check)
        {
            await output.WriteAsync(StartupReport.DescribeSettings(configuration));
            return Success;
        }
        return await RunNodeAsync(configuration, started, cancellationToken);
    }

    private async Task<int> RunNodeAsync(LoadedConfiguration configuration, long started, CancellationToken cancellationToken)
    {
        try
        {
            PacketCores.Reserve(configuration.Options.Media.Cores);
            await using var host = NodeHost.Build(configuration.Options, logging => ConfigureLogging(logging, configuration.Options.Log), QuietLifetime);
            var compiled = Precompilation.Done;
            host.Services.GetRequiredService<NodeReadiness>().Watch(CompiledCondition, () => compiled.IsCompleted ? null : "its code is being compiled");
            await host.StartAsync(cancellationToken);
            await WriteCertificateWarningsAsync(host);
            await ReportAsync(host, configuration, started);
            await host.WaitForShutdownAsync(cancellationToken);
            return Success;
        }
        catch (Exception error) when (IsRefusal(error))
        {
            // What the machine refuses (a taken port, a directory without rights): the message says what, a stack trace would not help.
            await errors.WriteLineAsync($"VoiceCluster cannot start: {DescribeFailure(error)}");
            return Failure;
        }
    }

    private async Task ReportAsync(NodeHost host, LoadedConfiguration configuration, long started)
    {
        var settings = StartupReport.DescribeSettings(configuration);
        var block = host.DescribeStartup();
        var ready = StartupReport.Ready(host.Options, time.GetElapsedTime(started));
        if (host.Options.Log.Json)
        {
            var logger = host.Services.GetRequiredService<ILogger<NodeProcess>>();
            StartupLog.Report(logger, settings);
            StartupLog.Report(logger, block);
            StartupLog.Report(logger, ready);
            return;
        }
        await output.WriteAsync($"{settings}\n{block}\n{ready}\n");
        await output.FlushAsync();
    }

    private async Task WriteWarningsAsync(LoadedConfiguration configuration)
    {
        foreach (var warning in configuration.Warnings)
        {
            await errors.WriteLineAsync($"warning: {warning}");
        }
        if (configuration.Options.TestClock is { } clock)
        {
            await errors.WriteLineAsync($"warning: --test-clock is for tests: this node's wall clock is wrong by what {clock} says.");
        }
        if (Environment.GetEnvironmentVariable("DOTNET_GCgen0size") is null)
        {
            await errors.WriteLineAsync(
                "warning: DOTNET_GCgen0size is not set, so garbage collection will now and then hold media up for tens of milliseconds. " +
                "Fix: start with DOTNET_GCgen0size=0x400000 in the environment, as run.sh, the image and the systemd unit do.");
        }
    }

    private async Task WriteCertificateWarningsAsync(NodeHost host)
    {
        var certificate = host.Services.GetService<ServerCertificate>();
        foreach (var warning in certificate?.FindProblems(host.Options.Voice.PublicEndpoint?.Host) ?? [])
        {
            await errors.WriteLineAsync($"warning: {warning}");
        }
    }

    private static bool IsRefusal(Exception error) => error is
        IOException or UnauthorizedAccessException or CertificateException or SocketException or StoreUnavailableException or SchemaTooNewException or NodeNameTakenException;

    private static string DescribeFailure(Exception error) => error switch
    {
        { InnerException: AddressInUseException } => $"{error.Message} Fix: stop what holds the port, or choose another in the setting that ends in Listen.",
        StoreUnavailableException =>
            $"{error.Message} Fix: start the database, or correct Cluster:Postgres:ConnectionString; the role needs the right to create a schema.",
        NodeNameTakenException => $"{error.Message} Fix: give each node a Node:Id of its own, or stop that process first.",
        SchemaTooNewException => $"{error.Message} Fix: start a release at least as new as the other nodes'.",
        SocketException { SocketErrorCode: SocketError.AccessDenied } =>
            $"{error.Message}. Fix: ports below 1024 need the capability CAP_NET_BIND_SERVICE; choose a higher port and forward to it, or grant it.",
        SocketException { SocketErrorCode: SocketError.AddressNotAvailable } =>
            $"{error.Message}. Fix: the setting that ends in Listen names an address this machine does not have; 0.0.0.0 stands for all of them.",
        _ => error.Message,
    };

    private static string DescribeProblems(ImmutableArray<SettingProblem> problems)
    {
        var text = new StringBuilder();
        var count = problems.Length == 1 ? "1 setting needs" : $"{problems.Length} settings need";
        text.Append(CultureInfo.InvariantCulture, $"VoiceCluster cannot start: {count} attention.\n");
        foreach (var problem in problems)
        {
            text.Append(CultureInfo.InvariantCulture, $"  - {problem.Where}: {problem.Problem}\n      Fix: {problem.Fix}\n");
        }
        return text.ToString();
    }

    private static void ConfigureLogging(ILoggingBuilder logging, LogOptions options)
    {
        logging.SetMinimumLevel(options.Level);
        // The frameworks tell every request at Information; that is our Debug.
        logging.AddFilter("Microsoft", options.Level <= LogLevel.Debug ? options.Level : LogLevel.Warning);
        if (options.Level > LogLevel.Debug)
        {
            // A start that fails is told by this process, with its fix and without a stack trace.
            logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.Critical);
        }
        if (options.Json)
        {
            logging.AddJsonConsole(console => console.UseUtcTimestamp = true);
        }
        else
        {
            logging.AddSimpleConsole(console =>
            {
                console.SingleLine = true;
                console.UseUtcTimestamp = true;
                console.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ ";
            });
        }
    }

    private static void QuietLifetime(IServiceCollection services) =>
        services.Configure<ConsoleLifetimeOptions>(lifetime => lifetime.SuppressStatusMessages = true);

    private static IEnumerable<KeyValuePair<string, string?>> ReadEnvironment()
    {
        foreach (DictionaryEntry variable in Environment.GetEnvironmentVariables())
        {
            yield return new KeyValuePair<string, string?>((string)variable.Key, (string?)variable.Value);
        }
    }
}

/// <summary>Log lines of the process itself.</summary>
internal static partial class StartupLog
{
    [LoggerMessage(1001, LogLevel.Information, "{Report}")]
    public static partial void Report(ILogger logger, string report);
}
