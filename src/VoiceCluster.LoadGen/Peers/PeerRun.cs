using VoiceCluster.LoadGen.Media;

namespace VoiceCluster.LoadGen.Peers;

/// <summary>Whole runs of a peer: start, users, packets, end.</summary>
internal static class PeerRun
{
    extension(IBenchPeer peer)
    {
        /// <summary>Measures once.</summary>
        /// <exception cref="Client.Sockets.ClientException">The server did not start, did not answer, or refused.</exception>
        public async Task<PeerFigures> RunAsync(PeerLoad load, CancellationToken cancellation)
        {
            using var users = new PeerUsers();
            await using var forwarder = await peer.StartAsync(load, users, cancellation);
            users.Socket.DropEverything();
            var pace = new Pace(load.PacketsPerSecond * load.Speakers, load.WarmUp, load.Window);
            var window = await Measurement.RunAsync(forwarder, users.Socket, pace, cancellation);
            return new PeerFigures(window.CpuNanoseconds, window.Received, window.Received * load.FanOut, window.Sent, window.Duration);
        }

        /// <summary>Opens and compares every copy of a few packets.</summary>
        /// <exception cref="Client.Sockets.ClientException">The server did not start, did not answer, or refused.</exception>
        public async Task<VerifiedCopies> VerifyAsync(PeerLoad load, CancellationToken cancellation)
        {
            using var users = new PeerUsers();
            await using var forwarder = await peer.StartAsync(load, users, cancellation);
            return PeerVerification.Run(forwarder, load, users.Socket, cancellation);
        }
    }
}
