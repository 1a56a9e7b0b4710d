using System.Collections.Immutable;
using System.Text.Json;

namespace VoiceCluster.Client.Admin;

/// <summary>What a node says of itself at <c>/api/node</c> of its admin port, as far as its links go.</summary>
/// <param name="Id">The node's name.</param>
/// <param name="IsReady">Whether it takes new work.</param>
/// <param name="Users">How many users it serves.</param>
/// <param name="Links">Its links to other nodes, which carry control.</param>
/// <param name="Relays">Its workers' links to other workers, which carry media.</param>
public sealed record NodeStatus(
    string Id, bool IsReady, int Users, ImmutableArray<NodeLinkReport> Links, ImmutableArray<RelayReport> Relays)
{
    /// <summary>Reads what a node answers.</summary>
    /// <exception cref="JsonException">It is no such answer.</exception>
    public static NodeStatus Parse(string text)
    {
        try
        {
            using var json = JsonDocument.Parse(text);
            var node = json.RootElement;
            return new NodeStatus(
                TextOf(node, "id"),
                node.GetProperty("ready").GetBoolean(),
                node.GetProperty("users").GetInt32(),
                [.. node.GetProperty("links").EnumerateArray().Select(ReadLink)],
                [.. node.GetProperty("relay").EnumerateArray().Select(ReadRelay)]);
        }
        catch (Exception exception) when (exception is InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw new JsonException($"The node describes itself in a way that is not known here: {exception.Message}", exception);
        }
    }

    private static NodeLinkReport ReadLink(JsonElement link) =>
        new(TextOf(link, "peer"), TextOf(link, "state"), link.GetProperty("waiting").GetInt64(), ReadMilliseconds(link));

    private static RelayReport ReadRelay(JsonElement link) => new(link.GetProperty("worker").GetInt32(), TextOf(link, "peer"))
    {
        Sent = link.GetProperty("sent").GetInt64(),
        Received = link.GetProperty("received").GetInt64(),
        Lost = link.GetProperty("lost").GetInt64(),
        Reordered = link.GetProperty("reordered").GetInt64(),
        Recovered = link.GetProperty("recovered").GetInt64(),
        IsRepeating = link.GetProperty("repeating").GetBoolean(),
        SendLossPercent = link.GetProperty("send_loss_percent").GetDouble(),
        RoundTrip = ReadMilliseconds(link) ?? TimeSpan.Zero,
    };

    private static string TextOf(JsonElement element, string name) => element.GetProperty(name).GetString() ?? string.Empty;

    private static TimeSpan? ReadMilliseconds(JsonElement link) =>
        link.TryGetProperty("round_trip_ms", out var time) ? TimeSpan.FromMilliseconds(time.GetDouble()) : null;
}

/// <summary>A link to another node.</summary>
/// <param name="Peer">The other node's name.</param>
/// <param name="State"><c>connected</c>, <c>connecting</c> or <c>unreachable</c>.</param>
/// <param name="Waiting">Frames that wait for it.</param>
/// <param name="RoundTrip">Null before it was measured.</param>
public readonly record struct NodeLinkReport(string Peer, string State, long Waiting, TimeSpan? RoundTrip);

/// <summary>What went between one worker of a node and another worker, counted since the first of both has started.</summary>
/// <param name="Worker">Which worker of the node.</param>
/// <param name="Peer">The other one: node, which life of it, and worker, as in <c>node-2#1f/0</c>.</param>
public sealed record RelayReport(int Worker, string Peer)
{
    /// <summary>The other one's node.</summary>
    public string PeerNode => Peer.Split('#')[0];

    /// <summary>Packets sealed for it.</summary>
    public long Sent { get; init; }

    /// <summary>Packets that came from there, each once.</summary>
    public long Received { get; init; }

    /// <summary>Packets that did not come.</summary>
    public long Lost { get; init; }

    /// <summary>Packets that came after a later one.</summary>
    public long Reordered { get; init; }

    /// <summary>Lost ones that came with the one after them.</summary>
    public long Recovered { get; init; }

    /// <summary>Whether each packet is sent twice, because the other end reports loss.</summary>
    public bool IsRepeating { get; init; }

    /// <summary>The share of what was sent lately that the other end lacks.</summary>
    public double SendLossPercent { get; init; }

    /// <summary>The smoothed round trip between the two loops; zero before it was measured.</summary>
    public TimeSpan RoundTrip { get; init; }
}
