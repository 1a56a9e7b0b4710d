using System.Text;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Protocol.Lvsp;

/// <summary>What the server tells a backend, by INFO. Tokens do not show in <c>ToString</c>.</summary>
/// <param name="ChannelId">The channel.</param>
/// <param name="GuildId">Null for a private call.</param>
public abstract record LvspNotice(Snowflake ChannelId, Snowflake? GuildId)
{
    /// <summary>Prints the ids only, so that a logged notice gives no credential away.</summary>
    protected virtual bool PrintMembers(StringBuilder builder)
    {
        builder.Append("ChannelId = ").Append(ChannelId).Append(", GuildId = ").Append(GuildId);
        return true;
    }
}

/// <summary>The channel is served here.</summary>
/// <param name="ChannelId">The channel.</param>
/// <param name="GuildId">Null for a private call.</param>
/// <param name="Bitrate">Bits per second in force; written in document form only, 0 when read from the other.</param>
/// <param name="Token">The channel's token.</param>
/// <param name="Endpoint"><c>host[:port]</c> for the users' voice WebSockets.</param>
public sealed record ChannelAssigned(Snowflake ChannelId, Snowflake? GuildId, int Bitrate, string Token, string Endpoint)
    : LvspNotice(ChannelId, GuildId)
{
    protected override bool PrintMembers(StringBuilder builder)
    {
        base.PrintMembers(builder);
        builder.Append(", Bitrate = ").Append(Bitrate).Append(", Endpoint = ").Append(Endpoint);
        return true;
    }
}

/// <summary>Another bitrate is in force than was asked for. Exists in document form only.</summary>
public sealed record ChannelBitrateInForce(Snowflake ChannelId, Snowflake? GuildId, int Bitrate) : LvspNotice(ChannelId, GuildId);

/// <summary>The channel is gone from this server, or was never placed.</summary>
/// <param name="ChannelId">The channel.</param>
/// <param name="GuildId">Null for a private call.</param>
/// <param name="Reason">One of <see cref="LvspReason"/>, or another short text.</param>
public sealed record ChannelDestroyed(Snowflake ChannelId, Snowflake? GuildId, string Reason) : LvspNotice(ChannelId, GuildId);

/// <summary>The voice state is there; the user may connect with these credentials.</summary>
/// <param name="UserId">The user.</param>
/// <param name="ChannelId">The channel.</param>
/// <param name="GuildId">Null for a private call.</param>
/// <param name="SessionId">The voice session id.</param>
/// <param name="Flags">Written in document form only; all false when read from the other.</param>
/// <param name="Token">The user's own token.</param>
/// <param name="Endpoint"><c>host[:port]</c> for the user's voice WebSocket.</param>
public sealed record VoiceStateDone(
    Snowflake UserId,
    Snowflake ChannelId,
    Snowflake? GuildId,
    string SessionId,
    VoiceFlags Flags,
    string Token,
    string Endpoint) : LvspNotice(ChannelId, GuildId)
{
    protected override bool PrintMembers(StringBuilder builder)
    {
        base.PrintMembers(builder);
        builder.Append(", UserId = ").Append(UserId).Append(", Endpoint = ").Append(Endpoint);
        return true;
    }
}

/// <summary>The server ended a voice state by itself.</summary>
/// <param name="UserId">The user.</param>
/// <param name="ChannelId">The channel the user was in.</param>
/// <param name="GuildId">Null for a private call.</param>
/// <param name="SessionId">The voice session id, worthless from now on.</param>
/// <param name="Reason">One of <see cref="LvspReason"/>, or another short text.</param>
/// <param name="Flags">The last ones; written in document form only.</param>
public sealed record VoiceStateDestroyed(
    Snowflake UserId,
    Snowflake ChannelId,
    Snowflake? GuildId,
    string SessionId,
    string Reason,
    VoiceFlags Flags) : LvspNotice(ChannelId, GuildId)
{
    protected override bool PrintMembers(StringBuilder builder)
    {
        base.PrintMembers(builder);
        builder.Append(", UserId = ").Append(UserId).Append(", Reason = ").Append(Reason);
        return true;
    }
}

/// <summary>Texts of <c>reason</c> in notices.</summary>
public static class LvspReason
{
    /// <summary>No node can take the channel.</summary>
    public const string NoCapacity = "no capacity";

    /// <summary>No voice WebSocket claimed the state in time.</summary>
    public const string Unclaimed = "unclaimed";

    /// <summary>The voice WebSocket is gone and was not resumed in time.</summary>
    public const string Disconnected = "disconnected";

    /// <summary>A channel without voice states was forgotten.</summary>
    public const string Expired = "expired";

    /// <summary>The node that served it failed.</summary>
    public const string NodeFailed = "node failed";
}
