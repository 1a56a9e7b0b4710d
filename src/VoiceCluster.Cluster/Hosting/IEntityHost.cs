using VoiceCluster.Domain.Identities;

namespace VoiceCluster.Cluster.Hosting;

/// <summary>A message to an actor. Immutable; handled one at a time.</summary>
public interface IActorMessage;

/// <summary>A message that is answered with a <typeparamref name="TReply"/>.</summary>
public interface IRequest<TReply> : IActorMessage
    where TReply : IActorMessage;

/// <summary>Runs actors: bounded mailboxes, one message at a time, supervision, timers, passivation.</summary>
/// <remarks>
/// Sharded entities only ever <see cref="Tell"/> one another; gateways may ask them. So no two actors wait for each other.
/// Safe for calls from any thread.
/// </remarks>
public interface IEntityHost
{
    /// <summary>This node.</summary>
    NodeIncarnation Node { get; }

    /// <summary>Puts a message into an actor's mailbox, on whichever node it lives. Never blocks.</summary>
    /// <returns>False when a mailbox or link is full or the local actor is gone; the drop is counted.</returns>
    bool Tell(ActorAddress target, IActorMessage message);

    /// <summary>Sends a request and waits for its answer until the deadline.</summary>
    /// <exception cref="AskException">No answer; the exception says at which stage it failed.</exception>
    Task<TReply> AskAsync<TReply>(ActorAddress target, IRequest<TReply> request, TimeSpan deadline, CancellationToken cancellation = default)
        where TReply : IActorMessage;

    /// <summary>Starts an actor that lives on this node until it stops itself or the host stops.</summary>
    LocalAddress Spawn(string name, Func<Actor> factory);
}
