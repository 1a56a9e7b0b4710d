using System.Net;
using Microsoft.Extensions.Logging;
using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Cluster.Messages;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Domain.VoiceStates;
using VoiceCluster.Gateways.Sockets;
using VoiceCluster.Protocol.Gateway;

namespace VoiceCluster.Gateways.Splices;

/// <summary>Hands clients' sockets to the nodes that hold their sessions, and takes those of other nodes. Safe for calls from any thread.</summary>
/// <param name="host">Carries what the ends say.</param>
/// <param name="registry">The ends on this node.</param>
/// <param name="options">The limits of a voice socket.</param>
/// <param name="process">The incarnation that this process began with.</param>
/// <param name="time">The node's clock.</param>
/// <param name="logger">For what was not spliced.</param>
internal sealed partial class SocketSplicer(
    Lazy<IEntityHost> host, SpliceRegistry registry, VoiceGatewayOptions options, Func<long> process, TimeProvider time, ILogger logger)
{
    /// <summary>The actor that takes sockets of other nodes, the same on every node.</summary>
    public const string Acceptor = "splices";

    /// <summary>A client waits meanwhile; one whose session's node is slower than that begins anew.</summary>
    private static readonly TimeSpan OpenDeadline = TimeSpan.FromSeconds(2);

    /// <summary>The session's end closes a client whose heartbeats are missing, so after somewhat longer it is gone itself.</summary>
    private TimeSpan Silence => options.HeartbeatTimeout + SpliceFlow.GoodbyeDeadline;

    /// <summary>Hands over a socket whose client waits for the answer to its identify or resume, which has been found to be valid.</summary>
    /// <param name="socket">The socket; not the caller's any more when this comes true.</param>
    /// <param name="connection">Its connection; ended then.</param>
    /// <param name="holder">Where the session is.</param>
    /// <param name="peer">The client's address.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>Whether the other node has taken it.</returns>
    public async ValueTask<bool> TryHandOverAsync(
        IGatewaySocket socket, VoiceGatewayConnection connection, VoiceClaim holder, IPAddress? peer, CancellationToken cancellation)
    {
        if (!registry.TryReserve(SpliceRole.Client))
        {
            return false;
        }

        var node = host.Value.Node.Node;
        var name = SocketActor.NewName("splice");
        var ends = new SpliceEnds(SpliceRole.Client, new LocalAddress(node, name), new LocalAddress(holder.Gateway.Node, name), holder.Process);
        var side = new ClientSide(socket, ends, Silence, host.Value, time);
        SocketActor.Spawn(host.Value, name, () => new ClientSpliceActor(side));
        if (!await TryOpenAsync(side.Splice, new OpenSplice(name, node, process(), connection.Version.Number, peer?.ToString()), cancellation))
        {
            return false;
        }

        foreach (var message in connection.HandOver())
        {
            side.Splice.TrySend(message, isText: true);
        }

        socket.Identified();
        socket.SetOwner(ends.Self);
        Log.Spliced(logger, ends.Self, ends.Other.Node);
        return true;
    }

    /// <summary>Takes a socket that another node has. Null when there are too many.</summary>
    public SplicedSocket? TryTake(OpenSplice open)
    {
        if (!registry.TryReserve(SpliceRole.Session))
        {
            return null;
        }

        var self = new LocalAddress(host.Value.Node.Node, open.Name);
        var ends = new SpliceEnds(SpliceRole.Session, self, new LocalAddress(open.From, open.Name), open.Process);
        var socket = new SplicedSocket(ends, Silence, options.MaxMessageBytes, host.Value, time);
        registry.Add(socket.Splice);
        SocketActor.Spawn(host.Value, open.Name, () => new SpliceActor(socket.Splice));
        return socket;
    }

    private async ValueTask<bool> TryOpenAsync(Splice splice, OpenSplice open, CancellationToken cancellation)
    {
        var isOpen = false;
        try
        {
            isOpen = await AskAsync(splice.Ends.Other.Node, open, cancellation);
            return isOpen;
        }
        finally
        {
            registry.Add(splice);
            if (!isOpen)
            {
                // The other node may have taken it, or may still do so.
                splice.End(null, null);
            }
        }
    }

    private async ValueTask<bool> AskAsync(NodeId holder, OpenSplice open, CancellationToken cancellation)
    {
        try
        {
            var reply = await host.Value.AskAsync(new LocalAddress(holder, Acceptor), open, OpenDeadline, cancellation);
            if (!reply.IsOpen)
            {
                CountRefusal("refused");
            }

            return reply.IsOpen;
        }
        catch (AskException error)
        {
            // A release that knows nothing of splices refuses the question like everything that it does not know.
            Log.NotTaken(logger, holder, error.Failure);
            CountRefusal("not_answered");
            return false;
        }
    }

    private static void CountRefusal(string reason) => GatewaysTelemetry.SplicesRefused.Add(1, new KeyValuePair<string, object?>("reason", reason));

    private static partial class Log
    {
        [LoggerMessage(EventId = 330, Level = LogLevel.Debug, Message = "{Splice} goes on with its session on {Node}.")]
        public static partial void Spliced(ILogger logger, ActorAddress splice, NodeId node);

        [LoggerMessage(EventId = 331, Level = LogLevel.Information, Message = "A client's socket was not taken by {Node}, which holds its session: {Failure}.")]
        public static partial void NotTaken(ILogger logger, NodeId node, AskFailure failure);
    }
}
