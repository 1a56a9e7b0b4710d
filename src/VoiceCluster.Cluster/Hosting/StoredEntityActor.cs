using System.Collections.Immutable;
using VoiceCluster.Cluster.Store;

namespace VoiceCluster.Cluster.Hosting;

/// <summary>A sharded entity whose state is stored whenever it changes.</summary>
public abstract class StoredEntityActor(IEntityStore store) : Actor
{
    /// <summary>The name of the timer that <see cref="SetDeadline"/> sets.</summary>
    protected const string DeadlineTimer = "deadline";

    /// <summary>The entity's own address.</summary>
    protected EntityAddress Address => (EntityAddress)Context.Self;

    /// <summary>The store that the entity is kept in.</summary>
    protected IEntityStore Store => store;

    /// <summary>The wall clock now.</summary>
    protected DateTimeOffset Now => Context.Time.GetUtcNow();

    /// <summary>Stores the entity.</summary>
    /// <exception cref="ShardLostException">
    /// Nothing was stored, because the shard has another owner by now. To be let through: the host then hands the whole shard on.
    /// </exception>
    protected async ValueTask CommitAsync(
        ReadOnlyMemory<byte>? state,
        string? group,
        ImmutableArray<DirectoryEntry> directory,
        CancellationToken cancellation)
    {
        var claim = new ShardClaim(Address.Shard, Context.Host.Node, Context.Epoch);
        if (!await store.CommitAsync(claim, new EntityCommit(Address, group, state, directory), cancellation))
        {
            throw new ShardLostException(claim.Shard, claim.Epoch);
        }
    }

    /// <summary>Sets or clears the timer of the entity's next deadline.</summary>
    protected void SetDeadline(DateTimeOffset? deadline, IActorMessage message)
    {
        if (deadline is not { } due)
        {
            Context.CancelTimer(DeadlineTimer);
            return;
        }

        // Timers know whole milliseconds only, and cut off the rest: they would come too early.
        var wait = TimeSpan.FromMilliseconds(Math.Ceiling((due - Now).TotalMilliseconds));
        Context.SetTimer(DeadlineTimer, wait > TimeSpan.Zero ? wait : TimeSpan.Zero, message);
    }
}
