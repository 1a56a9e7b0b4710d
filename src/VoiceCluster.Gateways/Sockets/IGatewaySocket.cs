using VoiceCluster.Cluster.Hosting;

namespace VoiceCluster.Gateways.Sockets;

/// <summary>A client's WebSocket as the actor sees it that owns it: one of this node, or one that another node has and forwards.</summary>
/// <remarks>Commands are safe from any thread, and do nothing on a socket that has ended.</remarks>
internal interface IGatewaySocket
{
    /// <summary>The actor that is told what comes; null before there is one and after it has left.</summary>
    LocalAddress? Owner { get; }

    /// <summary>Hands the socket to an actor: what comes from now on is told there, and so is an end that has come already.</summary>
    void SetOwner(LocalAddress owner);

    /// <summary>The peer has proven who it is.</summary>
    void Identified();

    /// <summary>The owner is done with a message; the next one may come.</summary>
    void Handled();

    /// <summary>Queues a message.</summary>
    /// <param name="payload">The message; not changed until it is written.</param>
    /// <param name="isText">Text or binary.</param>
    /// <param name="written">Called on another thread when the client's socket has taken it; must not wait.</param>
    /// <returns>
    /// False when the peer reads too slowly; the message is dropped. True once the socket has ended, of which the owner is told in its turn.
    /// </returns>
    bool TrySend(ReadOnlyMemory<byte> payload, bool isText = true, Action? written = null);

    /// <summary>Calls back, as <see cref="TrySend"/> does, when all that was queued so far has been written.</summary>
    bool TryNotify(Action written);

    /// <summary>Closes after what was queued, within a deadline.</summary>
    void Close(int code, string reason);

    /// <summary>Closes as <see cref="Close"/> does; the owner is told nothing more, not even of the end, and need not stay for it.</summary>
    void CloseUnowned(int code, string reason);
}
