using VoiceCluster.LoadGen.Media;

namespace VoiceCluster.LoadGen.Peers.RtpEngine;

/// <summary>rtpengine in user space: opens SRTP of a publisher once, protects and sends it for each subscriber with a key of its own.</summary>
internal sealed class RtpEnginePeer : IBenchPeer
{
    private const string Program = "rtpengine";
    private const string Package = "rtpengine-daemon";

    /// <inheritdoc />
    public string Name => "rtpengine (AES-256-GCM)";

    /// <inheritdoc />
    public string? WhyMissing() => PeerServer.WhyMissing(Program, Package);

    /// <inheritdoc />
    public async Task<IPeerForwarder> StartAsync(PeerLoad load, PeerUsers users, CancellationToken cancellation)
    {
        var directory = new PeerDirectory();
        var port = FreePorts.Take();
        var settings = directory.Write("rtpengine.conf", Settings(port));
        var server = PeerServer.Start(load.ServerProcessor, Program, ["--config-file", settings, "--foreground", "--log-stderr"], directory);
        using var control = new RtpEngineControl(port);
        try
        {
            await server.WaitUntilReadyAsync(_ => Task.FromResult(control.IsAnswered()), cancellation);
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }

        return await RtpEngineForwarder.SetUpAsync(server, Name, control, load, users.Port);
    }

    // Table -1 is user space only. Its ports lie below those that the kernel and the bench give out. One thread, as it has one processor.
    private static string Settings(int port) =>
        $"""
        [rtpengine]
        table = -1
        interface = 127.0.0.1
        listen-ng = 127.0.0.1:{port}
        port-min = 12000
        port-max = 19999
        num-threads = 1
        log-level = 4
        timeout = 3600
        silent-timeout = 3600

        """;
}
