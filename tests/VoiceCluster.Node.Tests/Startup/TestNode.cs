using Microsoft.Extensions.DependencyInjection;
using VoiceCluster.Node.Composition;
using VoiceCluster.Node.Configuration;

namespace VoiceCluster.Node.Tests.Startup;

/// <summary>A development node on ports of the system's choice, with its own state directory.</summary>
public sealed class TestNode : IAsyncDisposable
{
    private readonly TemporaryDirectory _directory;

    private TestNode(TemporaryDirectory directory, NodeHost host) => (_directory, Host) = (directory, host);

    public NodeHost Host { get; }

    public Uri Http => new($"http://{Host.Listeners.Http}");

    public Uri Https => new($"https://localhost:{Host.Listeners.Https!.Port}");

    public Uri Admin => new($"http://{Host.Listeners.Admin}");

    public string AdminToken => Host.Options.Admin.Token!;

    public static NodeOptions Options(string stateDirectory, params string[] flags)
    {
        string[] arguments =
        [
            "--dev", "--Http:Listen=127.0.0.1:0", "--Https:Listen=127.0.0.1:0", "--Admin:Listen=127.0.0.1:0", "--Media:Listen=127.0.0.1:0",
            $"--Node:StateDirectory={stateDirectory}", .. flags,
        ];
        var loaded = NodeConfiguration.Load(arguments, [], [AppContext.BaseDirectory]);
        loaded.Problems.ShouldBeEmpty();
        return loaded.Options;
    }

    public static async Task<TestNode> StartAsync(string[]? flags = null, Action<IServiceCollection>? configureServices = null)
    {
        var directory = new TemporaryDirectory();
        var host = NodeHost.Build(Options(directory.Path, flags ?? []), configureServices: configureServices);
        await host.StartAsync(CancellationToken.None);
        return new TestNode(directory, host);
    }

    public async ValueTask DisposeAsync()
    {
        await Host.StopAsync(CancellationToken.None);
        await Host.DisposeAsync();
        _directory.Dispose();
    }
}
