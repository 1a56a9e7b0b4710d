using Microsoft.Extensions.DependencyInjection;
using VoiceCluster.Client.Lvsp;
using VoiceCluster.EndToEnd.Tests.Support;
using VoiceCluster.Media;
using VoiceCluster.Media.Workers;
using VoiceCluster.Node.Composition;
using VoiceCluster.Node.Configuration;

namespace VoiceCluster.EndToEnd.Tests;

/// <summary>A whole development node in this process, on ports of the system's choice and with its own state directory.</summary>
internal sealed class RunningNode : IAsyncDisposable
{
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(30);

    private readonly DirectoryInfo _state;
    private readonly NodeHost _host;

    private RunningNode(DirectoryInfo state, NodeHost host) => (_state, _host) = (state, host);

    /// <summary>The file with the certificate that clients have to trust.</summary>
    public string CertificateFile => _host.Options.Https.CertificatePath!;

    /// <summary>Where the TLS port is bound.</summary>
    public System.Net.IPEndPoint Https => _host.Listeners.Https!;

    public static async Task<RunningNode> StartAsync(params string[] flags)
    {
        var state = Directory.CreateTempSubdirectory("voicecluster-");
        var host = NodeHost.Build(Options(state.FullName, flags));
        await host.StartAsync(CancellationToken.None);
        return new RunningNode(state, host);
    }

    /// <summary>Connects as the chat backend does.</summary>
    public Task<LvspClient> ConnectBackendAsync() => LvspClient.ConnectAsync(new LvspClientOptions
    {
        Url = new Uri($"ws://{_host.Listeners.Http}/lvsp"),
        Secret = _host.Options.Lvsp.Secrets[0].Secret,
        AnswerLimit = AnswerLimit,
    });

    /// <summary>Datagrams dropped for one of the reasons, by all workers.</summary>
    public long Dropped(params ReadOnlySpan<PacketDropReason> reasons)
    {
        var sum = 0L;
        foreach (var worker in _host.Services.GetRequiredService<MediaPlane>().ReadStatistics())
        {
            foreach (var reason in reasons)
            {
                sum += worker.Dropped(reason);
            }
        }

        return sum;
    }

    /// <summary>What it dropped, by reason.</summary>
    public string DescribeLosses() => NodeLosses.Read(_host.Services.GetRequiredService<MediaPlane>());

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync(CancellationToken.None);
        await _host.DisposeAsync();
        _state.Delete(recursive: true);
    }

    private static NodeOptions Options(string stateDirectory, string[] flags)
    {
        string[] arguments =
        [
            "--dev", "--Http:Listen=127.0.0.1:0", "--Https:Listen=127.0.0.1:0", "--Admin:Listen=off", "--Media:Listen=127.0.0.1:0",
            $"--Node:StateDirectory={stateDirectory}", .. flags,
        ];
        var loaded = NodeConfiguration.Load(arguments, [], [AppContext.BaseDirectory]);
        loaded.Problems.ShouldBeEmpty();
        return loaded.Options;
    }
}
