using VoiceCluster.Cluster.Hosting;

namespace VoiceCluster.Cluster.Messages;

/// <summary>Asks a node to empty itself, or sets another deadline.</summary>
/// <param name="Deadline">After this time whoever is left is closed.</param>
/// <param name="UntilOver">Whether to answer only when it is over, or cancelled.</param>
public sealed record BeginDrain(TimeSpan Deadline, bool UntilOver = false) : IRequest<DrainReport>;

/// <summary>Asks a node to serve as before.</summary>
public sealed record CancelDrain : IRequest<DrainReport>;

/// <summary>Asks how far it is.</summary>
public sealed record GetDrain : IRequest<DrainReport>;

/// <summary>How far a node is with emptying itself.</summary>
/// <param name="IsDraining">Whether it is being emptied, or is empty and takes nothing new.</param>
/// <param name="Users">Voice sessions left.</param>
/// <param name="Shards">Shards left.</param>
/// <param name="Moved">Users who have gone since it began.</param>
/// <param name="Left">Time to the deadline.</param>
public sealed record DrainReport(bool IsDraining, int Users, int Shards, int Moved, TimeSpan Left) : IActorMessage;
