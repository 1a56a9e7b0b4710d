using System.Text.Json;
using VoiceCluster.Protocol.Primitives;

namespace VoiceCluster.Protocol.Lvsp.Client;

/// <summary>Reads notices from the <c>d</c> of an INFO, in both forms.</summary>
internal static class LvspNoticeReader
{
    public static LvspServerMessage.Info? ReadInfo(long sequenceNumber, JsonElement d)
    {
        var type = LvspServerMessageReader.SmallNumber(d, "type");
        if (LvspServerMessageReader.TryGet(d, "data", out var data))
        {
            return new LvspServerMessage.Info(sequenceNumber, LvspForm.Litecord, ReadLitecord(type, data));
        }

        return LvspServerMessageReader.TryGet(d, "info", out var info)
            ? new LvspServerMessage.Info(sequenceNumber, LvspForm.Document, ReadDocument(type, info))
            : null;
    }

    private static LvspNotice? ReadLitecord(int? type, JsonElement body)
    {
        if (Id(body, "channel_id") is not { } channelId)
        {
            return null;
        }

        return (LvspInfoType?)type switch
        {
            LvspInfoType.ChannelAssign => ReadChannelAssigned(body, channelId, bitrate: 0),
            LvspInfoType.ChannelDestroy => new ChannelDestroyed(channelId, Id(body, "guild_id"), Reason(body)),
            LvspInfoType.VoiceStateDone => ReadVoiceStateDone(body, channelId),
            LvspInfoType.VoiceStateDestroy => ReadVoiceStateDestroyed(body, channelId),
            _ => null,
        };
    }

    private static LvspNotice? ReadDocument(int? type, JsonElement body) => (LvspDocumentInfoType?)type switch
    {
        LvspDocumentInfoType.Channel when Id(body, "id") is { } id => ReadDocumentChannel(body, id),
        LvspDocumentInfoType.VoiceState when Id(body, "channel_id") is { } id => ReadVoiceStateDone(body, id),
        LvspDocumentInfoType.VoiceState when Id(body, "last_channel_id") is { } id => ReadVoiceStateDestroyed(body, id),
        _ => null,
    };

    private static LvspNotice? ReadDocumentChannel(JsonElement body, Snowflake channelId)
    {
        if (LvspServerMessageReader.Flag(body, "deleted"))
        {
            return new ChannelDestroyed(channelId, Id(body, "guild_id"), Reason(body));
        }

        if (LvspServerMessageReader.Number(body, "bitrate") is not (> 0 and <= int.MaxValue and var bitrate))
        {
            return null;
        }

        return Text(body, "token") is null
            ? new ChannelBitrateInForce(channelId, Id(body, "guild_id"), (int)bitrate)
            : ReadChannelAssigned(body, channelId, (int)bitrate);
    }

    private static ChannelAssigned? ReadChannelAssigned(JsonElement body, Snowflake channelId, int bitrate) =>
        Text(body, "token") is { } token
            ? new ChannelAssigned(channelId, Id(body, "guild_id"), bitrate, token, Text(body, "endpoint") ?? string.Empty)
            : null;

    private static VoiceStateDone? ReadVoiceStateDone(JsonElement body, Snowflake channelId) =>
        Id(body, "user_id") is { } userId && Text(body, "session_id") is { } sessionId
            ? new VoiceStateDone(
                userId,
                channelId,
                Id(body, "guild_id"),
                sessionId,
                Flags(body),
                Text(body, "token") ?? string.Empty,
                Text(body, "endpoint") ?? string.Empty)
            : null;

    private static VoiceStateDestroyed? ReadVoiceStateDestroyed(JsonElement body, Snowflake channelId) =>
        Id(body, "user_id") is { } userId && Text(body, "session_id") is { } sessionId
            ? new VoiceStateDestroyed(userId, channelId, Id(body, "guild_id"), sessionId, Reason(body), Flags(body))
            : null;

    private static VoiceFlags Flags(JsonElement body) => new(
        LvspServerMessageReader.Flag(body, "deaf"),
        LvspServerMessageReader.Flag(body, "mute"),
        LvspServerMessageReader.Flag(body, "self_deaf"),
        LvspServerMessageReader.Flag(body, "self_mute"),
        LvspServerMessageReader.Flag(body, "suppress"));

    private static string Reason(JsonElement body) => Text(body, "reason") ?? string.Empty;

    private static Snowflake? Id(JsonElement body, string name) => LvspServerMessageReader.Id(body, name);

    private static string? Text(JsonElement body, string name) => LvspServerMessageReader.Text(body, name);
}
