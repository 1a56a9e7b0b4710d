using System.Collections.Immutable;
using VoiceCluster.Cluster.Store;
using VoiceCluster.Domain.Directory;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Cluster.Directory;

/// <summary>Limits and times of a <see cref="VoiceDirectory"/>.</summary>
public sealed record VoiceDirectoryOptions
{
    /// <summary>Keys kept; the oldest goes first.</summary>
    public int CacheCapacity { get; init; } = 16_384;

    /// <summary>How long an answer is given without asking the store again.</summary>
    public TimeSpan FreshFor { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How old an answer may be while the store is away.</summary>
    public TimeSpan KeptFor { get; init; } = TimeSpan.FromMinutes(10);
}

/// <summary>The directory of the store, with a small memory of what was found. What was not found is asked again.</summary>
public sealed class VoiceDirectory(IEntityStore store, TimeProvider time, VoiceDirectoryOptions? options = null) : IVoiceDirectory
{
    private readonly VoiceDirectoryOptions _options = options ?? new VoiceDirectoryOptions();
    private readonly DirectoryCache _cache = new(time, (options ?? new VoiceDirectoryOptions()).CacheCapacity);

    /// <inheritdoc />
    public async ValueTask<ChannelKey?> FindChannelAsync(Realm realm, Snowflake channelId, CancellationToken cancellation)
    {
        foreach (var value in await LookupAsync(DirectoryIndex.Channel, DirectoryKeys.Channel(realm, channelId), cancellation))
        {
            if (DirectoryKeys.TryReadChannel(value, realm, channelId, out var channel))
            {
                return channel;
            }
        }

        return null;
    }

    /// <inheritdoc />
    public async ValueTask<ImmutableArray<VoiceStateKey>> FindSessionAsync(
        Realm realm,
        string sessionId,
        CancellationToken cancellation)
    {
        var states = ImmutableArray.CreateBuilder<VoiceStateKey>();
        foreach (var value in await LookupAsync(DirectoryIndex.Session, DirectoryKeys.Session(realm, sessionId), cancellation))
        {
            if (DirectoryKeys.TryReadState(value, out var state) && state.Realm == realm)
            {
                states.Add(state);
            }
        }

        return states.DrainToImmutable();
    }

    /// <inheritdoc />
    public async ValueTask<TokenGrant?> FindTokenAsync(string token, CancellationToken cancellation)
    {
        foreach (var value in await LookupAsync(DirectoryIndex.Token, DirectoryKeys.Token(token), cancellation))
        {
            if (DirectoryKeys.TryReadGrant(value, out var grant))
            {
                return grant;
            }
        }

        return null;
    }

    /// <summary>Forgets what is kept under a key, because it is known to have changed.</summary>
    public void Invalidate(DirectoryIndex index, string key) => _cache.Remove(index, key);

    /// <summary>Forgets what is kept under the keys of an entity that was committed or ended.</summary>
    public void Invalidate(params IEnumerable<DirectoryEntry> entries)
    {
        foreach (var entry in entries)
        {
            _cache.Remove(entry.Index, entry.Key);
        }
    }

    private async ValueTask<ImmutableArray<string>> LookupAsync(DirectoryIndex index, string key, CancellationToken cancellation)
    {
        var cached = _cache.Find(index, key, _options.FreshFor);
        if (!cached.IsDefault)
        {
            Telemetry.DirectoryLookup("cache");
            return cached;
        }

        try
        {
            Telemetry.DirectoryLookup("store");
            var removals = _cache.Removals;
            var found = await store.LookupAsync(index, key, cancellation);
            Keep(index, key, found, removals);
            return found;
        }
        catch (StoreUnavailableException)
        {
            var kept = _cache.Find(index, key, _options.KeptFor);
            Telemetry.DirectoryUnavailable(answered: !kept.IsDefault);
            return kept.IsDefault ? [] : kept;
        }
    }

    private void Keep(DirectoryIndex index, string key, ImmutableArray<string> found, long removalsBefore)
    {
        if (found.IsEmpty)
        {
            _cache.Remove(index, key);
        }
        else
        {
            _cache.Add(index, key, found, removalsBefore);
        }
    }
}
