using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using VoiceCluster.Cluster.Store;
using VoiceCluster.Domain.Directory;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Cluster.Directory;

/// <summary>The keys and values of the directory. Values are read without ever throwing.</summary>
/// <remarks>
/// <code>
/// index    key                      value
/// Channel  realm/channel id         guild id; empty for a private call
/// Session  realm/session id         realm/scope/user
/// Token    SHA-256 in lower hex     s/realm/scope/user, or c/realm/guild or empty/channel
/// </code>
/// Ids hold no slash, so a realm may: values are read from the right.
/// </remarks>
public static class DirectoryKeys
{
    private const string StatePrefix = "s/";
    private const string ChannelPrefix = "c/";

    /// <summary>The key that a channel is found by.</summary>
    public static string Channel(Realm realm, Snowflake channelId) => $"{realm.Name}/{channelId}";

    /// <summary>The key that the voice states of a session are found by.</summary>
    public static string Session(Realm realm, string sessionId) => $"{realm.Name}/{sessionId}";

    /// <summary>The key of a bearer token: its hash, never the token.</summary>
    public static string Token(string token) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(token)));

    /// <summary>Lets a channel be found by its id.</summary>
    public static DirectoryEntry EntryOf(ChannelKey channel) =>
        new(DirectoryIndex.Channel, Channel(channel.Realm, channel.ChannelId), channel.GuildId?.ToString() ?? string.Empty);

    /// <summary>Lets a voice state be found by its session id.</summary>
    public static DirectoryEntry EntryOf(string sessionId, VoiceStateKey state) =>
        new(DirectoryIndex.Session, Session(state.Realm, sessionId), state.ToString());

    /// <summary>Lets a token open a voice state.</summary>
    /// <param name="tokenHash">As <see cref="Token"/> gives it.</param>
    /// <param name="state">What it opens.</param>
    public static DirectoryEntry EntryOfToken(string tokenHash, VoiceStateKey state) =>
        new(DirectoryIndex.Token, tokenHash, StatePrefix + state);

    /// <summary>Lets a token open any voice state of a channel.</summary>
    /// <param name="tokenHash">As <see cref="Token"/> gives it.</param>
    /// <param name="channel">What it opens.</param>
    public static DirectoryEntry EntryOfToken(string tokenHash, ChannelKey channel) =>
        new(DirectoryIndex.Token, tokenHash, $"{ChannelPrefix}{channel.Realm}/{channel.GuildId}/{channel.ChannelId}");

    /// <summary>Reads the value under a channel's key.</summary>
    public static bool TryReadChannel(string value, Realm realm, Snowflake channelId, out ChannelKey channel)
    {
        var isRead = TryReadGuild(value, out var guildId);
        channel = new ChannelKey(realm, guildId, channelId);
        return isRead;
    }

    /// <summary>Reads a voice state's key.</summary>
    public static bool TryReadState(ReadOnlySpan<char> value, out VoiceStateKey state)
    {
        state = default;
        if (!TrySplit(value, out var realm, out var scope, out var user)
            || !Snowflake.TryParse(scope, out var scopeId)
            || !Snowflake.TryParse(user, out var userId))
        {
            return false;
        }

        state = new VoiceStateKey(new Realm(realm.ToString()), scopeId, userId);
        return true;
    }

    /// <summary>Reads the value under a token's key.</summary>
    public static bool TryReadGrant(string value, [NotNullWhen(true)] out TokenGrant? grant)
    {
        grant = null;
        if (value.StartsWith(StatePrefix, StringComparison.Ordinal) && TryReadState(value.AsSpan(StatePrefix.Length), out var state))
        {
            grant = new TokenGrant.ToVoiceState(state);
        }
        else if (value.StartsWith(ChannelPrefix, StringComparison.Ordinal)
            && TrySplit(value.AsSpan(ChannelPrefix.Length), out var realm, out var guild, out var channel)
            && TryReadGuild(guild, out var guildId)
            && Snowflake.TryParse(channel, out var channelId))
        {
            grant = new TokenGrant.ToChannel(new ChannelKey(new Realm(realm.ToString()), guildId, channelId));
        }

        return grant is not null;
    }

    private static bool TryReadGuild(ReadOnlySpan<char> value, out Snowflake? guildId)
    {
        var isRead = Snowflake.TryParse(value, out var id);
        guildId = isRead ? id : null;
        return isRead || value.IsEmpty;
    }

    private static bool TrySplit(
        ReadOnlySpan<char> value,
        out ReadOnlySpan<char> realm,
        out ReadOnlySpan<char> middle,
        out ReadOnlySpan<char> last)
    {
        realm = middle = last = default;
        var lastSlash = value.LastIndexOf('/');
        var middleSlash = lastSlash < 0 ? -1 : value[..lastSlash].LastIndexOf('/');
        if (middleSlash <= 0)
        {
            return false;
        }

        realm = value[..middleSlash];
        middle = value[(middleSlash + 1)..lastSlash];
        last = value[(lastSlash + 1)..];
        return true;
    }
}
