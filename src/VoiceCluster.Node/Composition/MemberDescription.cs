using System.Text.Json;
using VoiceCluster.Domain.Membership;
using VoiceCluster.Domain.Placement;
using VoiceCluster.Gateways.NodeLinks;
using VoiceCluster.Node.Configuration;

namespace VoiceCluster.Node.Composition;

/// <summary>What a member says of itself in its row, as a JSON object. Others skip what they do not know, and do without what is not there.</summary>
/// <param name="Endpoint"><c>host:port</c> of its voice websockets; null before its ports are open.</param>
/// <param name="Link">Where it takes links.</param>
/// <param name="Load">How much of it is in use; null from one that does not say.</param>
/// <param name="Process">The incarnation that its process began with; null from one that does not say.</param>
internal sealed record MemberDescription(string? Endpoint, NodeLinkAddress? Link, NodeLoadReport? Load, long? Process = null)
{
    /// <summary>The member with the process.</summary>
    public const string ProcessMember = "process";

    private static readonly MemberDescription Nothing = new(null, null, null);

    /// <summary>Reads a row. It is another node's writing: what cannot be read is as if it were not there.</summary>
    public static MemberDescription Read(MemberRow row)
    {
        try
        {
            using var json = JsonDocument.Parse(row.Description);
            return Read(row, json.RootElement);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or FormatException or KeyNotFoundException)
        {
            return Nothing;
        }
    }

    /// <summary>Writes the members of a report.</summary>
    public static void Write(Utf8JsonWriter json, NodeLoadReport report)
    {
        json.WriteStartObject("load");
        json.WriteNumber("share", Math.Round(report.Load, 4));
        json.WriteNumber("users", report.Users);
        json.WriteNumber("capacity", report.CapacityUsers);
        json.WriteNumber("joins_per_second", Math.Round(report.JoinsPerSecond, 2));
        json.WriteNumber("joins_last_minute", report.JoinsLastMinute);
        json.WriteNumber("reconnects_last_minute", report.ReconnectsLastMinute);
        json.WriteBoolean("ready", report.Ready);
        json.WriteBoolean("room", report.HasRoom);
        json.WriteEndObject();
    }

    private static MemberDescription Read(MemberRow row, JsonElement json)
    {
        var link = json.TryGetProperty("link", out var text) && HostAndPort.TryParse(text.GetString() ?? string.Empty, out var address)
            ? new NodeLinkAddress(address!.Host, address.Port)
            : null;
        var endpoint = json.TryGetProperty("endpoint", out var told) ? told.GetString() : null;
        long? process = json.TryGetProperty(ProcessMember, out var number) ? number.GetInt64() : null;
        return new MemberDescription(endpoint, link, ReadLoad(row, json), process);
    }

    private static NodeLoadReport? ReadLoad(MemberRow row, JsonElement json) => json.TryGetProperty("load", out var load)
        ? new NodeLoadReport
        {
            Node = row.Node,
            Region = json.GetProperty("region").GetString()!,
            Load = load.GetProperty("share").GetDouble(),
            Users = load.GetProperty("users").GetInt32(),
            CapacityUsers = Math.Max(1, load.GetProperty("capacity").GetInt32()),
            JoinsPerSecond = load.GetProperty("joins_per_second").GetDouble(),
            JoinsLastMinute = load.GetProperty("joins_last_minute").GetInt32(),
            ReconnectsLastMinute = load.GetProperty("reconnects_last_minute").GetInt32(),
            Ready = load.GetProperty("ready").GetBoolean(),
            HasRoom = load.GetProperty("room").GetBoolean(),
            // To one that no link reaches nobody is sent either: its users could not be told of others.
            Draining = row.Draining || !row.Reached,
        }
        : null;
}
