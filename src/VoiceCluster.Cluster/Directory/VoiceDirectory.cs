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

    /// <summary>How old an answer may be while the store is away.</summary>
    public TimeSpan KeptFor { get; init; } = TimeSpan.FromMinutes(10);
}

/// <summary>The directory of the store, with a small memory of what was found for the times when the store is away.</summary>
/// <remarks>
/// While the store answers it is asked each time: entries change on every node, and a leave that names a session must end what the
/// session is in now. Lookups come with joins and identifies, never with packets.
/// </remarks>
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

    private async ValueTask<ImmutableArray<string>> LookupAsync(DirectoryIndex index, string key, CancellationToken cancellation)
    {
        try
        {
            Telemetry.DirectoryLookup();
            var found = await store.LookupAsync(index, key, cancellation);
            Keep(index, key, found);
            return found;
        }
        catch (StoreUnavailableException)
        {
            var kept = _cache.Find(index, key, _options.KeptFor);
            Telemetry.DirectoryUnavailable(answered: !kept.IsDefault);
            return kept.IsDefault ? [] : kept;
        }
    }

    private void Keep(DirectoryIndex index, string key, ImmutableArray<string> found)
    {
        if (found.IsEmpty)
        {
            _cache.Remove(index, key);
        }
        else
        {
            _cache.Add(index, key, found);
        }
    }
}
