using System.Net;
using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Gateways.Sockets;
using VoiceCluster.Protocol.Gateway;

namespace VoiceCluster.Gateways.Voice;

/// <summary>A socket that resumes the session is handed to the actor that holds it. Only within a node.</summary>
internal sealed record AdoptSocket(IGatewaySocket Socket, VoiceGatewayConnection Connection, IPAddress? Peer, Resume Resume) : IRequest<SocketAdopted>
{
    /// <inheritdoc />
    public override string ToString() => nameof(AdoptSocket);
}

/// <summary>Whether the holder has the socket now.</summary>
internal sealed record SocketAdopted(bool Adopted) : IActorMessage;

/// <summary>A deadline of the connection has come.</summary>
internal sealed record VoiceDeadline : IActorMessage;

/// <summary>Nobody ended or resumed the detached session, though its voice state should have: it ends itself.</summary>
internal sealed record SessionOrphaned : IActorMessage;

/// <summary>The node stops: clients are sent away so that they come back elsewhere.</summary>
internal sealed record BeginVoiceShutdown : IActorMessage;
