using System.Net;
using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Cluster.Messages;
using VoiceCluster.Gateways.Sockets;
using VoiceCluster.Protocol.Gateway;

namespace VoiceCluster.Gateways.Voice;

/// <summary>Takes clients' sockets that other nodes have, and gives each an actor as if it had been accepted here.</summary>
/// <remarks>That actor trusts nothing but the other node's HELLO: it checks the token of the identify or resume that comes first, as with any socket.</remarks>
internal sealed class SpliceAcceptorActor(VoiceGatewayServices services) : Actor
{
    /// <inheritdoc />
    protected override ValueTask ReceiveAsync(IActorMessage message, CancellationToken cancellation)
    {
        if (message is OpenSplice open)
        {
            Context.Reply(new SpliceOpened(TryTake(open)));
        }

        return ValueTask.CompletedTask;
    }

    private bool TryTake(OpenSplice open)
    {
        if (open.Version is < VoiceGatewayVersion.Oldest or > VoiceGatewayVersion.Newest || services.Splicer.TryTake(open) is not { } socket)
        {
            return false;
        }

        var version = new VoiceGatewayVersion(open.Version);
        var peer = IPAddress.TryParse(open.Peer, out var address) ? address : null;
        socket.SetOwner(SocketActor.Spawn(
            Context.Host, SocketActor.NewName("voice"), () => new VoiceGatewayActor(socket, version, peer, services, isSpliced: true)));
        return true;
    }
}
