using System.Text.Json;

namespace VoiceCluster.Client.Admin;

/// <summary>Which node a guild belongs to, as a node says at <c>/api/owners/{realm}/{guild}</c> of its admin port.</summary>
/// <param name="Shard">The shard that the guild's channels and voice states are in.</param>
/// <param name="Node">The name of the shard's owner.</param>
public sealed record GuildOwner(int Shard, string Node)
{
    /// <summary>Reads what a node answers.</summary>
    /// <exception cref="JsonException">It is no such answer.</exception>
    public static GuildOwner Parse(string text)
    {
        try
        {
            using var json = JsonDocument.Parse(text);
            var answer = json.RootElement;
            return new GuildOwner(answer.GetProperty("shard").GetInt32(), answer.GetProperty("owner").GetString() ?? string.Empty);
        }
        catch (Exception exception) when (exception is InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw new JsonException($"The node names an owner in a way that is not known here: {exception.Message}", exception);
        }
    }
}
