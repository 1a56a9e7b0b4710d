using VoiceCluster.LoadGen.Media;

namespace VoiceCluster.LoadGen.Peers;

/// <summary>A server of other people that does the same fan-out as ours, to be measured beside it.</summary>
internal interface IBenchPeer
{
    /// <summary>What it is called in tables, with what it encrypts.</summary>
    string Name { get; }

    /// <summary>Why it cannot be run on this machine, as half a sentence; null if it can.</summary>
    string? WhyMissing();

    /// <summary>Starts the server and lets its users in.</summary>
    /// <param name="load">Who speaks and who hears.</param>
    /// <param name="users">The users' socket; what comes in meanwhile is read. Not disposed by the peer.</param>
    /// <returns>The server, ready for load; it stops, and what it left is removed, when this is disposed.</returns>
    /// <exception cref="Client.Sockets.ClientException">It did not start, did not answer, or refused.</exception>
    Task<IPeerForwarder> StartAsync(PeerLoad load, PeerUsers users, CancellationToken cancellation);
}

/// <summary>A peer with users in it.</summary>
/// <remarks>Peers do not tell what they sent: readings have the kernel's count for the whole machine less the packets of the speakers.</remarks>
internal interface IPeerForwarder : IForwarder
{
    /// <summary>Opens what a user received.</summary>
    /// <param name="user">The user, by address.</param>
    /// <param name="datagram">What came; overwritten.</param>
    /// <param name="payload">Room for what is in it, as long as the datagram.</param>
    /// <returns>Bytes of payload; -1 when it does not open, or is nobody's voice.</returns>
    int Open(int user, Span<byte> datagram, Span<byte> payload);
}
