using System.Collections.Immutable;
using VoiceCluster.Cluster.Hosting;
using VoiceCluster.Domain.Identities;

namespace VoiceCluster.Cluster.Store;

/// <summary>What the nodes of a cluster share: membership, shard ownership, entities, the directory, LVSP sessions, plans.</summary>
/// <remarks>Safe for calls from any thread. A store that is away throws <see cref="StoreUnavailableException"/>, nothing else.</remarks>
public interface IClusterStore : IMembershipStore, IShardStore, IEntityStore, ILvspSessionStore, IPlanStore;

/// <summary>Who owns which shard.</summary>
public interface IShardStore
{
    /// <summary>
    /// Takes the shard if nobody has it or its owner is <paramref name="replacing"/>, unless membership has that owner as live; each change of
    /// owner raises the epoch.
    /// </summary>
    /// <returns>The claim in force afterwards, whoever's it is.</returns>
    Task<ShardClaim> ClaimShardAsync(ShardId shard, NodeIncarnation node, NodeIncarnation? replacing, CancellationToken cancellation);

    /// <summary>Gives a shard back; does nothing if the claim is not in force any more.</summary>
    Task ReleaseShardAsync(ShardClaim claim, CancellationToken cancellation);
}

/// <summary>A shard's owner and the epoch of its ownership, from 1.</summary>
public sealed record ShardClaim(ShardId Shard, NodeIncarnation Owner, long Epoch);

/// <summary>Entities as bytes, and the directory that finds them.</summary>
public interface IEntityStore
{
    /// <summary>The stored form of an entity, or null.</summary>
    Task<StoredEntity?> LoadAsync(EntityKind kind, string key, CancellationToken cancellation);

    /// <summary>Every stored entity of a kind that was committed with this group; a channel's voice states share one.</summary>
    Task<ImmutableArray<StoredEntity>> LoadGroupAsync(EntityKind kind, string group, CancellationToken cancellation);

    /// <summary>Every stored entity of a shard: what a new owner wakes, so that their timers run.</summary>
    Task<ImmutableArray<EntityAddress>> ListShardAsync(ShardId shard, CancellationToken cancellation);

    /// <summary>Writes an entity and its directory entries in one transaction, which an epoch older than the shard's refuses.</summary>
    /// <returns>False when the claim is not in force any more; nothing was written.</returns>
    Task<bool> CommitAsync(ShardClaim claim, EntityCommit commit, CancellationToken cancellation);

    /// <summary>The values under a directory key; several entities may share one.</summary>
    Task<ImmutableArray<string>> LookupAsync(DirectoryIndex index, string key, CancellationToken cancellation);
}

/// <summary>An entity's stored form.</summary>
public sealed record StoredEntity(EntityKind Kind, string Key, string? Group, ReadOnlyMemory<byte> State);

/// <summary>One entity's change: its new state, or its end, and all the directory entries it has from now on.</summary>
/// <param name="Entity">The kind and key.</param>
/// <param name="Group">What <see cref="IEntityStore.LoadGroupAsync"/> finds it by.</param>
/// <param name="State">Null when the entity ends: its row and directory entries go.</param>
/// <param name="Directory">Replaces the entity's earlier entries.</param>
public sealed record EntityCommit(
    EntityAddress Entity,
    string? Group,
    ReadOnlyMemory<byte>? State,
    ImmutableArray<DirectoryEntry> Directory);

/// <summary>What the directory finds entities by.</summary>
public enum DirectoryIndex
{
    /// <summary>"realm/channel id" to the channel's guild.</summary>
    Channel = 1,

    /// <summary>"realm/session id" to voice states.</summary>
    Session = 2,

    /// <summary>The hash of a bearer token to a voice state or channel.</summary>
    Token = 3,
}

/// <summary>One way to find an entity.</summary>
public sealed record DirectoryEntry(DirectoryIndex Index, string Key, string Value);

/// <summary>The store cannot be reached or did not answer in time.</summary>
public sealed class StoreUnavailableException(string message, Exception? inner = null) : Exception(message, inner);
