using VoiceCluster.Cluster.Hosting;

namespace VoiceCluster.Cluster.Messages;

/// <summary>A message to the actor that holds a backend's link.</summary>
public interface ILvspGatewayMessage : IActorMessage;

/// <summary>The session's outbox has frames that were not sent yet.</summary>
public sealed record OutboxAdvanced(string SessionId, long Sequence) : ILvspGatewayMessage;

/// <summary>The session was resumed on another socket.</summary>
public sealed record ResumedElsewhere(string SessionId, long Generation) : ILvspGatewayMessage;
