using System.Globalization;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Domain.Identities;

/// <summary>One backend's world: channel, guild and user ids only mean something inside it. Named by its LVSP secret's key.</summary>
public readonly record struct Realm(string Name)
{
    /// <inheritdoc />
    public override string ToString() => Name;
}

/// <summary>The configured name of a node.</summary>
public readonly record struct NodeId(string Value)
{
    /// <inheritdoc />
    public override string ToString() => Value;
}

/// <summary>One life of a node: a process that restarts under the same name has another incarnation.</summary>
public readonly record struct NodeIncarnation(NodeId Node, long Incarnation)
{
    /// <inheritdoc />
    public override string ToString() => $"{Node}#{Incarnation.ToString("x", CultureInfo.InvariantCulture)}";
}

/// <summary>One packet loop of one life of a node; the unit that a forwarding plan is made for.</summary>
public readonly record struct WorkerId(NodeIncarnation Node, int Index)
{
    /// <inheritdoc />
    public override string ToString() => $"{Node}/{Index.ToString(CultureInfo.InvariantCulture)}";
}

/// <summary>Names a voice channel. Private calls have no guild.</summary>
public readonly record struct ChannelKey(Realm Realm, Snowflake? GuildId, Snowflake ChannelId)
{
    /// <summary>The guild, or else the channel itself: what the channel shares its shard and its voice states with.</summary>
    public Snowflake ScopeId => GuildId ?? ChannelId;

    /// <inheritdoc />
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Realm.Name}/{ScopeId.Value}/{ChannelId.Value}");
}

/// <summary>Names a user's voice state: one per user and guild, or per user and private call.</summary>
public readonly record struct VoiceStateKey(Realm Realm, Snowflake ScopeId, Snowflake UserId)
{
    /// <inheritdoc />
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Realm.Name}/{ScopeId.Value}/{UserId.Value}");
}

/// <summary>Names a media session on the node that serves it; random, never used again.</summary>
public readonly record struct MediaSessionId(ulong Value)
{
    /// <inheritdoc />
    public override string ToString() => Value.ToString("x16", CultureInfo.InvariantCulture);
}

/// <summary>Where the actor that holds a user's voice websocket lives.</summary>
public readonly record struct GatewayAddress(NodeId Node, string Name)
{
    /// <inheritdoc />
    public override string ToString() => $"{Node}/{Name}";
}
