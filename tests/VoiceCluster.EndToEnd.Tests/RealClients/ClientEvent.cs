using System.Text.Json;

namespace VoiceCluster.EndToEnd.Tests.RealClients;

/// <summary>Something that happened in a client, as its script told it.</summary>
/// <param name="Index">Its place among all events of the client.</param>
/// <param name="Name">What happened.</param>
/// <param name="At">When, on the machine's monotonic clock, which <see cref="MachineClock"/> reads here.</param>
/// <param name="Body">The whole line.</param>
internal sealed record ClientEvent(int Index, string Name, TimeSpan At, JsonElement Body)
{
    /// <summary>The user it is about; null if about none.</summary>
    public string? UserId => Text("userId");

    /// <summary>The opcode of a packet.</summary>
    public int? Opcode => Name == "packet" ? Body.GetProperty("op").GetInt32() : null;

    /// <summary>Who is in the call, in the opinion of a library that keeps account of that.</summary>
    public IReadOnlyList<string> Clients => List(Body, "clients");

    /// <summary>The WebSocket's close code.</summary>
    public int? CloseCode => Body.TryGetProperty("closeCode", out var code) ? code.GetInt32() : null;

    public static ClientEvent Parse(int index, string line)
    {
        using var document = JsonDocument.Parse(line);
        var body = document.RootElement.Clone();
        var at = TimeSpan.FromMicroseconds(body.GetProperty("at").GetInt64());
        return new ClientEvent(index, body.GetProperty("event").GetString()!, at, body);
    }

    public string? Text(string property) => Body.TryGetProperty(property, out var value) ? value.GetString() : null;

    /// <summary>Whether a packet lists an id under a name.</summary>
    public bool Lists(string property, string id) => Body.TryGetProperty("d", out var data) && List(data, property).Contains(id);

    /// <summary>Whether a packet is about a user.</summary>
    public bool Names(string userId) => Body.TryGetProperty("d", out var data) && data.GetProperty("user_id").GetString() == userId;

    public override string ToString() => Body.GetRawText() is var text && text.Length > 300 ? text[..300] : text;

    private static IReadOnlyList<string> List(JsonElement parent, string property) =>
        parent.TryGetProperty(property, out var list) ? [.. list.EnumerateArray().Select(id => id.GetString()!)] : [];
}
