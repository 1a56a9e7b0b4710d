using VoiceCluster.LoadGen.Media;

namespace VoiceCluster.LoadGen.Peers.Mumble;

/// <summary>mumble-server: opens a packet once, seals and sends it for each listener with the listener's key, on one UDP socket.</summary>
internal sealed class MumblePeer : IBenchPeer
{
    private const string Program = "murmurd";
    private const string Package = "mumble-server";
    private const string Account = "mumble-server";

    /// <inheritdoc />
    public string Name => "mumble-server (OCB2-AES128)";

    /// <inheritdoc />
    public string? WhyMissing() => PeerServer.WhyMissing(Program, Package);

    /// <inheritdoc />
    public async Task<IPeerForwarder> StartAsync(PeerLoad load, PeerUsers users, CancellationToken cancellation)
    {
        var directory = new PeerDirectory();
        var port = FreePorts.Take();
        var settings = directory.Write("mumble-server.ini", Settings(directory.Path, port));
        directory.GiveTo(Account);
        var server = PeerServer.Start(load.ServerProcessor, Program, ["-fg", "-ini", settings], directory);
        try
        {
            await server.WaitUntilReadyAsync(stop => MumbleUser.AnswersAsync(port, stop), cancellation);
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }

        return await MumbleForwarder.EnterAsync(server, Name, port, load, users.Socket, cancellation);
    }

    // No limit that would drop voice, nothing on the network but loopback. An empty log file means standard output.
    private static string Settings(string directory, int port) =>
        $"""
        database={directory}/database.sqlite
        logfile=
        pidfile=
        host=127.0.0.1
        port={port}
        users=1000
        bandwidth=800000000
        messagelimit=100
        messageburst=1000
        autobanAttempts=0
        opusthreshold=0
        rememberchannel=false
        bonjour=False
        sendversion=False
        timeout=60

        """;
}
