using System.Globalization;
using System.Text;
using System.Text.Unicode;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Cluster.Hosting;

/// <summary>One of the 256 parts of the key space. A guild's channels and voice states share one.</summary>
public readonly record struct ShardId(int Value)
{
    /// <summary>How many shards there are; a property of stored data, never changed.</summary>
    public const int Count = 256;

    /// <summary>The shard of a guild, or of a private call's channel.</summary>
    /// <remarks>FNV-1a over "realm/scope", so that every node and every release agrees.</remarks>
    public static ShardId Of(Realm realm, Snowflake scope)
    {
        const uint offsetBasis = 2166136261;
        const uint prime = 16777619;
        var hash = offsetBasis;
        Span<byte> room = stackalloc byte[128];
        var name = Utf8.TryWrite(room, CultureInfo.InvariantCulture, $"{realm.Name}/{scope.Value}", out var length)
            ? room[..length]
            : Encoding.UTF8.GetBytes($"{realm.Name}/{scope}");
        foreach (var value in name)
        {
            hash = unchecked((hash ^ value) * prime);
        }

        return new ShardId((int)((hash ^ (hash >> 16)) % Count));
    }
}
