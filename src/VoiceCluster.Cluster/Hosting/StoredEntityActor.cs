using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using VoiceCluster.Cluster.Store;

namespace VoiceCluster.Cluster.Hosting;

/// <summary>A sharded entity whose state is stored whenever it changes. While the store is away, what may be is kept here, and stored when it is back.</summary>
/// <typeparam name="TState">The state; immutable.</typeparam>
public abstract class StoredEntityActor<TState>(IEntityStore store) : Actor
    where TState : class
{
    private const string DeadlineTimer = "deadline";

    private static readonly TimeSpan StoreRetryDelay = TimeSpan.FromSeconds(1);

    /// <summary>What only lives here stays.</summary>
    protected internal override bool MayPassivate => !IsUnstored;

    /// <summary>The entity as it is; null before anything is known of it.</summary>
    protected TState? State { get; set; }

    /// <summary>Whether the store does not have the state as it is.</summary>
    protected bool IsUnstored { get; set; }

    /// <summary>The entity's own address.</summary>
    protected EntityAddress Address => (EntityAddress)Context.Self;

    /// <summary>The store that the entity is kept in.</summary>
    protected IEntityStore Store => store;

    /// <summary>The wall clock now.</summary>
    protected DateTimeOffset Now => Context.Time.GetUtcNow();

    /// <summary>What the store does not have goes to whoever owns the shard next, who may be this node.</summary>
    protected internal override ValueTask StopAsync()
    {
        if (IsUnstored && State is { } state && HandOver(state) is { } message)
        {
            Context.HandOn(message);
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>How a state is stored.</summary>
    /// <exception cref="StoreUnavailableException">It cannot be yet, because what is stored is not known.</exception>
    protected abstract EntityCommit CommitOf(TState state);

    /// <summary>The message by which the next owner learns of a state that is not stored; null when it need not.</summary>
    protected abstract IActorMessage? HandOver(TState unstored);

    /// <summary>When a state has to be sent its <see cref="ExpiryOf"/>; null for never.</summary>
    protected abstract DateTimeOffset? DeadlineOf(TState state);

    /// <summary>What tells a state that its deadline may have passed.</summary>
    protected abstract IActorMessage ExpiryOf(TState state);

    /// <summary>Loads what is stored if that could not be done before.</summary>
    protected virtual ValueTask MeetStoredAsync(CancellationToken cancellation) => ValueTask.CompletedTask;

    /// <summary>What is stored of the entity; null if nothing.</summary>
    protected async ValueTask<TStored?> LoadAsync<TStored>(JsonTypeInfo<TStored> contract, CancellationToken cancellation)
        where TStored : class =>
        await store.LoadAsync(Address.Kind, Address.Key, cancellation) is { } row ? JsonSerializer.Deserialize(row.State.Span, contract) : null;

    /// <summary>Stores a state, or, if that is allowed, keeps it here until the store is back. The caller goes on with it as <see cref="State"/>.</summary>
    /// <exception cref="StoreUnavailableException">Neither: the entity stays as it is.</exception>
    /// <exception cref="ShardLostException">
    /// Nothing was stored, because the shard has another owner by now. To be let through: the host then hands the whole shard on.
    /// </exception>
    protected async ValueTask KeepAsync(TState state, bool isObeyedUnstored, CancellationToken cancellation)
    {
        try
        {
            await StoreAsync(state, cancellation);
        }
        catch (StoreUnavailableException) when (isObeyedUnstored)
        {
            IsUnstored = true;
            StoreSoon();
        }
        catch (StoreUnavailableException) when (DeadlineOf(State!) is not null)
        {
            // What ends by itself has nobody who would try again; whatever the clock says by now, its timer has gone off.
            Context.SetTimer(DeadlineTimer, StoreRetryDelay, ExpiryOf(State!));
            throw;
        }
    }

    /// <summary>Loads what could not be loaded, stores what could not be stored; for <see cref="StoreDue"/>.</summary>
    protected async ValueTask CatchUpAsync(CancellationToken cancellation)
    {
        try
        {
            await MeetStoredAsync(cancellation);
            if (IsUnstored)
            {
                await StoreAsync(State!, cancellation);
            }
        }
        catch (StoreUnavailableException)
        {
            StoreSoon();
        }
    }

    /// <summary>Has <see cref="StoreDue"/> come in a while.</summary>
    protected void StoreSoon() => Context.SetTimer(nameof(StoreDue), StoreRetryDelay, new StoreDue());

    /// <summary>Sets or clears the timer of the state's deadline.</summary>
    protected void SetDeadline()
    {
        if (DeadlineOf(State!) is not { } due)
        {
            Context.CancelTimer(DeadlineTimer);
            return;
        }

        // Timers know whole milliseconds only, and cut off the rest: they would come too early.
        var wait = TimeSpan.FromMilliseconds(Math.Ceiling((due - Now).TotalMilliseconds));
        Context.SetTimer(DeadlineTimer, wait > TimeSpan.Zero ? wait : TimeSpan.Zero, ExpiryOf(State!));
    }

    private async ValueTask StoreAsync(TState state, CancellationToken cancellation)
    {
        var commit = CommitOf(state);
        var claim = new ShardClaim(Address.Shard, Context.Host.Node, Context.Epoch);
        if (!await store.CommitAsync(claim, commit, cancellation))
        {
            throw new ShardLostException(claim.Shard, claim.Epoch);
        }

        IsUnstored = false;
    }

    /// <summary>The store may be back.</summary>
    private protected sealed record StoreDue : IActorMessage;
}
