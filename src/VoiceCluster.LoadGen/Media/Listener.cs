using VoiceCluster.Crypto;
using VoiceCluster.LoadGen.Native;

namespace VoiceCluster.LoadGen.Media;

/// <summary>One of a crowd who really listens, with a socket of his own.</summary>
internal sealed class Listener : IDisposable
{
    private readonly UserSocket _socket;
    private readonly TransportCipher _cipher;

    /// <summary>Begins to listen; the socket of all gets none of his datagrams from now on.</summary>
    /// <param name="user">Who.</param>
    /// <param name="port">The port of the socket of all.</param>
    /// <param name="users">How many users there are.</param>
    /// <param name="payloadLength">Bytes of each packet's payload.</param>
    /// <param name="heard">Is told of each right copy. Called from one thread.</param>
    public Listener(JoinedUser user, int port, int users, int payloadLength, Action<SpeechStamp>? heard = null)
    {
        User = user.Number;
        _socket = new UserSocket(port, UserSocket.AddressOf(User));
        _cipher = user.CreateCipher();
        Copies = new CopyReader(_socket, users, _ => _cipher, payloadLength, heard);
    }

    /// <summary>Which user.</summary>
    public int User { get; }

    /// <summary>What he hears.</summary>
    public CopyReader Copies { get; }

    /// <inheritdoc />
    public void Dispose()
    {
        Copies.Dispose();
        _socket.Dispose();
        _cipher.Dispose();
    }
}
