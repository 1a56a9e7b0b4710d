namespace VoiceCluster.Cluster.Hosting;

/// <summary>One actor: a mailbox's reader. The host calls it from one thread at a time.</summary>
public abstract class Actor
{
    /// <summary>What the actor may use; set before <see cref="StartAsync"/>.</summary>
    protected internal IActorContext Context { get; internal set; } = null!;

    /// <summary>Called before the first message, and again on a fresh instance after a failure: load the stored state here.</summary>
    protected internal virtual ValueTask StartAsync(CancellationToken cancellation) => ValueTask.CompletedTask;

    /// <summary>Handles one message. An exception restarts the actor with backoff, from its stored state.</summary>
    protected internal abstract ValueTask ReceiveAsync(IActorMessage message, CancellationToken cancellation);

    /// <summary>Whether an idle entity may be put away. What only lives in memory is lost then.</summary>
    protected internal virtual bool MayPassivate => true;

    /// <summary>Called after the last message: on stop, passivation, and before a restart.</summary>
    protected internal virtual ValueTask StopAsync() => ValueTask.CompletedTask;
}

/// <summary>What an actor sees of its host. Used only from within the actor's own calls.</summary>
public interface IActorContext
{
    /// <summary>The actor's own address.</summary>
    ActorAddress Self { get; }

    /// <summary>The host, to tell others.</summary>
    IEntityHost Host { get; }

    /// <summary>The node's clock.</summary>
    TimeProvider Time { get; }

    /// <summary>The epoch of the owned shard; 0 for actors that are not sharded.</summary>
    long Epoch { get; }

    /// <summary>Whether somebody waits for an answer to what is being handled: an answer may cost more to make than all the rest.</summary>
    bool IsAsked { get; }

    /// <summary>Answers the request being handled; does nothing when it was told, not asked.</summary>
    void Reply(IActorMessage reply);

    /// <summary>Takes the way back of the request being handled, to answer it later, once.</summary>
    Action<IActorMessage> TakeReply();

    /// <summary>
    /// Leaves a message to whatever this sharded entity is started as next, here or on another node, before all that waits for it; for
    /// <see cref="Actor.StopAsync"/>.
    /// </summary>
    void HandOn(IActorMessage message);

    /// <summary>Sends a message to itself after a time; setting a timer again moves it.</summary>
    void SetTimer(string name, TimeSpan dueTime, IActorMessage message);

    /// <summary>Stops a timer; nothing happens if it is not set.</summary>
    void CancelTimer(string name);

    /// <summary>Ends the actor after the current message: a sharded one starts again with its next message, a local one is gone.</summary>
    void Stop();
}
