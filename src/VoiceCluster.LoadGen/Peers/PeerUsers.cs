using VoiceCluster.LoadGen.Media;
using VoiceCluster.LoadGen.Native;

namespace VoiceCluster.LoadGen.Peers;

/// <summary>The socket that all users of a peer share.</summary>
internal sealed class PeerUsers : IDisposable
{
    /// <summary>Opens it on a free port.</summary>
    public PeerUsers() => Socket = new UserSocket(Port);

    /// <summary>Its port, the same for all users; their addresses differ.</summary>
    public int Port { get; } = FreePorts.Take();

    /// <summary>The socket.</summary>
    public UserSocket Socket { get; }

    /// <inheritdoc />
    public void Dispose() => Socket.Dispose();
}
