using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Domain.Media;

namespace VoiceCluster.Cluster.Messages;

/// <summary>A message to the actor that looks after a worker.</summary>
public interface IUdpIngressMessage : IActorMessage;

/// <summary>A channel's plan for the worker.</summary>
public sealed record PublishPlan(ForwardingPlan Plan) : IUdpIngressMessage;

/// <summary>Whose session it is: what the packet loop tells of it goes there.</summary>
public sealed record BindMediaSession(MediaSessionId Session, GatewayAddress Gateway) : IUdpIngressMessage;

/// <summary>The session has ended.</summary>
public sealed record UnbindMediaSession(MediaSessionId Session) : IUdpIngressMessage;
