using System.Collections.Immutable;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Domain.Directory;

/// <summary>Finds channels and voice states by what peers name them with.</summary>
/// <remarks>
/// While the store cannot be reached only what was found lately is known; each such answer is counted. Safe for calls from any thread.
/// </remarks>
public interface IVoiceDirectory
{
    /// <summary>A channel by its id, with the guild it was made with; null when it is not known.</summary>
    ValueTask<ChannelKey?> FindChannelAsync(Realm realm, Snowflake channelId, CancellationToken cancellation);

    /// <summary>The voice states that carry a session id; several when a backend uses one id for all of a user's guilds.</summary>
    ValueTask<ImmutableArray<VoiceStateKey>> FindSessionAsync(Realm realm, string sessionId, CancellationToken cancellation);

    /// <summary>What a bearer token opens; null for an unknown token.</summary>
    ValueTask<TokenGrant?> FindTokenAsync(string token, CancellationToken cancellation);
}

/// <summary>What a bearer token opens.</summary>
public abstract record TokenGrant
{
    private TokenGrant()
    {
    }

    /// <summary>One user's voice state.</summary>
    public sealed record ToVoiceState(VoiceStateKey State) : TokenGrant;

    /// <summary>Any voice state of one channel.</summary>
    public sealed record ToChannel(ChannelKey Channel) : TokenGrant;
}
