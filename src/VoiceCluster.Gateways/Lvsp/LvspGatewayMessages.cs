using System.Collections.Immutable;
using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Protocol.Lvsp;

namespace VoiceCluster.Gateways.Lvsp;

/// <summary>The request at the head of the queue was carried out; these notices answer it, in the session that asked.</summary>
internal sealed record RequestHandled(string SessionId, LvspForm Form, ImmutableArray<LvspNotice> Notices) : IActorMessage;

/// <summary>A deadline of the connection has come.</summary>
internal sealed record LvspDeadline : IActorMessage;

/// <summary>The node stops: tell the backend to go elsewhere.</summary>
internal sealed record BeginLvspShutdown : IActorMessage;

/// <summary>The store was away; it may be back.</summary>
internal sealed record StoreDue : IActorMessage;
