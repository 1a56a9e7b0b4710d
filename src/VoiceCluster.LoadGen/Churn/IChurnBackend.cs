using VoiceCluster.Client.Lvsp;
using VoiceCluster.Client.Sockets;
using VoiceCluster.Protocol.Lvsp;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.LoadGen.Churn;

/// <summary>What a user who joins and leaves needs of a chat backend. Any thread.</summary>
internal interface IChurnBackend
{
    /// <summary>Joins a user and waits for the credentials.</summary>
    /// <exception cref="ClientException">There are none.</exception>
    Task<VoiceStateDone> JoinAsync(Snowflake user, Snowflake channel, Snowflake guild, CancellationToken cancellation);

    /// <summary>Takes a user out.</summary>
    /// <exception cref="ClientException">That could not be said.</exception>
    ValueTask LeaveAsync(Snowflake user, Snowflake channel, Snowflake guild, CancellationToken cancellation);
}

/// <summary>A backend with one link, which is not to break.</summary>
internal sealed class OneLink(LvspClient link) : IChurnBackend
{
    /// <inheritdoc />
    public Task<VoiceStateDone> JoinAsync(Snowflake user, Snowflake channel, Snowflake guild, CancellationToken cancellation) =>
        link.JoinAsync(user, channel, guild, cancellation);

    /// <inheritdoc />
    public ValueTask LeaveAsync(Snowflake user, Snowflake channel, Snowflake guild, CancellationToken cancellation) =>
        link.LeaveAsync(user, channel, guild, cancellation);
}
