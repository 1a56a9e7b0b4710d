namespace VoiceCluster.Cluster.Hosting;

/// <summary>What a host holds and has done, at one moment.</summary>
/// <param name="Entities">Sharded entities in memory.</param>
/// <param name="LocalActors">Local actors that have not ended.</param>
/// <param name="OwnedShards">Shards that this node owns.</param>
/// <param name="Timers">Timers set by actors.</param>
/// <param name="PendingAsks">Requests that wait for an answer.</param>
/// <param name="Queued">Messages in mailboxes.</param>
/// <param name="DeepestMailbox">Messages in the fullest mailbox.</param>
/// <param name="Handled">Messages handled since the start.</param>
/// <param name="Dropped">Messages dropped since the start, for any reason.</param>
/// <param name="LateReplies">Answers that came after their deadline; also among the dropped.</param>
/// <param name="Restarts">Failed instances that were replaced, or will be.</param>
/// <param name="Passivations">Entities that were put away while idle.</param>
public sealed record EntityHostStatus(
    int Entities,
    int LocalActors,
    int OwnedShards,
    long Timers,
    int PendingAsks,
    long Queued,
    int DeepestMailbox,
    long Handled,
    long Dropped,
    long LateReplies,
    long Restarts,
    long Passivations);
