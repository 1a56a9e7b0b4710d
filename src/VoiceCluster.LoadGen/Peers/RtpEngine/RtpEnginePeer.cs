namespace VoiceCluster.LoadGen.Peers.RtpEngine;

/// <summary>rtpengine in user space: opens SRTP of a publisher once, protects and sends it for each subscriber with a key of its own.</summary>
internal sealed class RtpEnginePeer : IBenchPeer
{
    private const string Program = "rtpengine";
    private const string Package = "rtpengine-daemon";

    /// <inheritdoc />
    public string Name => "rtpengine (SRTP, AES-256-GCM out)";

    /// <inheritdoc />
    public string? WhyMissing() => PeerDaemon.WhyMissing(Program, Package);

    /// <inheritdoc />
    public async Task<PeerFigures> RunAsync(PeerLoad load, CancellationToken cancellation)
    {
        var directory = new PeerDirectory();
        var port = PeerSocket.FindFreePort();
        var settings = directory.Write("rtpengine.conf", Settings(port));
        string[] arguments = ["--config-file", settings, "--foreground", "--log-stderr"];
        await using var server = PeerDaemon.Start(Program, arguments, directory, load.ServerProcessor);
        using var control = new RtpEngineControl(port);
        await server.WaitUntilReadyAsync(_ => Task.FromResult(control.IsAnswered()), cancellation);
        await using var streams = await RtpEngineTraffic.SetUpAsync(control, load);
        return await PeerRun.RunAsync(streams, server.ProcessId, load, cancellation);
    }

    // Table -1 is user space only; its ports lie below those the kernel hands out to clients. One thread, as it has one processor.
    private static string Settings(int port) =>
        $"""
        [rtpengine]
        table = -1
        interface = 127.0.0.1
        listen-ng = 127.0.0.1:{port}
        port-min = 20000
        port-max = 29999
        num-threads = 1
        log-level = 4
        timeout = 3600
        silent-timeout = 3600

        """;
}
