using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using VoiceCluster.Domain.Identities;

namespace VoiceCluster.Media.Relay;

/// <summary>Names a channel in 64 bits, so that a relayed packet need not carry its realm.</summary>
internal static class ChannelDigest
{
    /// <summary>The first eight bytes of the SHA-256 of guild, channel and realm; a call without a guild counts as guild 0, which is nobody's.</summary>
    public static ulong Of(ChannelKey channel)
    {
        var realm = Encoding.UTF8.GetBytes(channel.Realm.Name);
        var bytes = new byte[(2 * sizeof(ulong)) + realm.Length];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, channel.GuildId?.Value ?? 0);
        BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(sizeof(ulong)), channel.ChannelId.Value);
        realm.CopyTo(bytes, 2 * sizeof(ulong));
        return BinaryPrimitives.ReadUInt64BigEndian(SHA256.HashData(bytes));
    }
}
