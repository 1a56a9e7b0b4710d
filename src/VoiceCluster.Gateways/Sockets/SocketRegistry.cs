using System.Collections.Concurrent;
using VoiceCluster.Cluster.Hosting;

namespace VoiceCluster.Gateways.Sockets;

/// <summary>The open sockets of one endpoint and who owns each at first, to reach them all when the node stops.</summary>
internal sealed class SocketRegistry
{
    private readonly ConcurrentDictionary<GatewaySocket, byte> _open = new();

    /// <summary>Pumps a socket to its end.</summary>
    public async Task ServeAsync(GatewaySocket socket, LocalAddress owner)
    {
        socket.SetOwner(owner);
        _open[socket] = 0;
        try
        {
            await socket.RunAsync();
        }
        finally
        {
            _open.TryRemove(socket, out _);
        }
    }

    /// <summary>Tells the owner of every open socket.</summary>
    public void TellAll(IEntityHost host, IActorMessage message)
    {
        foreach (var socket in _open.Keys)
        {
            if (socket.Owner is { } owner)
            {
                host.Tell(owner, message);
            }
        }
    }
}
