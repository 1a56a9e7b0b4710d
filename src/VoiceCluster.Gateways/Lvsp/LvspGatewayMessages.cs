using System.Collections.Immutable;
using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Cluster.Store;
using VoiceCluster.Protocol.Lvsp;

namespace VoiceCluster.Gateways.Lvsp;

/// <summary>The request at the head of the queue was carried out; these notices answer it, in the session that asked.</summary>
internal sealed record RequestHandled(LvspSessionRecord Session, LvspForm Form, ImmutableArray<LvspNotice> Notices) : IActorMessage;

/// <summary>A deadline of the connection has come.</summary>
internal sealed record LvspDeadline : IActorMessage;

/// <summary>The node stops: tell the backend to go elsewhere.</summary>
internal sealed record BeginLvspShutdown : IActorMessage;

/// <summary>The store is to be told that the socket is still here.</summary>
internal sealed record HoldDue : IActorMessage;
