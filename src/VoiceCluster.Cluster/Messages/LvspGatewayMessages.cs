using VoiceCluster.Cluster.Hosting;

namespace VoiceCluster.Cluster.Messages;

/// <summary>A message to the actor that holds a backend's link.</summary>
public interface ILvspGatewayMessage : IActorMessage;

/// <summary>The session's outbox has frames that were not sent yet.</summary>
public sealed record OutboxAdvanced(string SessionId, long Sequence) : ILvspGatewayMessage;

/// <summary>The session was resumed on another socket.</summary>
public sealed record ResumedElsewhere(string SessionId, long Generation) : ILvspGatewayMessage;

/// <summary>Asks the holder of a session to store what it has numbered by itself, because somebody resumes it.</summary>
public sealed record SettleSession(string SessionId, long Generation) : ILvspGatewayMessage, IRequest<SessionSettled>;

/// <summary>What the holder of a session answers.</summary>
/// <param name="IsStored">Whether the store knows all that the backend was sent; false while the store is away.</param>
public sealed record SessionSettled(bool IsStored) : IActorMessage;
