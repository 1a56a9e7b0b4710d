namespace VoiceCluster.Cluster.Hosting;

/// <summary>A message on its way to one actor.</summary>
internal sealed class Delivery(IActorMessage message, ReplyRoute? reply = null, ActorTimer? timer = null)
{
    public IActorMessage Message { get; } = message;

    /// <summary>Null when told.</summary>
    public ReplyRoute? Reply { get; } = reply;

    /// <summary>The timer that fired it; the message only counts while that timer is still set.</summary>
    public ActorTimer? Timer { get; } = timer;

    /// <summary>The actor answers later.</summary>
    public bool ReplyTaken { get; set; }

    /// <summary>The one behind it in the mailbox.</summary>
    public Delivery? Next { get; set; }
}

/// <summary>Why a message did not arrive.</summary>
internal enum DropReason
{
    /// <summary>The mailbox was full.</summary>
    MailboxFull,

    /// <summary>The local actor does not exist, or ended first.</summary>
    ActorGone,

    /// <summary>Too many messages waited for the shard's owner.</summary>
    ShardQueueFull,

    /// <summary>The owner is not known, or the link took nothing.</summary>
    Unreachable,

    /// <summary>Too much waits for that node.</summary>
    LinkFull,

    /// <summary>The link was lost with the message on it.</summary>
    LinkLost,

    /// <summary>The message is longer than any link carries.</summary>
    TooLarge,

    /// <summary>Nodes disagreed about the owner for too long.</summary>
    TooManyHops,

    /// <summary>A frame that is no envelope.</summary>
    BadFrame,

    /// <summary>An envelope whose message is not known here.</summary>
    UnknownMessage,

    /// <summary>A message that cannot be sent to another node.</summary>
    NotEncodable,

    /// <summary>An answer after its deadline.</summary>
    LateReply,

    /// <summary>This host is stopping.</summary>
    HostStopped,

    /// <summary>Too many requests were waiting for answers.</summary>
    TooManyAsks,

    /// <summary>No factory is registered for the kind.</summary>
    UnknownKind,
}

internal static class DropReasons
{
    /// <summary>What the asker is told.</summary>
    public static AskFailure ToFailure(this DropReason reason) => reason switch
    {
        DropReason.MailboxFull or DropReason.ShardQueueFull or DropReason.LinkFull or DropReason.TooManyAsks => AskFailure.Overloaded,
        DropReason.ActorGone => AskFailure.Gone,
        DropReason.UnknownMessage or DropReason.NotEncodable or DropReason.TooLarge => AskFailure.Faulted,
        _ => AskFailure.Unreachable,
    };
}
