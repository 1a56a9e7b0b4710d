using System.Diagnostics.CodeAnalysis;
using VoiceCluster.Domain.Identities;

namespace VoiceCluster.Cluster.Hosting;

/// <summary>The messages that wait for a shard to have an owner, in the order in which they go on. Not safe for concurrent calls.</summary>
/// <param name="capacity">How many may wait, and how many more may be given back.</param>
internal sealed class ShardQueue(int capacity)
{
    private readonly Queue<WaitingMessage> _waiting = [];

    /// <summary>What entities that were stopped gave back, which goes before <see cref="_waiting"/>; of one entity the last first.</summary>
    private readonly Stack<WaitingMessage> _givenBack = [];

    /// <summary>How many wait.</summary>
    public int Count => _givenBack.Count + _waiting.Count;

    /// <summary>Puts a message behind the others. Null when it was taken.</summary>
    public DropReason? Add(WaitingMessage message)
    {
        if (_waiting.Count >= capacity)
        {
            return DropReason.ShardQueueFull;
        }

        _waiting.Enqueue(message);
        return null;
    }

    /// <summary>Puts a message that an entity had already before all others. False when there is no room.</summary>
    public bool TryGiveBack(WaitingMessage message)
    {
        if (_givenBack.Count >= capacity)
        {
            return false;
        }

        _givenBack.Push(message);
        return true;
    }

    /// <summary>Takes out the next one.</summary>
    public bool TryTake([MaybeNullWhen(false)] out WaitingMessage message) => _givenBack.TryPop(out message) || _waiting.TryDequeue(out message);
}

/// <summary>A message on its way to an entity, wherever that lives.</summary>
/// <param name="Target">The entity.</param>
/// <param name="Delivery">The message.</param>
/// <param name="From">The node that sent it here; null for this one.</param>
/// <param name="Hops">How many nodes it has been to before.</param>
internal readonly record struct WaitingMessage(EntityAddress Target, Delivery Delivery, NodeId? From = null, byte Hops = 0);
